// Rows of a query as a table for people: plain text, numbers to the right.

/** A heading for each column of the rows, in order. Null is shown as nothing. */
export function tableOf(headings: Record<string, string>, rows: readonly Record<string, unknown>[]): string {
  const columns = Object.entries(headings).map(([column, heading]) => {
    const cells = rows.map((row) => textOf(row[column]))
    return {
      heading,
      cells,
      width: Math.max(...[heading, ...cells].map((text) => text.length)),
      isNumeric: cells.every((cell) => /^(-?[\d,]*\.?\d+ ?%?)?$/.test(cell)),
    }
  })
  const line = (texts: readonly string[]): string =>
    columns
      .map(({ width, isNumeric }, at) => (isNumeric ? texts[at]?.padStart(width) : texts[at]?.padEnd(width)))
      .join('  ')
      .trimEnd()
  const body = rows.map((_, row) => line(columns.map(({ cells }) => cells[row] ?? '')))
  return [
    line(columns.map(({ heading }) => heading)),
    columns.map(({ width }) => '-'.repeat(width)).join('  '),
    ...body,
  ]
    .map((text) => `  ${text}\n`)
    .join('')
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return value.toLocaleString('en')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
