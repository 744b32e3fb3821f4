// The cells of a sheet become rows of texts.

import type { Entry, ZipFile } from 'yauzl'

import { Complaint } from '../../errors/complaint.ts'
import { parsed } from './workbook-part.ts'

// Wider than any list of prices; formats alone may stand further out.
const cellsMost = 1_024

export interface Row {
  line: number
  cells: string[]
}

/** The rows of a sheet, those of a piece at a time; `texts` are those that cells share, `dates` the styles of days. */
export async function* rowsOfPart(
  zip: ZipFile,
  entry: Entry,
  texts: readonly string[],
  dates: ReadonlySet<number>,
): AsyncGenerator<Row[]> {
  let rows: Row[] = []
  let row: Row = { line: 0, cells: [] }
  let [column, type, style, value, inValue] = [0, '', 0, '', false]
  const going = parsed(zip, entry, {
    open: ({ name, attributes }) => {
      if (name === 'row') {
        row = { line: Number(attributes['r'] ?? row.line + 1), cells: [] }
      } else if (name === 'c') {
        column = columnIn(attributes['r'] ?? '') ?? row.cells.length
        ;[type, style, value] = [attributes['t'] ?? 'n', Number(attributes['s'] ?? 0), '']
      } else inValue = name === 'v' || name === 't'
    },
    text: (more) => {
      if (inValue) value += more
    },
    close: (name) => {
      if (name === 'v' || name === 't') inValue = false
      if (name === 'c' && (value !== '' || column < cellsMost)) {
        if (column >= cellsMost) throw new Complaint(`Row ${row.line} is wider than any price list.`)
        while (row.cells.length < column) row.cells.push('')
        row.cells[column] =
          type === 's'
            ? (texts[Number(value)] ?? '')
            : type === 'n'
              ? numberAs(value, dates.has(style))
              : value
      }
      if (name === 'row') rows.push(row)
    },
  })
  // A sheet keeps no cells behind the last filled one; headings tell how wide it is.
  let width = 0
  while ((await going.next()).done !== true) {
    for (const { cells } of rows) {
      width = Math.max(width, cells.length)
      while (cells.length < width) cells.push('')
    }
    if (rows.length > 0) yield rows
    rows = []
  }
}

/** B7 is in column 1. */
function columnIn(place: string): number | undefined {
  const [letters] = /^[A-Z]{1,3}/.exec(place) ?? []
  if (letters === undefined) return undefined
  return Buffer.from(letters).reduce((column, letter) => column * 26 + letter - 64, 0) - 1
}

/** A spreadsheet shows 15 digits of a number, and keeps the noise behind them; days are counted from 30 December 1899. */
function numberAs(written: string, isDate: boolean): string {
  const number = Number(written)
  if (written.trim() === '' || !Number.isFinite(number)) return written
  if (isDate) {
    const at = new Date(Math.round(number * 86_400) * 1_000 + Date.UTC(1899, 11, 30))
    return Number.isNaN(at.getTime())
      ? written
      : at
          .toISOString()
          .replace(/T00:00:00\.000Z$/, '')
          .replace(/\.000Z$/, '')
  }
  const [mantissa = '', exponent = '0'] = Number(number.toPrecision(15)).toExponential().split('e')
  const [whole = '', decimals = ''] = mantissa.replace('-', '').split('.')
  const digits = whole + decimals
  const point = whole.length + Number(exponent)
  const sign = number < 0 ? '-' : ''
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}`
  return point > 0
    ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
    : `${sign}0.${'0'.repeat(-point)}${digits}`
}
