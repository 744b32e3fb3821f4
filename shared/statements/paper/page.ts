// Paper: pages of A4 with a foot, and tables that go on from page to page. What is written goes out as it comes; nothing is kept.

import { createRequire } from 'node:module'

import PDFDocument from 'pdfkit'

// DejaVu Sans (Bitstream Vera licence, embedding allowed) has Latin, Cyrillic and Greek.
const require = createRequire(import.meta.url)
const fonts = {
  regular: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'),
  bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf'),
}
/** The built-in font where it has every sign: it is laid out ten times as fast, and takes no room in the file. */
function fontFor(text: string, bold: boolean): string {
  if (/^[ -~]*$/.test(text)) return bold ? 'Helvetica-Bold' : 'Helvetica'
  return bold ? 'bold' : 'regular'
}

export const ink = {
  text: '#1a1a1a',
  faint: '#6b7280',
  line: '#d1d5db',
  mark: '#0f766e',
  soft: '#ecfdf5',
  alarm: '#b91c1c',
}
const margin = 48
const foot = 60

export interface Style {
  size?: number
  bold?: boolean
  color?: string
  align?: 'left' | 'right' | 'center'
}

export interface Column {
  heading: string
  width: number
  right?: boolean
}

export interface Paper {
  pdf: PDFKit.PDFDocument
  left: number
  width: number
  /** Where the next thing goes, from the top. */
  y: number
  /** Writes in a box of that width, from y down, and says how high it got. */
  write: (text: string, x: number, y: number, width: number, style?: Style) => number
  /** Begins a page unless so much room is left. */
  need: (height: number) => boolean
  rule: (y: number, color?: string) => void
  heading: (text: string) => void
  end: () => void
}

/** `title` stands in the file's properties; `footOf` gives the line at the foot of a page. `madeAt` makes the file the same each time it is written. */
export function newPaper(
  title: string,
  madeAt: Date,
  stamp: string | null,
  footOf: (page: number) => string,
): Paper {
  const pdf = new PDFDocument({
    size: 'A4',
    margin: 0,
    autoFirstPage: false,
    // The cache of laid-out words would keep every word of a long statement.
    fontLayoutCache: false,
    info: { Title: title, CreationDate: madeAt, ModDate: madeAt },
  })
  pdf.registerFont('regular', fonts.regular)
  pdf.registerFont('bold', fonts.bold)
  let page = 0
  const paper: Paper = {
    pdf,
    left: margin,
    width: 595.28 - 2 * margin,
    y: margin,
    write(text, x, y, width, { size = 8.5, bold = false, color = ink.text, align = 'left' } = {}) {
      pdf.font(fontFor(text, bold)).fontSize(size).fillColor(color)
      // Both fonts stand on one line.
      const baseline = y + size * 0.93
      pdf.text(text, x, baseline, { width, align, lineGap: 1.5, baseline: 'alphabetic' })
      return pdf.y - baseline
    },
    need(height) {
      if (page > 0 && paper.y + height <= 841.89 - foot) return false
      begin()
      return true
    },
    rule(y, color = ink.line) {
      pdf
        .moveTo(margin, y)
        .lineTo(margin + paper.width, y)
        .lineWidth(0.6)
        .strokeColor(color)
        .stroke()
    },
    heading(text) {
      paper.need(60)
      paper.y += 14
      paper.y += paper.write(text, margin, paper.y, paper.width, { size: 11, bold: true }) + 4
    },
    end() {
      pdf.end()
    },
  }
  function begin(): void {
    pdf.addPage()
    page++
    if (stamp !== null) {
      pdf.save().rotate(-35, { origin: [297, 420] })
      pdf
        .font('bold')
        .fontSize(96)
        .fillColor(ink.line, 0.35)
        .text(stamp, 0, 370, { width: 595, align: 'center' })
      pdf.restore().fillOpacity(1)
    }
    paper.write(footOf(page), margin, 841.89 - 36, paper.width, {
      size: 7,
      color: ink.faint,
      align: 'center',
    })
    paper.y = margin
  }
  begin()
  return paper
}

/** Begins a table; gives back what writes a row of it. The headings stand again at the top of each page. */
export function table(
  paper: Paper,
  columns: readonly Column[],
): (cells: readonly string[], style?: Style) => void {
  const gap = 6
  const place = (cells: readonly string[], style: Style): number => {
    let x = paper.left
    let height = 0
    for (const [at, { width, right }] of columns.entries()) {
      const cell = cells[at] ?? ''
      if (cell !== '')
        height = Math.max(
          height,
          paper.write(cell, x, paper.y, width - gap, { ...style, align: right === true ? 'right' : 'left' }),
        )
      x += width
    }
    return height
  }
  const headings = (): void => {
    paper.y += place(
      columns.map(({ heading }) => heading),
      { size: 7, color: ink.faint },
    )
    paper.rule(paper.y + 1)
    paper.y += 5
  }
  paper.need(48)
  headings()
  return (cells, style = {}) => {
    const size = style.size ?? 8.5
    // A cell of many words may be higher than a line: guessed from its length, with room to spare.
    const lines = Math.max(
      ...columns.map(({ width }, at) => Math.ceil(((cells[at] ?? '').length * size * 0.62) / width)),
      1,
    )
    if (paper.need(Math.min(lines, 12) * (size + 4) + 4)) headings()
    paper.y += place(cells, style) + 3
  }
}
