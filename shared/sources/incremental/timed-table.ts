// What is asked of a table that is read by the moments its rows bear.

import type { SourceRecord } from '../record/reader.ts'

/** Rows that began between two moments as written, both included ('' for those without a moment); one of several parts of them. */
export interface Stretch {
  from: string
  to: string
  parts: number
  part: number
}

export interface Counted {
  rows: number
  bytes: number
}

export interface TimedTable {
  /** What tells rows apart. */
  contentOf: (row: SourceRecord) => string
  /** How many rows there are by the first characters of the moment they began, from one on; '' for those without. */
  count: (characters: number, from?: string) => Promise<Map<string, number>>
  /** The same between two moments, with what the rows weigh in bytes. */
  countWithin: (characters: number, from: string, to: string) => Promise<Map<string, Counted>>
  /** Rows may hold much: a stretch must be weighed. */
  isHeavy: boolean
  /** Rows of a stretch. Rows of the same content are always in the same part. */
  read: (stretch: Stretch) => Promise<SourceRecord[]>
}
