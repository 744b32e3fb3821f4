// Reads the file of a rate deck into a table of the session, and says what it took from which column.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { grouped } from '../text/number.ts'
import { showProgress } from '../text/progress.ts'
import { bringIn, duplicates } from './difference.ts'
import { prefixesInPlace } from './plan.ts'
import { shown } from './sheet/cells.ts'
import { fields } from './sheet/columns.ts'
import type { Field } from './sheet/columns.ts'
import type { Deck } from './sheet/deck.ts'
import { isWorkbookFile, newDeck, openDeck, rowsOf, rowsOfSheet } from './sheet/file.ts'
import { listed, together } from './sheet/problems.ts'
import type { Unit } from './sheet/unit.ts'
import { sheetRows } from './sheet/workbook.ts'

export interface FileOptions {
  path: string
  delimiter?: string | undefined
  given: Partial<Record<Field, string>>
  codeFollowsPrefix: boolean
  /** Headings of columns that bear on no price. */
  ignored?: readonly string[]
  /** Digits put in front of each code. */
  codeBegins?: string
  pricesPer?: Unit | undefined
  dateOrder?: 'day' | 'month' | undefined
  /** Of a workbook. */
  sheet?: string | undefined
}

/** What the plan and the load ask of its lines. */
export interface Asked {
  currency: string
  from?: string
}

type Say = (line: string) => void

/** Brings a file into table deck_row. Throws a Complaint that lists its mistakes. */
export async function readDeck(db: Database, options: FileOptions & Asked, say: Say): Promise<Deck> {
  const deck = newDeck()
  const inPlaceOf = options.codeFollowsPrefix ? await prefixesInPlace(db) : undefined
  let add: (bytes: number) => void = () => undefined
  const { size, bytes } = await openDeck(options.path, (more) => {
    add(more)
  })
  const progress = showProgress('reading', size)
  add = progress.add
  const terms = { ...options, inPlaceOf }
  const rows = (await isWorkbookFile(options.path))
    ? rowsOfSheet(sheetRows(options.path, options.sheet), terms, deck)
    : rowsOf(bytes, terms, deck)
  const codes = await bringIn(db, rows).finally(() => {
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
