// Plots made on the server, as SVG without script; the figures stand in a table below each, and are taken home as CSV. Pure.

import { csvLine } from '../text/csv.ts'
import { html, phrase, withQuery } from '../text/html.ts'
import type { Html } from '../text/html.ts'
import { cellText } from './layout.ts'
import type { Figures, Visit } from './page.ts'

const [width, height, left, bottom] = [900, 220, 56, 22]

export interface Series {
  name: string
  values: readonly number[]
}

/** What stands beside a line of the grid. */
const axis = (value: number): string => String(value < 10 ? Number(value.toFixed(1)) : Math.round(value))

/** Lines over the same labels, the first drawn strongest. */
export function lines(title: string, labels: readonly string[], series: readonly Series[]): Html {
  const most = Math.max(1, ...series.flatMap(({ values }) => values))
  const x = (at: number): number => left + (at * (width - left - 8)) / Math.max(1, labels.length - 1)
  const y = (value: number): number => 8 + (height - bottom - 8) * (1 - value / most)
  const every = Math.ceil(labels.length / 12)
  return html`<figure>
    <figcaption>
      ${title}${series.map(({ name }, nr) => html` <span class="key line${nr}">${name}</span>`)}
    </figcaption>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
      ${[0, 0.5, 1].map(
        (part) =>
          html`<line
              class="grid"
              x1="${left}"
              x2="${width - 8}"
              y1="${y(most * part)}"
              y2="${y(most * part)}"
            />
            <text x="${left - 8}" y="${y(most * part) + 4}" text-anchor="end">${axis(most * part)}</text>`,
      )}
      ${labels.map((label, at) => at % every === 0 && html`<text x="${x(at)}" y="${height - 4}" text-anchor="${at === labels.length - 1 ? 'end' : 'middle'}">${label}</text>`)}
      ${series.map(
        ({ values }, nr) =>
          html`<polyline
            class="line${nr}"
            points="${values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}"
          />`,
      )}
    </svg>
  </figure>`
}

/** To the figures as CSV, at the address of the page itself, asked for in the same way. */
export const csvLink = ({ query }: Pick<Visit, 'query'>, { name, caption, rows }: Figures): Html =>
  rows.length === 0
    ? html``
    : html`<p>
        <a href="${withQuery('', { ...query, csv: name })}" aria-label="CSV: ${phrase(caption)}">CSV</a>
      </p>`

export const csvOf = ({ rows }: Figures): string =>
  [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(cellText))].map(csvLine).join('')
