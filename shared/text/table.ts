// Rows as text in columns, for people at a terminal.

import { grouped } from './number.ts'
import { printable } from './printable.ts'

const numeric = /^(-?[\d,]*\.?\d+ ?%?)?$/

/** One line a row under a line of headings; columns of numbers, and what is named 'right', are set to the right. Null is nothing. */
export function columns(
  rows: readonly Record<string, unknown>[],
  sides: Record<string, 'right'> = {},
): string {
  const shown = Object.keys(rows[0] ?? {}).map((name) => {
    const cells = rows.map((row) => cell(row[name]))
    return {
      name,
      cells,
      width: Math.max(name.length, ...cells.map((text) => text.length)),
      right: sides[name] === 'right' || cells.every((text) => numeric.test(text)),
    }
  })
  const line = (texts: readonly string[]): string =>
    shown
      .map(({ width, right }, at) => (right ? texts[at]?.padStart(width) : texts[at]?.padEnd(width)))
      .join('  ')
      .trimEnd()
  return [
    line(shown.map(({ name }) => name)),
    line(shown.map(({ width }) => '-'.repeat(width))),
    ...rows.map((_, row) => line(shown.map(({ cells }) => cells[row] ?? ''))),
    '',
  ].join('\n')
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return grouped(value)
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
