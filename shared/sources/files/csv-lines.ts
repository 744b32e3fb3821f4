// Lines of a CSV file become records: which columns they have, how they end, and what is wrong with one.

import { parse } from 'csv-parse/sync'

import { textOf } from '../record/bytes.ts'
import type { Format } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { recordOf } from '../record/record.ts'
import { joinLines } from './csv-quotes.ts'

const [lineFeed, carriageReturn] = [10, 13]
const bom = Buffer.from([0xef, 0xbb, 0xbf])
const linesLookedAt = 20
const keptOfUnreadable = 4_000
// So many names that tell records apart are no accident.
const headerNames = 3

export interface LineRecord {
  /** Its bytes, without the line end. */
  line: Buffer
  record: SourceRecord
  unreadable?: string
}

export interface Shape {
  lineEnd: number
  /** Why this is no file of call records, if it is none. */
  complaint?: string
  /** Whole lines with their ends; what follows the last end is left. */
  linesOf: (bytes: Buffer) => Buffer[]
  /** Lines of a record whose fields have line ends are put together; `isAll`: no line comes after these. */
  joined: (lines: readonly Buffer[], isAll: boolean) => Buffer[]
  /** Of a file's first lines, those after the header, if it has one. */
  withoutHeader: (lines: readonly Buffer[]) => readonly Buffer[]
  /** Empty lines are no records. `long`: the line was cut because it is longer than anything an exchange writes. */
  recordsOf: (lines: readonly Buffer[], long: boolean) => LineRecord[]
}

/** Looks at the beginning of a file. `columns` names its columns where neither a header nor the format does. */
export function shapeOf(beginning: Buffer, format: Format, columns: readonly string[] | undefined): Shape {
  // Lines of old Macintoshes end with a carriage return only.
  const lineEnd =
    beginning.includes(lineFeed) || !beginning.includes(carriageReturn) ? lineFeed : carriageReturn
  const linesOf = (bytes: Buffer): Buffer[] => {
    const lines: Buffer[] = []
    for (let from = 0; ;) {
      const end = bytes.indexOf(lineEnd, from)
      if (end < 0) return lines
      lines.push(bytes.subarray(from, end + 1))
      from = end + 1
    }
  }
  const first = linesOf(beginning)
    .map(trimmed)
    .filter((line) => line.length > 0)
    .slice(0, linesLookedAt)
  const { valuesIn = (text: string) => text } = format
  const header = columns ? undefined : headerIn(first[0], format)
  const namesFor = (fields: readonly string[]): readonly string[] | undefined => {
    const named = columns ?? header
    if (named) return named.length === fields.length ? named : undefined
    return format.columnsOf(fields)
  }
  /** The columns are as many as they should be, and where a moment should be there is one. */
  const fits = (fields: readonly string[]): boolean => {
    const names = namesFor(fields)
    const began = names?.findIndex((name) => format.began.includes(name)) ?? -1
    return names !== undefined && (began < 0 || /^\d/.test(fields[began]?.trim() ?? ''))
  }
  const expected =
    (columns ?? header) ? `${(columns ?? header)?.length ?? 0} columns` : format.columnsExpected
  const unlike =
    !header &&
    first.length > 0 &&
    first.every((line) => !namesFor(fieldsOf(valuesIn(textOf(line)), fits) ?? []))
  const isRecord = (lines: Buffer): boolean => {
    const text = valuesIn(textOf(trimmed(lines)))
    return fits(fieldsOf(text, fits) ?? [])
  }
  return {
    lineEnd,
    linesOf,
    joined: (lines, isAll) => joinLines(lines, isRecord, isAll),
    ...(unlike && { complaint: `none of its first lines has ${expected}` }),
    withoutHeader: (lines) =>
      header ? lines.slice(lines.findIndex((line) => trimmed(line).length > 0) + 1) : lines,
    recordsOf: (lines, long) => {
      const whole = lines.map(trimmed).filter((line) => line.length > 0)
      if (long) return whole.map((line) => unreadable(line, 'the line is longer than 1 MB'))
      const texts = whole.map((line) => valuesIn(textOf(line)))
      return fieldsOfAll(texts, fits).map((fields, index) => {
        // One for each line.
        const line = whole[index] ?? Buffer.alloc(0)
        if (!fields) return unreadable(line, 'the quotes in the line do not match')
        const names = namesFor(fields)
        if (!names) return unreadable(line, `the line has ${fields.length} columns, not ${expected}`)
        return { line, record: recordOf(names, (at) => valueOf(fields[at] ?? '')) }
      })
    },
  }
}

function unreadable(line: Buffer, reason: string): LineRecord {
  return { line, record: { line: textOf(line.subarray(0, keptOfUnreadable)) }, unreadable: reason }
}

function trimmed(line: Buffer): Buffer {
  let [from, to] = [0, line.length]
  if (line.subarray(0, bom.length).equals(bom)) from = bom.length
  while (to > from && (line[to - 1] === lineFeed || line[to - 1] === carriageReturn)) to--
  return line.subarray(from, to)
}

function headerIn(line: Buffer | undefined, format: Format): string[] | undefined {
  const names = line && fieldsOf(textOf(line), () => true)?.map((name) => name.trim().toLowerCase())
  const has = (columns: readonly string[]): boolean =>
    columns.some((column) => names?.includes(column) === true)
  const telling = format.identity.filter((column) => has([column])).length
  return has(format.began) && (has(format.billsec) || telling >= headerNames) ? names : undefined
}

/** Programs that know no quotes write NULL for nothing. */
function valueOf(field: string): string | null {
  return field === 'NULL' || field === '\\N' ? null : field
}

type Fits = (fields: readonly string[]) => boolean

/** All lines at once, because that is fast; one by one when they do not come out one for one. */
function fieldsOfAll(lines: readonly string[], fits: Fits): (string[] | undefined)[] {
  const all = lines.some((line) => line.includes('\r') || line.includes('\n'))
    ? undefined
    : parsed(lines.join('\n'), '"')
  if (all?.length !== lines.length) return lines.map((line) => fieldsOf(line, fits))
  return all.map((fields, index) => (fits(fields) ? fields : fieldsOf(lines[index] ?? '', fits)))
}

/** Quotes inside a field are doubled, as Asterisk does, or else follow a backslash. */
function fieldsOf(line: string, fits: Fits): string[] | undefined {
  const doubled = parsed(line, '"')?.[0]
  if (!line.includes('\\"') || (doubled && fits(doubled))) return doubled
  const backslashed = parsed(line, '\\')?.[0]
  return backslashed && fits(backslashed) ? backslashed : doubled
}

function parsed(text: string, escape: string): string[][] | undefined {
  try {
    // Without columns the parser returns an array of fields a line.
    return parse(text, {
      escape,
      relax_quotes: true,
      relax_column_count: true,
      // A space before a quote does not make the quote part of the value. To look for one everywhere takes long.
      ltrim: text.includes(', '),
      record_delimiter: '\n',
      skip_empty_lines: false,
    })
  } catch {
    return undefined
  }
}
