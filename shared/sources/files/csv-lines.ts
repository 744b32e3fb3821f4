// Lines of a CSV file become records: which columns they have, how they end, and what is wrong with one.

import { parse } from 'csv-parse/sync'

import { textOf } from '../record/bytes.ts'
import type { Format } from '../record/format.ts'
import { recordOf } from '../record/record.ts'
import { proposal } from '../record/wanted.ts'
import { joinLines } from './csv-quotes.ts'
import { linesIn, trimmed, unreadable } from './lines.ts'
import type { Shape } from './lines.ts'

// So many names that tell records apart are no accident.
const headerNames = 3
const delimiters = [',', ';', '\t', '|']
const namesLeast = 3
// The second line of Cisco's files.
const typeName =
  /^\s*(integer|bigint|varchar|char|text|unique ?identifier|timestamp|date|boolean)\s*(\(\d+\))?\s*$/i

/** Looks at the beginning of a file. `columns` names its columns where neither a header nor the format does. */
export function shapeOf(beginning: Buffer, format: Format, columns: readonly string[] | undefined): Shape {
  const { lineEnd, linesOf, first } = linesIn(beginning)
  const { valuesIn = (text: string) => text } = format
  const delimiter = delimiterOf(textOf(first[0] ?? Buffer.alloc(0)), format, columns)
  const fieldsIn = (line: string, fits: Fits): string[] | undefined => fieldsOf(line, fits, delimiter)
  const names = columns ? undefined : namesIn(first[0], delimiter)
  const header = names && isHeader(names, format) ? names : undefined
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
    first.every((line) => !namesFor(fieldsIn(valuesIn(textOf(line)), fits) ?? []))
  const isRecord = (lines: Buffer): boolean => {
    const text = valuesIn(textOf(trimmed(lines)))
    return fits(fieldsIn(text, fits) ?? [])
  }
  const known = columns ?? header
  const complaint = `none of its first lines has ${expected}.${names?.every(isWord) ? proposal(names, format) : ''}`
  return {
    lineEnd,
    linesOf,
    ...(known && { columns: known }),
    joined: (lines, isAll) => joinLines(lines, isRecord, isAll),
    ...(unlike && { complaint }),
    withoutHeader: (lines) => {
      if (!header) return lines
      const behind = lines.slice(lines.findIndex((line) => trimmed(line).length > 0) + 1)
      const types = fieldsIn(textOf(trimmed(behind[0] ?? Buffer.alloc(0))), () => true)
      return types?.every((field) => typeName.test(field)) === true ? behind.slice(1) : behind
    },
    recordsOf: (lines, long) => {
      const whole = lines.map(trimmed).filter((line) => line.length > 0)
      if (long) return whole.map((line) => unreadable(line, 'the line is longer than 1 MB'))
      const texts = whole.map((line) => valuesIn(textOf(line)))
      return fieldsOfAll(texts, fits, delimiter).map((fields, index) => {
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

/** A comma, unless the first line makes sense by another sign only. */
function delimiterOf(first: string, format: Format, columns: readonly string[] | undefined): string {
  const { valuesIn = (text: string) => text } = format
  return (
    delimiters.find((delimiter) => {
      const fields = fieldsOf(valuesIn(first), () => true, delimiter) ?? []
      if (columns) return fields.length === columns.length
      const names = fields.map((name) => name.trim().toLowerCase())
      return isHeader(names, format) || format.columnsOf(fields) !== undefined
    }) ??
    delimiters.find((delimiter) => first.split(delimiter).length > namesLeast) ??
    ','
  )
}

function namesIn(line: Buffer | undefined, delimiter: string): string[] | undefined {
  return line && fieldsOf(textOf(line), () => true, delimiter)?.map((name) => name.trim().toLowerCase())
}

function isHeader(names: readonly string[], format: Format): boolean {
  const has = (columns: readonly string[]): boolean => columns.some((column) => names.includes(column))
  const telling = format.identity.filter((column) => has([column])).length
  return has(format.began) && (has(format.billsec) || telling >= headerNames)
}

function isWord(name: string): boolean {
  return /^[^\d\s][^:]*$/.test(name)
}

/** Programs that know no quotes write NULL for nothing. */
function valueOf(field: string): string | null {
  return field === 'NULL' || field === '\\N' ? null : field
}

type Fits = (fields: readonly string[]) => boolean

/** All lines at once, because that is fast; one by one when they do not come out one for one. */
function fieldsOfAll(lines: readonly string[], fits: Fits, delimiter: string): (string[] | undefined)[] {
  const all = lines.some((line) => line.includes('\r') || line.includes('\n'))
    ? undefined
    : parsed(lines.join('\n'), '"', delimiter)
  if (all?.length !== lines.length) return lines.map((line) => fieldsOf(line, fits, delimiter))
  return all.map((fields, index) => (fits(fields) ? fields : fieldsOf(lines[index] ?? '', fits, delimiter)))
}

/** Quotes inside a field are doubled, as Asterisk does, or else follow a backslash. */
function fieldsOf(line: string, fits: Fits, delimiter: string): string[] | undefined {
  const doubled = parsed(line, '"', delimiter)?.[0]
  if (!line.includes('\\"') || (doubled && fits(doubled))) return doubled
  const backslashed = parsed(line, '\\', delimiter)?.[0]
  return backslashed && fits(backslashed) ? backslashed : doubled
}

function parsed(text: string, escape: string, delimiter: string): string[][] | undefined {
  try {
    // Without columns the parser returns an array of fields a line.
    return parse(text, {
      escape,
      delimiter,
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
