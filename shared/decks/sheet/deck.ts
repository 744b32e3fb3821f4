// What a price list is asked for, and what it turned out to be.

import type { Complaint } from '../../errors/complaint.ts'
import type { Cell } from './cells.ts'
import type { Columns, Field } from './columns.ts'
import type { Problems } from './problems.ts'
import type { Unit } from './unit.ts'

/** One code of a deck; amounts as text. Null where the file has no such column, or says nothing in it. */
export interface DeckRow {
  line: number
  code: string
  price: string
  description: string | null
  connect_fee: string | null
  first_sec: string | null
  step_sec: string | null
  max_charge: string | null
}

export interface DeckOptions {
  /** Undefined: the one of comma, semicolon, tab and bar the first line has most of. */
  delimiter?: string | undefined
  /** Columns by name or, from 1, by number. */
  given: Partial<Record<Field, string>>
  /** For decks whose code follows a dialled prefix: what is put in place of the prefix, or what is wrong with it. */
  inPlaceOf?: ((prefix: string) => Cell<string>) | undefined
  /** Headings of columns that a person knows to bear on no price. */
  ignored?: readonly string[]
  /** Digits put in front of each code, such as the 1 of North America. */
  codeBegins?: string
  /** What its prices are prices of; undefined: what their heading says. */
  pricesPer?: Unit | undefined
  /** Of the plan: a price may not say another. */
  currency?: string | undefined
  /** The day from which the deck is to hold; no line may begin later. */
  from?: string | undefined
  dateOrder?: 'day' | 'month' | undefined
}

/** What a file turned out to be; filled while it is read. */
export interface Deck {
  columns: Columns | undefined
  /** Of the first line. */
  names: readonly string[]
  /** Lines with a price. */
  lines: number
  /** Why its first line is no line of headings. */
  noHeadings?: Complaint
  errors: Problems
  warnings: Problems
}
