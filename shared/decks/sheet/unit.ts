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

const cents = /\b(cents?|pence|kopeks?|centimes?)\b|¢/i
const seconds = /\b(per ?sec(ond)?|seconds?)\b|\/ ?(s|sec|second)\b/i
const hours = /\bper ?hour\b|\/ ?(h|hour)\b/i
const others = /\bper ?(call|\d{2,})\b|\/ ?call\b/i

/** The unit that the heading of a price names, or why nothing here can make a price per minute of it. */
export function unitIn(heading: string): Cell<Unit> {
  const words = [hours.test(heading) ? 'hour' : seconds.test(heading) ? 'second' : 'minute']
  if (cents.test(heading)) words.push('in cents')
  const unit = units.get(words.join(' '))
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
