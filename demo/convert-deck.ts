// Makes a clean rate deck out of the one cdr_accounting came with (see data/README.md):
//   npx tsx demo/convert-deck.ts rates.csv
// writes data/rates.csv and data/rates-left-out.csv, where every row that was left out stands with the reason.
//
// In that file 11 and a country code is a code abroad; anything else is North America, mostly without its 1.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { parse } from 'csv-parse/sync'

import { Complaint } from '../shared/errors/complaint.ts'
import { runProgram } from '../shared/program/program.ts'

/** A price of the clean deck. */
export interface Rate {
  /** The front of the E.164 number, without +. */
  code: string
  description: string
  /** Per minute, as written. */
  price: string
  first_sec: string
  step_sec: string
}

export const reasons = [
  'mangled by a spreadsheet',
  'not digits',
  'no E.164 code',
  'no price',
  'no increment',
  'blocked at price 0',
  'several prices for one code',
  'twice the same',
] as const
export type Reason = (typeof reasons)[number]

/** A row that has no place in the clean deck, as it was. */
export interface LeftOut {
  line: number
  code: string
  description: string
  rate: string
  pulse: string
  reason: Reason
}

type Row = Omit<LeftOut, 'reason'>

/** Every row of the file is in one of the two lists. Both are sorted: rates by code, the others by line. */
export function convertDeck(file: string): { rates: Rate[]; leftOut: LeftOut[] } {
  const byCode = new Map<string, { rate: Rate; row: Row }[]>()
  const leftOut: LeftOut[] = []
  for (const row of readRows(file)) {
    const found = rateOf(row)
    if (typeof found === 'string') leftOut.push({ ...row, reason: found })
    else byCode.set(found.code, [...(byCode.get(found.code) ?? []), { rate: found, row }])
  }
  const rates: Rate[] = []
  for (const same of byCode.values()) {
    const [first, ...others] = same.map(({ rate }) => rate)
    // Which of several prices is right only the author of the file can tell.
    const disputed = others.some((other) => other.price !== first?.price || other.step_sec !== first.step_sec)
    if (first && !disputed) rates.push(first)
    const reason = disputed ? 'several prices for one code' : 'twice the same'
    leftOut.push(...same.slice(disputed ? 0 : 1).map(({ row }) => ({ ...row, reason }) as const))
  }
  return {
    rates: rates.sort((a, b) => (a.code < b.code ? -1 : 1)),
    leftOut: leftOut.sort((a, b) => a.line - b.line),
  }
}

const columns = ['rate_line.location_code', 'rate_line.location', 'rate_line.rate', 'rate_line.pulse']

function readRows(file: string): Row[] {
  const [header, ...rows] = parse(file, { bom: true, relax_column_count: true, skip_empty_lines: true })
  if (header?.join() !== columns.join()) throw new Complaint(`The first line must be ${columns.join()}.`)
  return rows.map(([code = '', description = '', rate = '', pulse = ''], index) => ({
    line: index + 2,
    code: code.trim(),
    description: description.trim(),
    rate: rate.trim(),
    pulse: pulse.trim(),
  }))
}

function rateOf(row: Row): Rate | Reason {
  if (/^\d+(\.\d+)?E\+?\d+$/i.test(row.code)) return 'mangled by a spreadsheet'
  if (!/^\d+$/.test(row.code)) return 'not digits'
  const code = e164Code(row.code)
  if (code === undefined) return 'no E.164 code'
  if (!/^\d{1,12}(\.\d{1,8})?$/.test(row.rate)) return 'no price'
  if (!/^[1-9]\d{0,4}$/.test(row.pulse) || Number(row.pulse) > 86_400) return 'no increment'
  // At 0 such calls would be free; without the row they cost what the country costs.
  if (/\bblocked\b/i.test(row.description) && Number(row.rate) === 0) return 'blocked at price 0'
  const { description, rate: price, pulse } = row
  return { code, description, price, first_sec: pulse, step_sec: pulse }
}

/** No area code of North America begins with 0 or 1, and no country code with 0. */
function e164Code(code: string): string | undefined {
  if (/^11[1-9]\d{0,14}$/.test(code)) return code.slice(2)
  if (/^1[2-9]\d{0,13}$/.test(code)) return code
  if (/^[2-9]\d{0,13}$/.test(code)) return `1${code}`
  return undefined
}

function csvOf(header: string[], rows: (string | number)[][]): string {
  const cell = (value: string | number): string =>
    /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value)
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
}

runProgram(import.meta.url, 'convert-deck', () => {
  const [path] = process.argv.slice(2)
  if (path === undefined) throw new Complaint('Which file? npx tsx demo/convert-deck.ts rates.csv')
  const { rates, leftOut } = convertDeck(readFileSync(path, 'utf8'))
  const data = (name: string): string => fileURLToPath(new URL(`data/${name}`, import.meta.url))
  writeFileSync(
    data('rates.csv'),
    csvOf(
      ['code', 'description', 'price', 'first_sec', 'step_sec'],
      rates.map((rate) => [rate.code, rate.description, rate.price, rate.first_sec, rate.step_sec]),
    ),
  )
  writeFileSync(
    data('rates-left-out.csv'),
    csvOf(
      ['line', 'code', 'description', 'rate', 'pulse', 'reason'],
      leftOut.map((row) => [row.line, row.code, row.description, row.rate, row.pulse, row.reason]),
    ),
  )
  process.stdout.write(`convert-deck: ${rates.length} rates, ${leftOut.length} left out\n`)
  return Promise.resolve()
})
