// Plans, their rows and calls as the pricing functions are handed them.

import type { Plan } from '../../shared/rating/plan.ts'
import { priceOf } from '../../shared/rating/price.ts'
import type { Price } from '../../shared/rating/price.ts'
import type { CallToPrice, Tarif } from '../../shared/rating/winning-tarif.ts'

export const root = aPlan({ tarifnum: 1 })
export const difference = aPlan({
  tarifnum: 2,
  base: 1,
  currency: null,
  first_sec: null,
  step_sec: null,
  increments: null,
  grace_sec: null,
  decimals: null,
  rounding: null,
  time_zone: null,
})

export function aPlan(over: Partial<Plan> = {}): Plan {
  return {
    tarifnum: 1,
    base: null,
    currency: 'EUR',
    first_sec: 1,
    step_sec: 1,
    increments: 'anchored',
    grace_sec: 0,
    decimals: 4,
    rounding: 'half up',
    time_zone: 'UTC',
    ...over,
  }
}

let lastId = 0
export function aTarif(over: Partial<Tarif> = {}): Tarif {
  return {
    id: ++lastId,
    tarifnum: 1,
    prefix_id: null,
    code: '49',
    price: '0.60',
    connect_fee: '0',
    first_sec: null,
    step_sec: null,
    max_charge: null,
    days: null,
    from_time: null,
    to_time: null,
    direction: 'out',
    steps: null,
    ...over,
  }
}

export function aCall(over: Partial<CallToPrice> = {}): CallToPrice {
  return {
    number: '4930123456',
    prefix_id: null,
    kind: 'international',
    direction: 'out',
    billable_sec: 60,
    answered_at: Date.parse('2026-03-02T12:00:00Z'),
    ...over,
  }
}

export type Options = Parameters<typeof priceOf>[3]

export function priced(
  call: Partial<CallToPrice>,
  rows: Tarif[],
  chain = [root],
  options: Options = {},
): Price {
  const price = priceOf(aCall(call), chain, rows, options)
  if (!price) throw new Error('no row says what the call costs')
  return price
}
