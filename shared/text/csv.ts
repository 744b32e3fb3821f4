// Lines of CSV for spreadsheets and back. A spreadsheet takes a cell that begins like a formula for one, whoever wrote it, so
// such a text gets a ' in front; reading takes it away again.

// Full-width signs are formulas to some; a line feed or a tab in front hides one.
const formula = /^'*\s*[=+\-@＝＋－＠\t\r\n]/
const number = /^-?\d+(\.\d+)?$/

/** A line with its end. */
export function csvLine(cells: readonly string[]): string {
  const written = cells.map((cell) => (formula.test(cell) && !number.test(cell) ? `'${cell}` : cell))
  const quoted = written.map((cell) => (/[",;\t|\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
  return `${quoted.join(',')}\n`
}

/** What a cell said before it was written as above. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell
}
