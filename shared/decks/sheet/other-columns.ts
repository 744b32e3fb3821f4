// Columns of a deck that nothing is taken from. One that bears on what a call costs is never passed over: a fee, a surcharge, an hour, a
// date, a status, a second price, a second code. Only what is known to bear on nothing, what a person ignores, and what says
// nothing (empty, or 0 everywhere) is.

import { shown } from './cells.ts'
import { normalized } from './columns.ts'

const bearsOnNothing = [
  /^(operator|carrier|network|provider|company|brand)( name)?$/,
  /^(comments?|notes?|remarks?|info|information|примечание|комментарий)$/,
  /^iso( ?3166)?( ?(alpha)? ?[23])?( (country )?code)?$/,
  /^(country|region|continent|state|province|city|town|lata|ocn|locality|area|страна|регион)( name)?$/,
  /^(mcc|mnc|mcc ?mnc)$/,
  /^(destination|dest|line|number|network) type$/,
  /^(row|line|no|nr|number of row|№)$/,
]

/** Whether the heading alone says that the column bears on no price. */
export function isHarmless(heading: string): boolean {
  return bearsOnNothing.some((pattern) => pattern.test(normalized(heading)))
}

/** Whether a cell says nothing: it is empty, or zero, or a dash. */
export function saysNothing(cell: string): boolean {
  return /^\s*(?:[-–—]|[$€£]?0*(?:[.,]0*)?\s*%?)?\s*$/.test(cell)
}

/** What is said of a column that nobody here understands, at the first line in which it says something. */
export function notUnderstood(heading: string, cell: string): string {
  const name = heading.trim() === '' ? 'a column without a heading' : `column ${shown(heading)}`
  return `${name} says ${shown(cell)}, and nothing here knows what that does to a price: bring it into the columns that are known, or say --ignore ${JSON.stringify(heading.trim())} if it bears on no price`
}

/** Whether a line is the sum of others. */
export function isTotal(description: string): boolean {
  return /^(grand )?(total|sub ?total|sum|итого|всего|gesamt|summe|totale?|suma)\b/i.test(description.trim())
}

/** Whether a column says in which currency the prices are. */
export function isCurrency(heading: string): boolean {
  return /^(currency|curr|ccy|валюта|währung|devise|moneda)( code)?$/.test(normalized(heading))
}
