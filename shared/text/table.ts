// Rows as text in columns, for people at a terminal.

import { printable } from './printable.ts'

/** One line a row under a line of headings; what is named 'right' is set to the right, the rest to the left. */
export function columns(
  rows: readonly Record<string, unknown>[],
  sides: Record<string, 'right'> = {},
): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => names.map((name) => cell(row[name])))
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((line) => line[at]?.length ?? 0)))
  const line = (texts: readonly string[]): string =>
    names
      .map((name, at) => {
        const [text, width] = [texts[at] ?? '', widths[at] ?? 0]
        return sides[name] === 'right' ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return [line(names), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line), ''].join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
