// What is asked of a table whose rows have a key that grows.

import type { SourceRecord } from '../record/reader.ts'
import type { Gap } from './gaps.ts'

export interface KeyedRow {
  id: bigint
  record: SourceRecord
}

/** Rows of a question that had a limit. */
export interface SomeRows {
  rows: KeyedRow[]
  /** There may be more: the limit was reached, in rows or in bytes. */
  more: boolean
}

export interface KeyedTable {
  /** Rows with this id and above, lowest first; two at least, if there are two. */
  from: (id: bigint, limit: number) => Promise<SomeRows>
  /** Rows whose ids lie in the ranges, ends included. */
  within: (ranges: readonly Gap[], limit: number) => Promise<KeyedRow[]>
  /** The lowest id of the rows that began at this moment, as written, or later. */
  since: (moment: string) => Promise<bigint | undefined>
  /** The id `steps` rows below, or the lowest there is. */
  below: (id: bigint, steps: number) => Promise<bigint | undefined>
  /** Rows not marked in a range of ids. */
  unmarked: (from: bigint, to: bigint, limit: number) => Promise<SomeRows>
  /** False when it may not be written. */
  mark: (ids: readonly bigint[]) => Promise<boolean>
  /** What tells rows with the same id apart. */
  contentOf: (row: KeyedRow) => string
  /** A row keeps its id for good. Otherwise (rowids that VACUUM may change) its content and occurrence are its key. */
  keepsIds: () => boolean
  /** The rows up to this id, at most `limit`, lowest first. */
  upTo: (id: bigint, limit: number) => Promise<KeyedRow[]>
}
