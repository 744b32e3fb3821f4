// Lines of a rate deck become prices; what is wrong with one is noted with its line.

import { withoutGuard } from '../text/csv.ts'
import { amountIn, codesIn, incrementsIn, secondsIn, shown } from './cells.ts'
import type { Amount, Cell } from './cells.ts'
import { columnsOf } from './columns.ts'
import type { Columns, Field } from './columns.ts'
import { note } from './problems.ts'
import type { Problems } from './problems.ts'

const nameMost = 200
const codeDigitsMost = 15

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
}

/** What a file turned out to be; filled while it is read. */
export interface Deck {
  columns: Columns | undefined
  /** Of the first line. */
  names: readonly string[]
  /** Lines with a price. */
  lines: number
  errors: Problems
  warnings: Problems
}

/**
 * Gives a function that turns the cells of one line after another into prices; the first line may be a header.
 * It throws a Complaint when the columns cannot be told.
 */
export function createRowReader(
  options: DeckOptions,
  deck: Deck,
): (cells: readonly string[], line: number) => DeckRow[] {
  // Whether 1,234 is a price above one or above a thousand shows in the lines before it.
  let usual: { sign: string; line: number } | undefined

  return (cells, line) => {
    if (cells.every((cell) => cell.trim() === '')) return []
    if (!deck.columns) {
      deck.columns = columnsOf(cells, options.given, options.inPlaceOf !== undefined)
      deck.names = cells
      if (deck.columns.header) return []
    }
    deck.lines++
    return rowsIn(cells, line, deck.columns)
  }

  function rowsIn(cells: readonly string[], line: number, { at, width }: Columns): DeckRow[] {
    const errorsBefore = deck.errors.count
    const complain = (text: string): void => {
      note(deck.errors, line, text)
    }
    if (cells.slice(width).some((cell) => cell.trim() !== '') || cells.length < width) {
      complain(`has ${cells.length} columns, the first line ${width}`)
      return []
    }
    const cell = (field: Field): string | undefined => {
      const column = at[field]
      return column === undefined ? undefined : (cells[column] ?? '').trim()
    }
    const read = <Value>(found: Cell<Value>): Value | undefined => {
      if ('value' in found) return found.value
      complain(found.wrong)
      return undefined
    }
    const amount = (field: Field, what: string, empty: string | null): string | null => {
      const written = cell(field)
      if (written === undefined) return null
      if (written === '' && field !== 'price') return empty
      const found = read(amountIn(written, what))
      return found && signed(found, what, written) ? found.amount : null
    }
    const signed = (found: Amount, what: string, written: string): boolean => {
      if (found.sign === '') return true
      usual ??= { sign: found.sign, line }
      if (usual.sign === found.sign) return true
      complain(
        `${what} ${shown(written)} has a decimal ${wordFor(found.sign)}, line ${usual.line} a ${wordFor(usual.sign)}`,
      )
      return false
    }
    const seconds = (field: Field, what: string, least: number): string | null => {
      const written = cell(field)
      return written === undefined || written === '' ? null : (read(secondsIn(written, what, least)) ?? null)
    }

    const codes = read(codesIn(cell('code') ?? '')) ?? []
    const front = options.inPlaceOf ? (read(options.inPlaceOf(cell('prefix') ?? '')) ?? '') : ''
    const price = amount('price', 'price', null)
    const connect_fee = amount('connect_fee', 'connect fee', '0')
    const max_charge = amount('max_charge', 'max charge', null)
    const both = cell('increments')
    const increments = both === undefined || both === '' ? undefined : read(incrementsIn(both))
    const first_sec = seconds('first_sec', 'first seconds', 0) ?? increments?.first_sec ?? null
    const step_sec = seconds('step_sec', 'step', 1) ?? increments?.step_sec ?? null
    const written = cell('description')
    const description = written === undefined ? null : withoutGuard(written)
    if (description !== null && description.length > nameMost) {
      note(deck.warnings, line, `name ${shown(description)} is longer than ${nameMost} characters`)
    }
    if (codes.some((code) => front.length + code.length > codeDigitsMost)) {
      complain(`code ${shown(`${front}${codes[0] ?? ''}`)} has more than ${codeDigitsMost} digits`)
    }
    if (deck.errors.count > errorsBefore || price === null) return []
    return codes.map((rest) => {
      const code = front + rest
      if (code.startsWith('0')) {
        note(deck.warnings, line, `code ${code} begins no E.164 number: no call will be priced by it`)
      }
      return { line, code, price, description, connect_fee, first_sec, step_sec, max_charge }
    })
  }
}

function wordFor(sign: string): string {
  return sign === ',' ? 'comma' : 'point'
}
