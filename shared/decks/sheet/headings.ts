// What the headings of a price list say beside which column is which: the unit and the currency of its prices, and what must be looked at.

import { Complaint } from '../../errors/complaint.ts'
import { otherCurrencyIn, shown } from './cells.ts'
import { normalized } from './columns.ts'
import type { Columns, Field } from './columns.ts'
import type { DeckOptions } from './deck.ts'
import { isHarmless } from './other-columns.ts'
import { isInCents, unitIn } from './unit.ts'
import type { Unit } from './unit.ts'

export interface Headings {
  /** Of the prices. */
  unit: Unit
  /** Columns that must say nothing. */
  others: { name: string; column: number }[]
}

/** Throws a Complaint where the prices cannot be brought to the plan's, or where a column that is to be ignored is not there. */
export function headingsOf(
  { unused, at, header }: Columns,
  names: readonly string[],
  options: DeckOptions,
): Headings {
  const heading = (field: Field): string => (header ? (names[at[field] ?? -1] ?? '') : '')
  const { pricesPer, given, currency } = options
  const found = pricesPer ? { value: pricesPer } : unitIn(heading('price'), given.price !== undefined)
  if ('wrong' in found) throw new Complaint(found.wrong)
  for (const field of ['price', 'connect_fee', 'max_charge'] as const) {
    const other = currency === undefined ? undefined : otherCurrencyIn(heading(field), currency)
    if (other !== undefined)
      throw new Complaint(
        `Column ${shown(heading(field))} is in ${other}, and the plan in ${currency ?? ''}.`,
      )
    if (field !== 'price' && isInCents(heading(field)))
      throw new Complaint(`Column ${shown(heading(field))} is not in the plan's currency: convert it.`)
  }
  const ignored = (options.ignored ?? []).map(normalized)
  const absent = options.ignored?.find((name) => !names.some((one) => normalized(one) === normalized(name)))
  if (absent !== undefined) throw new Complaint(`There is no column ${shown(absent)} to ignore.`)
  return {
    unit: found.value,
    others: unused.filter(({ name }) => !isHarmless(name) && !ignored.includes(normalized(name))),
  }
}
