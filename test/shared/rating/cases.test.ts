import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { parseMoney, roundMoney } from '../../../shared/money/money.ts'
import type { Rounding } from '../../../shared/money/money.ts'
import type { Plan } from '../../../shared/rating/plan.ts'
import { priceOf } from '../../../shared/rating/price.ts'
import type { Price } from '../../../shared/rating/price.ts'
import type { Tarif } from '../../../shared/rating/winning-tarif.ts'

interface Slot {
  from_s: number
  rate: number
  per_s: number
  increment_s: number
}

interface Case {
  id: string
  source: string
  case: string
  connect_fee: number
  rounding: string | null
  duration_s: number
  free_s?: number
  expected_cost: number
  tolerance?: number
  plain_model: boolean
  slots: Slot[] | null
  exact_cost: string
  exact_rounded: string
  matches_exact: boolean
}

interface Primitive {
  source: string
  op: 'round' | 'round_duration_up_to_increment'
  value: number
  decimals: number
  method: string
  increment_s: number
  duration_s: number
  expected: number
}

// The shape of the file is what test/fixtures/rating/README.md describes.
const file = JSON.parse(
  readFileSync(new URL('../../fixtures/rating/rating.json', import.meta.url), 'utf8'),
) as {
  cases: Case[]
  rounding_primitives: Primitive[]
}

const roundings: Record<string, Rounding> = { middle: 'half up', up: 'up', down: 'down' }
const [plain, other] = [
  file.cases.filter((one) => one.plain_model),
  file.cases.filter((one) => !one.plain_model),
]
const named = (one: Case) => [`${one.id} (${one.source}: ${one.case})`, one] as const

const unrounded = { decimals: 12, rounding: 'half up' } as const
function roundingOf({ rounding }: Case): { decimals: number; rounding: Rounding } {
  const [method, decimals] = rounding?.split(' ') ?? []
  return method ? { decimals: Number(decimals), rounding: roundings[method] ?? 'half up' } : unrounded
}

/** The price per minute of `rate` per `per_s` seconds, exactly; the sources price 1, 10, 20, 60 or 1024 seconds. */
function perMinute({ rate, per_s }: Slot): string {
  const sixtieths = parseMoney(String(rate))
  const perMinuteInUnits = (sixtieths * 60n) / BigInt(per_s)
  if (perMinuteInUnits * BigInt(per_s) !== sixtieths * 60n)
    throw new Error(`${rate} per ${per_s} s is no decimal`)
  return roundMoney(perMinuteInUnits, 8, 'down')
}

/** Slots as a row and its steps. Units of data and messages are counted as seconds; a second begun is a second. */
function price(
  one: Case,
  plan: Partial<Plan>,
  over: Partial<Tarif> = {},
  free_sec = one.free_s ?? 0,
): Price | null {
  const [slot, ...later] = one.slots ?? []
  if (!slot) throw new Error(`${one.id} has no slots`)
  const tarif: Tarif = {
    id: 1,
    tarifnum: 1,
    prefix_id: null,
    code: '49',
    price: perMinute(slot),
    connect_fee: String(one.connect_fee),
    first_sec: slot.increment_s,
    step_sec: slot.increment_s,
    max_charge: null,
    days: null,
    from_time: null,
    to_time: null,
    direction: 'out',
    steps: later.map((next) => ({
      from_sec: next.from_s,
      price: perMinute(next),
      step_sec: next.increment_s,
    })),
    ...over,
  }
  return priceOf(
    {
      number: '4930123456',
      prefix_id: null,
      kind: 'international',
      direction: 'out',
      billable_sec: Math.ceil(one.duration_s),
      answered_at: 0,
    },
    [
      {
        tarifnum: 1,
        base: null,
        currency: 'EUR',
        first_sec: 60,
        step_sec: 60,
        increments: 'anchored',
        grace_sec: 0,
        time_zone: 'UTC',
        ...unrounded,
        ...plan,
      },
    ],
    [tarif],
    { free_sec },
  )
}

const shortest = (text = 'no price') => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')

describe('calls whose cost others assert', () => {
  it.each(plain.map(named))('cost what is exact: %s', (_name, one) => {
    expect(shortest(price(one, unrounded)?.total)).toBe(one.exact_cost)
    const total = shortest(price(one, roundingOf(one))?.total)
    expect(total).toBe(one.exact_rounded)
    if (one.tolerance === undefined) expect(total === String(one.expected_cost)).toBe(one.matches_exact)
    else expect(Number(total)).toBeCloseTo(one.expected_cost, -Math.log10(2 * one.tolerance))
  })

  const firstThenSteps = plain.filter(
    ({ slots }) =>
      slots?.length === 2 && slots[0]?.rate === slots[1]?.rate && slots[0]?.increment_s === slots[1]?.from_s,
  )
  it.each(firstThenSteps.map(named))('cost the same by first seconds and steps: %s', (_name, one) => {
    const step_sec = one.slots?.[1]?.increment_s ?? null
    const row = { first_sec: one.slots?.[0]?.increment_s ?? null, step_sec, steps: null }
    expect(shortest(price(one, roundingOf(one), row)?.total)).toBe(one.exact_rounded)
    expect(price(one, roundingOf(one), row)?.steps).toBeNull()
  })

  it.each(other.filter((one) => one.case.includes('MaxCost')).map(named))(
    'stop at the cap: %s',
    (_name, one) => {
      const capped = price(one, unrounded, { max_charge: String(one.expected_cost) })
      expect(shortest(capped?.total)).toBe(String(one.expected_cost))
      expect(Number(price(one, unrounded)?.total)).toBeGreaterThan(one.expected_cost)
    },
  )

  const notExpressible: Record<string, string[]> = {
    'a fee for an attempt that failed; here a call nobody answered costs nothing': ['RC115', 'RC117'],
    'an amount added once a second of the call is reached': ['RC125', 'RC127', 'RC129'],
    'tax, which is computed from the unrounded price later': ['RC143'],
    'a charge for a call of no seconds': ['RC177'],
    'prices by the volume of a month': ['RC181', 'RC183', 'RC185', 'RC187', 'RC189', 'RC191'],
    'slots that the file does not give': ['RC137', 'RC149'],
    'a cap, in the test above': ['RC019', 'RC079'],
  }
  it.each(Object.entries(notExpressible))('leave out %s: %j', (_why, ids) => {
    expect(other.filter((one) => ids.includes(one.id))).toHaveLength(ids.length)
  })

  it(`are ${file.cases.length}, of which ${plain.length} can be priced; every other is named above`, () => {
    expect(Object.values(notExpressible).flat().sort()).toEqual(other.map((one) => one.id))
    expect(firstThenSteps.length).toBeGreaterThan(10)
  })
})

describe('roundings that others assert', () => {
  const of = (op: Primitive['op']) =>
    file.rounding_primitives.filter((one) => one.op === op).map((one) => [one.source, one] as const)

  it.each(of('round'))('of amounts are the same: %s', (_source, { value, decimals, method, expected }) => {
    const rounded = roundMoney(parseMoney(String(value)), decimals, roundings[method] ?? 'half up')
    expect(rounded).toBe(expected.toFixed(decimals))
  })

  it.each(of('round_duration_up_to_increment'))('of seconds are the same: %s', (_source, one) => {
    const slots = [{ from_s: 0, rate: 1, per_s: 60, increment_s: one.increment_s }]
    const call = { ...plain[0], duration_s: one.duration_s, slots, connect_fee: 0 } as Case // The rest is not read.
    expect(price(call, {})?.charged_sec).toBe(one.expected)
  })
})
