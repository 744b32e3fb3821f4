// What stands in the columns of a record, whatever the exchange calls them.

import type { SourceRecord } from './reader.ts'

/** A record with these columns, of which the one at a place holds this text. */
export function recordOf(names: readonly string[], textAt: (at: number) => string | null): SourceRecord {
  const record: SourceRecord = {}
  names.forEach((name, at) => {
    // Assigning to this name would make no column of it.
    if (name === '__proto__') Object.defineProperty(record, name, { value: textAt(at), enumerable: true })
    else record[name] = textAt(at)
  })
  return record
}

/** The first of the columns that holds anything; '' when none does. */
export function textIn(record: SourceRecord, ...columns: readonly string[]): string {
  for (const column of columns) {
    const text = record[column]
    if (text !== undefined && text !== null && text !== '') return text
  }
  return ''
}

/** What stands in the first of the columns that the record has, even if that is nothing. */
export function textInFirst(record: SourceRecord, columns: readonly string[]): string {
  return textIn(record, columns.find((column) => column in record) ?? '')
}

/** A column that a call has only where the record says something. */
export function said<Column extends string>(column: Column, text: string): Partial<Record<Column, string>> {
  const found = text.trim()
  return found === '' ? {} : ({ [column]: found } as Record<Column, string>)
}

/** Text in a sentence for people, cut when it is long. */
export function cited(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
}

/** The first of the wanted columns that there is, as it is spelled there; letters may be large or small. */
export function firstColumn(names: readonly string[], wanted: readonly string[]): string | undefined {
  return wanted
    .map((one) => names.find((name) => name.toLowerCase() === one))
    .find((name) => name !== undefined)
}

/** Why a call with seconds is no call when none of the columns is there that would tell where it went; undefined when one is. */
export function goesNowhere(
  record: SourceRecord,
  columns: readonly string[],
  seconds: number,
): string | undefined {
  if (seconds <= 0 || columns.some((column) => column in record)) return undefined
  return `the record has none of ${columns.join(', ')}: nothing tells where the call went; let the exchange write it, or name its column in source.mapping (there are ${Object.keys(record).slice(0, 12).join(', ')})`
}
