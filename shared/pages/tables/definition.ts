// What a page has to know of a table; the rest says the database: types, what may be empty, what refers to what, and who may write.

import type { Html } from '../../text/html.ts'
import type { Role } from '../../web/person.ts'
import type { Visit } from '../../web/page.ts'

export interface Table {
  name: string
  /** The column a row is known by. */
  key: string
  /** Where its pages are: /prefixes/5 for a row, /prefixes/new for a new one. */
  path: string
  title: string
  roles: readonly Role[]
  /** The question the page of a row answers. */
  question: string
  /** What may be entered, in this order. What a role may not write the database says. */
  columns: readonly string[]
  /** What a row is called, over the row `t`. */
  called: string
  /** Columns of several lines. */
  lines?: readonly string[]
  /** Calls may wait for its rows. */
  heals?: boolean
  list?: List
  children?: readonly Child[]
  /** What else can be done with a row. */
  actions?: readonly Action[]
  /** What else the page of a row shows. */
  beside?: (visit: Visit, key: string) => Promise<Html>
}

export interface Action {
  name: string
  button: string
  /** Gives back what became of it. */
  run: (visit: Visit, key: string) => Promise<string>
}

export interface List {
  question: string
  columns: readonly string[]
  menu: boolean
}

/** Rows of another table that belong to one of this. */
export interface Child {
  of: () => Table
  /** Its column that names the row of this. */
  by: string
  caption: string
  columns: readonly string[]
  /** Its history is shown, too, in which a row is called by these of its columns. */
  called?: readonly string[]
}
