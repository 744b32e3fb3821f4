// Reads the file of a rate deck into a table of the session, and says what it took from which column.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { grouped } from '../text/number.ts'
import { showProgress } from '../text/progress.ts'
import { shown } from './cells.ts'
import { fields } from './columns.ts'
import type { Field } from './columns.ts'
import { bringIn, duplicates } from './difference.ts'
import { newDeck, openDeck, rowsOf } from './file.ts'
import { prefixesInPlace } from './plan.ts'
import { listed, together } from './problems.ts'
import type { Deck } from './rows.ts'

export interface FileOptions {
  path: string
  delimiter?: string | undefined
  given: Partial<Record<Field, string>>
  codeFollowsPrefix: boolean
  /** Headings of columns that bear on no price. */
  ignored?: readonly string[]
  /** Digits put in front of each code. */
  codeBegins?: string
}

type Say = (line: string) => void

/** Brings a file into table deck_row. Throws a Complaint that lists its mistakes. */
export async function readDeck(db: Database, options: FileOptions, say: Say): Promise<Deck> {
  const deck = newDeck()
  const inPlaceOf = options.codeFollowsPrefix ? await prefixesInPlace(db) : undefined
  let add: (bytes: number) => void = () => undefined
  const { size, bytes } = await openDeck(options.path, (more) => {
    add(more)
  })
  const progress = showProgress('reading', size)
  add = progress.add
  const codes = await bringIn(db, rowsOf(bytes, { ...options, inPlaceOf }, deck)).finally(() => {
    progress.stop()
  })
  const errors = together(deck.errors, await duplicates(db))
  if (errors.count > 0) {
    const many = errors.count === 1 ? '1 mistake' : `${grouped(errors.count)} mistakes`
    throw new Complaint([`${options.path} has ${many}, nothing is written:`, ...listed(errors)].join('\n  '))
  }
  say(`${options.path}: ${grouped(deck.lines)} lines, ${grouped(codes)} codes; ${columnsInWords(deck)}`)
  return deck
}

/** The columns a deck has. */
export function columnsIn(deck: Deck): Field[] {
  return fields.filter((field) => deck.columns?.at[field] !== undefined)
}

function columnsInWords({ columns, names }: Deck): string {
  const found = fields.flatMap((field) => {
    const column = columns?.at[field]
    if (column === undefined) return []
    return [`${field} = ${columns?.header ? shown(names[column] ?? '') : `column ${column + 1}`}`]
  })
  const unused = columns?.unused.map(({ name }) => shown(name)) ?? []
  return `${found.join(', ')}${unused.length > 0 ? `; not used: ${unused.join(', ')}` : ''}`
}
