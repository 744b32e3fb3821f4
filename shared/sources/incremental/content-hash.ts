// What tells the rows of a table apart: a hash of what never changes in them. It follows the table and its format only, so that
// no edit of a rule makes new records of old ones.

import type { Format } from '../record/format.ts'
import { contentHash, hashOf } from '../record/keys.ts'
import type { SourceRecord } from '../record/reader.ts'

// With fewer columns that the format knows the table is of an exchange nobody thought of.
const knownEnough = 3
// What is written into rows when they have long been read, here and there.
const writtenLater = new Set([
  'marked',
  'imported',
  'flag_imported',
  'userfield',
  'recordingfile',
  'cost',
  'rated',
  'cdr_id',
])

/** The columns of the format's identity that the table has; of a table that has hardly any, all that hold for good. */
export function tellingColumns(columns: readonly string[], { identity }: Pick<Format, 'identity'>): string[] {
  const known = columns.filter((column) => identity.includes(column.toLowerCase()))
  if (known.length >= knownEnough) return known
  return columns.filter((column) => !writtenLater.has(column.toLowerCase()))
}

/** Columns that hold nothing count for nothing where all count: one that is added to the table later changes no row. */
export function createContentHash(
  columns: readonly string[],
  format: Pick<Format, 'identity'>,
): (record: SourceRecord) => string {
  const telling = tellingColumns(columns, format).map((column) => column.toLowerCase())
  if (telling.every((column) => format.identity.includes(column)))
    return (record) => contentHash(record, format.identity)
  return (record) =>
    hashOf(
      JSON.stringify(
        Object.entries(record)
          .filter(([column, value]) => value !== null && value !== '' && telling.includes(column))
          .sort(([one], [other]) => (one < other ? -1 : 1)),
      ),
    )
}
