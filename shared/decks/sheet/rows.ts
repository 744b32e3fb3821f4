// Lines of a rate deck become prices; what is wrong with one is noted with its line.

import { Complaint } from '../../errors/complaint.ts'
import { withoutGuard } from '../../text/csv.ts'
import {
  amountIn,
  codesIn,
  countryCodeIn,
  dayIn,
  incrementsIn,
  isOfCurrency,
  secondsIn,
  shown,
} from './cells.ts'
import type { Amount, Cell } from './cells.ts'
import { columnsOf } from './columns.ts'
import type { Columns, Field } from './columns.ts'
import type { Deck, DeckOptions, DeckRow } from './deck.ts'
import { headingsOf } from './headings.ts'
import { isCurrency, isTotal, notUnderstood, saysNothing } from './other-columns.ts'
import { note } from './problems.ts'
import { pricePerMinute } from './unit.ts'
import type { Unit } from './unit.ts'

const nameMost = 200
const codeDigitsMost = 15
// Above the headings may stand a title, an address, a date.
const titleLinesMost = 20

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
  let unit: Unit | undefined
  let titleLines = 0

  return (cells, line) => {
    if (cells.every((cell) => cell.trim() === '')) return []
    if (!deck.columns) {
      deck.columns = columnsBelowTitle(cells)
      if (!deck.columns) return []
      deck.names = cells
      const known = headingsOf(deck.columns, cells, options)
      ;[others, unit] = [known.others, known.unit]
      if (deck.columns.header) return []
    }
    deck.lines++
    return rowsIn(cells, line, deck.columns)
  }

  /** Undefined while the lines are a title. Throws what keeps the first of them from being headings, when no later one is. */
  function columnsBelowTitle(cells: readonly string[]): Columns | undefined {
    try {
      return columnsOf(cells, options.given, options.inPlaceOf !== undefined)
    } catch (error) {
      if (!(error instanceof Complaint)) throw error
      deck.noHeadings ??= error
      if (++titleLines >= titleLinesMost) throw deck.noHeadings
      return undefined
    }
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
      if (options.currency !== undefined && isCurrency(name)) {
        if (!isOfCurrency(said.trim().toUpperCase(), options.currency))
          complain(`is in ${shown(said)}, and the plan in ${options.currency}`)
        continue
      }
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
      if (found && options.currency !== undefined && !isOfCurrency(found.currency, options.currency)) {
        complain(`${what} ${shown(written)} is in another currency than the plan, ${options.currency}`)
        return null
      }
      return found && signed(found, what, written) ? found.amount : null
    }
    const perMinute = (amountOfUnit: string | null): string | null => {
      if (amountOfUnit === null || !unit) return amountOfUnit
      const exact = pricePerMinute(amountOfUnit, unit)
      if (exact === undefined)
        complain(
          `price ${shown(amountOfUnit)} per ${unit.words} is no price per minute of 8 decimals: convert it`,
        )
      return exact ?? null
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
      (options.inPlaceOf ? (read(options.inPlaceOf(cell('prefix') ?? '')) ?? '') : '') +
      (read(countryCodeIn(cell('country_code'), codes)) ?? '')
    const price = perMinute(amount('price', 'price', null))
    if (price !== null && Number(price) === 0)
      note(deck.warnings, line, `price ${shown(price)}: calls are free`)
    const holdsFrom = cell('date')
    if (holdsFrom !== undefined && holdsFrom !== '') {
      const day = read(dayIn(holdsFrom, options.dateOrder))
      if (day !== undefined && options.from !== undefined && day > options.from.slice(0, 10))
        complain(
          `holds from ${day} on, later than --from ${options.from}: put such lines into a file of their own`,
        )
    }
    const connect_fee = amount('connect_fee', 'connect fee', '0')
    const max_charge = amount('max_charge', 'max charge', null)
    const both = cell('increments')
    const increments = both === undefined || both === '' ? undefined : read(incrementsIn(both))
    const first_sec = seconds('first_sec', 'first seconds', 0) ?? increments?.first_sec ?? null
    const step_sec = seconds('step_sec', 'step', 1) ?? increments?.step_sec ?? null
    const written = cell('description')
    const description = written === undefined ? null : withoutGuard(written)
    if (description !== null && description.length > nameMost)
      note(deck.warnings, line, `name ${shown(description)} is longer than ${nameMost} characters`)
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
