// What the seconds of one call cost once it is known which prices hold from which of its seconds on.

import { chargeFor, parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** anchored: steps follow the first seconds. absolute: steps are counted from the beginning, the first seconds are a minimum. */
export type Increments = 'anchored' | 'absolute'

/** From `from_sec` of the call on, until the next stretch begins: price per minute as text; null where nobody says what it costs. */
export interface Stretch {
  from_sec: number
  tarif_id: number | null
  price: string | null
  first_sec: number
  step_sec: number
}

/** Seconds charged in a row, from `from_sec` of the call on, at one price per minute. */
export interface ChargedStep {
  from_sec: number
  seconds: number
  price: string
  step_sec: number
  tarif_id: number | null
  amount: Money
}

export interface Fees {
  increments: Increments
  connect_fee: string
  max_charge: string | null
}

export interface Charge {
  charged_sec: number
  steps: ChargedStep[]
  unrounded: Money
}

/**
 * Charges the seconds of a call that follow its free seconds. The first seconds and then whole steps are taken, each at the price
 * in force when it begins; a step that runs past the beginning of the next stretch is charged once, and the next step
 * begins where it ends. Then the connect fee is added, once and also where every second was free, and the sum is held
 * to max_charge. Nothing is rounded. Null when a step begins where no price is known.
 * `stretches` are in order and the first begins at 0.
 */
export function chargeCall(
  billable_sec: number,
  free_sec: number,
  fees: Fees,
  stretches: readonly Stretch[],
): Charge | null {
  const steps: ChargedStep[] = []
  let charged_sec = 0
  let sum = 0n
  for (const [index, stretch] of stretches.entries()) {
    const stretchEnds = stretches[index + 1]?.from_sec ?? Infinity
    const until = Math.min(billable_sec, stretchEnds) - free_sec
    if (charged_sec >= until) continue
    if (stretch.price === null) return null
    const seconds = endOfSteps(charged_sec, until, stretch, fees.increments) - charged_sec
    const amount = chargeFor(seconds, parseMoney(stretch.price))
    steps.push({
      from_sec: free_sec + charged_sec,
      seconds,
      price: stretch.price,
      step_sec: stretch.step_sec,
      tarif_id: stretch.tarif_id,
      amount,
    })
    charged_sec += seconds
    sum += amount
  }
  sum += parseMoney(fees.connect_fee)
  const most = fees.max_charge === null ? sum : parseMoney(fees.max_charge)
  return { charged_sec, steps, unrounded: sum < most ? sum : most }
}

/** Where the last step ends of those that begin from second `from` on and before `until`, counted after the free seconds. */
function endOfSteps(from: number, until: number, stretch: Stretch, increments: Increments): number {
  const { first_sec, step_sec } = stretch
  if (step_sec < 1) {
    throw new Error(`tarif ${stretch.tarif_id ?? 'of no row'} counts in steps of ${step_sec} seconds`)
  }
  const begun = from === 0 ? first_sec : from
  if (begun >= until) return begun
  if (increments === 'absolute') return Math.ceil(until / step_sec) * step_sec
  return begun + Math.ceil((until - begun) / step_sec) * step_sec
}
