// What a page is, and what it is handed.

import type { PoolClient } from 'pg'

import type { Html } from '../text/html.ts'
import type { Ask } from './acting.ts'
import type { Person, Role } from './person.ts'
import type { Upload } from './upload.ts'

export interface Visit {
  person: Person
  /** What stands behind the ? of the address, and in it. */
  query: Readonly<Record<string, string>>
  params: Readonly<Record<string, string>>
  /** What was filled into the form; empty when nothing was sent. */
  form: Readonly<Record<string, string>>
  /** What came with the form, of a page that takes files. */
  file?: Upload | undefined
  ask: Ask
  db: PoolClient
}

export interface Shown {
  /** The question this page answers. */
  question: string
  body: Html
  title?: string
  /** A file of browser/, for what the page can do besides. */
  script?: 'threshold'
  /** What its links to CSV hand out. */
  figures?: readonly Figures[]
}

/** What stands in a plot and its table, to take home. */
export interface Figures {
  /** In the address, and of the file. */
  name: string
  caption: string
  rows: readonly object[]
}

/** Where to go after something was done, and what to say there. */
export interface Done {
  to: string
  said: string
}

/** What is shown once and nowhere else, such as a new password. */
export interface ShownOnce {
  shown: Shown
}

export interface Page {
  path: string
  /** In the menu and above the page; in English, as all texts of ours. */
  title: string
  /** Who may look, and who may send its forms. */
  roles: readonly Role[]
  senders?: readonly Role[]
  /** Stands in the menu. */
  menu: boolean
  show: (visit: Visit) => Promise<Shown>
  /** What its forms do; `do` says which. */
  send?: (visit: Visit) => Promise<Done | ShownOnce>
  /** Asks in the role of a stage, and leaves nothing behind: what a call would cost. */
  trying?: boolean
  /** What its forms do makes its transactions itself, and may take its time. */
  long?: boolean
  /** Its forms may send a file. */
  files?: boolean
  /** What it shows may be some seconds old, unless who looks has just changed something. */
  late?: boolean
}

/** An answer that is no page, piece by piece. */
export interface Download {
  path: string
  roles: readonly Role[]
  type: string
  /** What the file is called. */
  file: (visit: Visit) => string | Promise<string>
  pieces: (visit: Visit) => AsyncGenerator<string | Uint8Array>
  /** As of a page. */
  late?: boolean
  trying?: boolean
}

export const everybody: readonly Role[] = ['administrator', 'operator', 'bookkeeper', 'reader']
export const workers: readonly Role[] = ['administrator', 'operator', 'bookkeeper']
/** Who runs it, and who keeps its books. */
export const office: readonly Role[] = ['administrator', 'operator']
export const books: readonly Role[] = ['administrator', 'bookkeeper']
