// The threshold of a rule that is rehearsed: dragged in its plot, or moved by keys. What it shows was rehearsed before; without script
// the plot stands as it is, and the threshold is entered.

const part = document.querySelector('.thresholds')
const svg = part?.querySelector('svg')
const curve = part?.querySelector('polyline')
const slider = /** @type {HTMLInputElement | null | undefined} */ (part?.querySelector('input[type=range]'))
const entered = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=threshold]'))

if (part instanceof HTMLElement && svg && curve && slider) {
  const points = [...curve.points]
  const [thresholds = [], alerts = [], weekly = []] = ['thresholds', 'alerts', 'weekly'].map((name) =>
    (part.dataset[name] ?? '').split(' '),
  )
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'line')
  line.classList.add('threshold')
  line.setAttribute('y1', '0')
  line.setAttribute('y2', String(svg.viewBox.baseVal.height - 18))
  svg.append(line)

  /** @param {number} at */
  const put = (at) => {
    const x = String(points[at]?.x ?? 0)
    line.setAttribute('x1', x)
    line.setAttribute('x2', x)
    slider.value = String(at)
    for (const [name, figures] of Object.entries({ threshold: thresholds, alerts, weekly })) {
      const shown = part.querySelector(`[data-shown=${name}]`)
      if (shown) shown.textContent = figures[at] ?? ''
    }
    slider.setAttribute(
      'aria-valuetext',
      part.querySelector('[data-shown]')?.parentElement?.textContent ?? '',
    )
    if (entered) entered.value = thresholds[at] ?? ''
  }
  /** @param {PointerEvent} event */
  const follow = ({ clientX }) => {
    const { left, width } = svg.getBoundingClientRect()
    const x = ((clientX - left) * svg.viewBox.baseVal.width) / width
    const far = points.map((point) => Math.abs(point.x - x))
    put(far.indexOf(Math.min(...far)))
  }
  svg.addEventListener('pointerdown', (event) => {
    svg.setPointerCapture(event.pointerId)
    follow(event)
    slider.focus()
    event.preventDefault()
  })
  svg.addEventListener('pointermove', (event) => {
    if (svg.hasPointerCapture(event.pointerId)) follow(event)
  })
  slider.addEventListener('input', () => {
    put(slider.valueAsNumber)
  })
  slider.hidden = false
  put(slider.valueAsNumber)
}
