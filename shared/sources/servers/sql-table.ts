// A table of records in a database server: what MySQL, MariaDB and PostgreSQL say each in a way of their own.

import type { SourceRecord } from '../record/reader.ts'

export interface Server {
  /** Rows by column name in small letters, cells as text; `?` stands for a value. Throws what the server or the driver says. */
  ask: (sql: string, values?: readonly unknown[], timeoutMs?: number) => Promise<SourceRecord[]>
  /** For statements that return no rows. */
  tell: (sql: string, values: readonly unknown[]) => Promise<void>
  /** What is under way fails; the next question connects anew. */
  drop: () => void
}

/** Names and expressions stand as in a query. They come from the administrator's URL and the catalog; values never go this way. */
export interface SqlTable {
  /** Stands in the position, so that it is not taken for that of another kind of source. */
  kind: string
  name: string
  columns: readonly string[]
  quoted: (column: string) => string
  /** The column that counts the rows, if there is one. */
  key: string | undefined
  began: Moment | undefined
  /** The bytes of a row in columns that may hold much; undefined where there are none. */
  weight: string | undefined
  /** The seconds spoken, as a number. */
  billsec: string
  mark: Mark | undefined
  /** A whole number from 0 on, the same for the same text. */
  hash: (text: string) => string
}

export interface Moment {
  /** Compares with a text such as 2026-11-21 12:00:00, by an index if there is one. */
  column: string
  text: string
  /** Some rows bear none. */
  missing: string
}

export interface Mark {
  column: string
  isSet: string
  set: string
  /** The user may read, and not write. */
  isForbidden: (error: unknown) => boolean
}

/** Columns of at most so many characters are not weighed. */
export const shortText = 1_000

export const bucketsMs = 120_000
