// Lines of a rate deck become prices; what is wrong with one is noted with its line.

import { Complaint } from '../errors/complaint.ts'
import { withoutGuard } from '../text/csv.ts'
import { amountIn, codesIn, incrementsIn, secondsIn, shown } from './cells.ts'
import type { Amount, Cell } from './cells.ts'
import { columnsOf, normalized } from './columns.ts'
import type { Columns, Field } from './columns.ts'
import { isHarmless, isTotal, notPerMinute, notUnderstood, saysNothing } from './other-columns.ts'
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
  /** Headings of columns that a person knows to bear on no price. */
  ignored?: readonly string[]
  /** Digits put in front of each code, such as the 1 of North America. */
  codeBegins?: string
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
  let others: { name: string; column: number }[] = []
  // Whether 1,234 is a price above one or above a thousand shows in the lines before it.
  let usual: { sign: string; line: number } | undefined

  return (cells, line) => {
    if (cells.every((cell) => cell.trim() === '')) return []
    if (!deck.columns) {
      deck.columns = columnsOf(cells, options.given, options.inPlaceOf !== undefined)
      deck.names = cells
      others = othersOf(deck.columns)
      if (deck.columns.header) return []
    }
    deck.lines++
    return rowsIn(cells, line, deck.columns)
  }

  /** Columns that must say nothing. Throws a Complaint where the price is no price per minute, or a column to be ignored is not there. */
  function othersOf({ unused, at, header }: Columns): { name: string; column: number }[] {
    const price = header ? notPerMinute(deck.names[at.price ?? -1] ?? '') : undefined
    if (price !== undefined && options.given.price === undefined) throw new Complaint(price)
    const ignored = (options.ignored ?? []).map(normalized)
    const absent = options.ignored?.find(
      (name) => !deck.names.some((one) => normalized(one) === normalized(name)),
    )
    if (absent !== undefined) throw new Complaint(`There is no column ${shown(absent)} to ignore.`)
    return unused.filter(({ name }) => !isHarmless(name) && !ignored.includes(normalized(name)))
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
    for (const { name, column } of others) {
      const said = cells[column] ?? ''
      if (saysNothing(said)) continue
      complain(notUnderstood(name, said))
      // Once is enough.
      others = others.filter((other) => other.column !== column)
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

    const codes = read(codesIn(joined(cell('code') ?? ''))) ?? []
    if (isTotal(cell('description') ?? ''))
      complain(`is the sum of other lines (${shown(cell('description') ?? '')}): take it out`)
    const front =
      (options.codeBegins ?? '') +
      (options.inPlaceOf ? (read(options.inPlaceOf(cell('prefix') ?? '')) ?? '') : '')
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
    const nowhere = codes.find((rest) => (front + rest).startsWith('0'))
    if (nowhere !== undefined)
      complain(
        `code ${shown(front + nowhere)} begins no E.164 number: write the country code first, without 0, 00 or 011`,
      )
    if (deck.errors.count > errorsBefore || price === null) return []
    return codes.map((rest) => {
      const code = front + rest
      return { line, code, price, description, connect_fee, first_sec, step_sec, max_charge }
    })
  }

  /** NPA-NXX (201-555) is one code where digits are put in front. */
  function joined(code: string): string {
    return (options.codeBegins ?? '') === '' ? code : code.replace(/^(\d{3})-(\d{3})$/, '$1$2')
  }
}

function wordFor(sign: string): string {
  return sign === ',' ? 'comma' : 'point'
}
