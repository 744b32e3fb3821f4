// What a price of a deck is a price of: a minute, in the plan's currency, unless its heading or its reader says otherwise.

import { shown } from './cells.ts'
import type { Cell } from './cells.ts'

/** How many of these prices make one per minute of the currency: times `by`, and the point so many places to the left. */
export interface Unit {
  words: string
  by: { times: bigint } | { over: bigint }
  places: number
}

const perMinute: Unit = { words: 'minute', by: { times: 1n }, places: 0 }

/** What `--price-per` may say. */
export const units: ReadonlyMap<string, Unit> = new Map(
  [
    perMinute,
    { words: 'second', by: { times: 60n }, places: 0 },
    { words: 'hour', by: { over: 60n }, places: 0 },
    { words: 'minute in cents', by: { times: 1n }, places: 2 },
    { words: 'second in cents', by: { times: 60n }, places: 2 },
  ].map((unit) => [unit.words, unit]),
)

const word = (words: string, behindSlash = 'nothing'): RegExp =>
  new RegExp(`(?:(?<!\\p{L})(?:${words})|/ ?(?:${behindSlash}))(?!\\p{L})`, 'iu')
const cents = word('cents?|pence|kopeks?|kopecks?|centimes?|коп|копеек|копейки|тиын', '¢')
const seconds = word('per ?sec|per ?second|seconds?|за секунду|за сек', 's|sec|second|сек|с')
const hours = word('per ?hour|за час', 'h|hour|час')
const others = word('per ?call|per ?\\d{2,}|за звонок|за вызов', 'call|вызов|звонок')
const taxed = word(
  'incl(?:uding|usive|\\.)?(?: of)? (?:vat|tax|gst)|(?:vat|tax|gst) incl(?:uded|usive|\\.)?|с ндс|inkl\\.? mwst|ttc|brutto|gross',
)

/** The unit that the heading of a price names, or why nothing here can make a price per minute of it. `named`: a person has said that it is the price. */
export function unitIn(heading: string, named = false): Cell<Unit> {
  const words = [hours.test(heading) ? 'hour' : seconds.test(heading) ? 'second' : 'minute']
  if (cents.test(heading)) words.push('in cents')
  const unit = units.get(words.join(' '))
  if (taxed.test(heading) && !named)
    return {
      wrong: `Column ${shown(heading)} has tax in it, and the prices of a plan have none: take it out, or name the column with --price-column if it is none.`,
    }
  if (others.test(heading) || !unit)
    return {
      wrong: `Column ${shown(heading)} is no price per minute of the plan's currency: convert it, or say with --price-per what it is (${[...units.keys()].join(', ')}).`,
    }
  return { value: unit }
}

/** An amount of the unit as a price per minute, exactly; undefined where that takes more than 8 decimals. */
export function pricePerMinute(amount: string, { by, places }: Unit): string | undefined {
  const [whole = '', decimals = ''] = amount.split('.')
  const scale = 12 + places
  const units = BigInt(whole + decimals.padEnd(12, '0'))
  if ('over' in by && units % by.over !== 0n) return undefined
  const result = String('over' in by ? units / by.over : units * by.times).padStart(scale + 1, '0')
  const fraction = result.slice(-scale).replace(/0+$/, '')
  return fraction.length > 8
    ? undefined
    : `${result.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`
}

/** Whether an amount is in hundredths of the currency, by its heading. */
export function isInCents(heading: string): boolean {
  return cents.test(heading)
}
