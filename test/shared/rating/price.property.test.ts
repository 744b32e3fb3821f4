import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Plan } from '../../../shared/rating/plan.ts'
import { priceOf } from '../../../shared/rating/price.ts'
import type { Price } from '../../../shared/rating/price.ts'
import type { CallToPrice, Tarif } from '../../../shared/rating/winning-tarif.ts'

// The model: fractions of whole numbers, one step after the other, the clock on the wall read from Intl. It shares no
// line with what it checks.

type Fraction = readonly [bigint, bigint]

const plus = (a: Fraction, b: Fraction): Fraction => [a[0] * b[1] + b[0] * a[1], a[1] * b[1]]
const same = (a: Fraction, b: Fraction) => a[0] * b[1] === b[0] * a[1]
const less = (a: Fraction, b: Fraction) => a[0] * b[1] < b[0] * a[1]

function fraction(text: string): Fraction {
  const [whole = '', decimals = ''] = text.split('.')
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)]
}

const cost = (price: string, seconds: number): Fraction => {
  const [above, below] = fraction(price)
  return [above * BigInt(seconds), below * 60n]
}

/** For amounts that are not negative. */
function rounded([above, below]: Fraction, decimals: number, rounding: Plan['rounding']): string {
  const scaled = above * 10n ** BigInt(decimals)
  const counts = {
    'half up': (2n * scaled + below) / (2n * below),
    up: (scaled + below - 1n) / below,
    down: scaled / below,
  }
  const digits = counts[rounding ?? 'half up'].toString().padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const clocks = new Map<string, Intl.DateTimeFormat>()
const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function wallClock(timeZone: string, at: number): { weekday: number; time: string } {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
  clocks.set(timeZone, clock)
  const shown = clock.format(at)
  return { weekday: weekdays.indexOf(shown.slice(0, 3)) + 1, time: shown.slice(-8) }
}

function open(row: Tarif, zone: string, at: number): boolean {
  if (row.days === null && row.from_time === null) return true
  const { weekday, time } = wallClock(zone, at)
  const yesterday = weekday === 1 ? 7 : weekday - 1
  const [from, to] = [row.from_time ?? '00:00:00', row.to_time ?? '24:00:00']
  const today = row.days?.includes(weekday) ?? true
  if (from < to) return today && from <= time && time < to
  return (today && from <= time) || ((row.days?.includes(yesterday) ?? true) && time < to)
}

/** Narrows the rows down, one rule after the other. */
function winner(call: CallToPrice, chain: readonly Plan[], rows: readonly Tarif[], zone: string, at: number) {
  let left = rows.filter(
    (row) =>
      call.number.slice(0, row.code.length) === row.code &&
      [null, call.prefix_id].includes(row.prefix_id) &&
      chain.some((plan) => plan.tarifnum === row.tarifnum) &&
      row.direction === call.direction &&
      open(row, zone, at),
  )
  const longest = Math.max(...left.map((row) => row.code.length))
  left = left.filter((row) => row.code.length === longest)
  const own = left.filter((row) => row.prefix_id !== null)
  if (own.length > 0) left = own
  const nearest = chain.find((plan) => left.some((row) => row.tarifnum === plan.tarifnum))
  left = left.filter((row) => row.tarifnum === nearest?.tarifnum)
  return left.find((row) => row.days !== null || row.from_time !== null) ?? left[0]
}

interface Expected {
  charged_sec: number
  beforeFee: Fraction
  unrounded: Fraction
  total: string
}

/** What the call costs, or null; every step of it is looked at. */
function modelPrice(
  call: CallToPrice,
  chain: readonly Plan[],
  rows: readonly Tarif[],
  free_sec: number,
): Expected | null {
  const terms = <Field extends keyof Plan>(field: Field) =>
    chain.map((plan) => plan[field]).find((value) => value !== null)
  const zone = terms('time_zone') ?? 'UTC'
  const nothing: Fraction = [0n, 1n]
  const total = (amount: Fraction) => rounded(amount, terms('decimals') ?? 4, terms('rounding') ?? 'half up')
  if (call.billable_sec === 0 || call.billable_sec <= (terms('grace_sec') ?? 0)) {
    return { charged_sec: 0, beforeFee: nothing, unrounded: nothing, total: total(nothing) }
  }
  const opening = winner(call, chain, rows, zone, call.answered_at)
  if (!opening) return null

  const free = Math.min(free_sec, call.billable_sec)
  let beforeFee = nothing
  let done = 0
  while (free + done < call.billable_sec) {
    const second = free + done
    const row = winner(call, chain, rows, zone, call.answered_at + second * 1000)
    if (!row) return null
    const later = (row.steps ?? []).filter((step) => step.from_sec <= second)
    const holds = later.find((step) => later.every((one) => one.from_sec <= step.from_sec))
    const first_sec = row.first_sec ?? terms('first_sec') ?? 60
    const step_sec = holds?.step_sec ?? row.step_sec ?? terms('step_sec') ?? 60
    const anchored = terms('increments') !== 'absolute'
    const length =
      done === 0 && first_sec > 0 ? first_sec : anchored ? step_sec : step_sec - (done % step_sec)
    beforeFee = plus(beforeFee, cost(holds?.price ?? row.price, length))
    done += length
  }
  const withFee = plus(beforeFee, fraction(opening.connect_fee))
  const cap = opening.max_charge === null ? withFee : fraction(opening.max_charge)
  const unrounded = less(cap, withFee) ? cap : withFee
  return { charged_sec: done, beforeFee, unrounded, total: total(unrounded) }
}

// What is priced: calls of up to two hours around ordinary and odd days, under decks of a few rows.

const price8 = fc
  .tuple(fc.constantFrom(0n, 1n, 12n, 1_000_000_000n), fc.bigInt(0n, 99_999_999n))
  .map(([whole, decimals]) => `${whole}.${decimals.toString().padStart(8, '0')}`)
const increment = fc.constantFrom(1, 6, 7, 20, 30, 60)
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })

const aZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe')
const aPlan: fc.Arbitrary<Plan> = fc.record({
  tarifnum: fc.constant(1),
  base: fc.constant(null),
  currency: fc.constant('EUR'),
  first_sec: fc.oneof(increment, fc.constant(0)),
  step_sec: increment,
  increments: fc.constantFrom('anchored', 'absolute'),
  grace_sec: fc.constantFrom(0, 0, 5),
  decimals: fc.integer({ min: 0, max: 8 }),
  rounding: fc.constantFrom('half up', 'up', 'down'),
  time_zone: aZone,
})

const aTime = fc
  .tuple(
    fc.integer({ min: 0, max: 23 }),
    fc.constantFrom('00', '15', '30', '59'),
    fc.constantFrom('00', '30'),
  )
  .map(([hour, minute, second]) => `${String(hour).padStart(2, '0')}:${minute}:${second}`)
const hours = fc
  .tuple(
    orNull(fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 })),
    fc.tuple(aTime, fc.oneof(aTime, fc.constant('24:00:00'))),
  )
  .map(([days, [from_time, to_time]]) => ({ days, from_time, to_time }))
const always = { days: null, from_time: null, to_time: null }

const steps = fc.uniqueArray(
  fc.record({ from_sec: fc.integer({ min: 0, max: 300 }), price: price8, step_sec: orNull(increment) }),
  { maxLength: 3, selector: (step) => step.from_sec },
)
const someTerms = fc.record({
  price: price8,
  connect_fee: fc.oneof(fc.constant('0'), price8),
  first_sec: orNull(increment),
  step_sec: orNull(increment),
  max_charge: fc.option(price8, { nil: null, freq: 3 }),
  steps: orNull(steps),
})

/** Rows of one code and prefix: for all hours, and perhaps for some. */
const aGroup = fc.record({
  code: fc.constantFrom('', '4', '49', '4930', '44'),
  prefix_id: fc.constantFrom(null, 7, 8),
  usual: someTerms,
  special: orNull(fc.tuple(someTerms, hours)),
  differs: fc.boolean(),
  decoy: someTerms,
})
type Group = typeof aGroup extends fc.Arbitrary<infer T> ? T : never

const aDeck = fc.uniqueArray(aGroup, {
  minLength: 1,
  maxLength: 5,
  selector: (group) => `${group.code}/${group.prefix_id ?? ''}`,
})

function rowsOf(group: Group, tarifnum: number): Omit<Tarif, 'id'>[] {
  const common = { tarifnum, code: group.code, prefix_id: group.prefix_id, direction: 'out' as const }
  const usual = { ...common, ...group.usual, ...always }
  return group.special ? [usual, { ...common, ...group.special[0], ...group.special[1] }] : [usual]
}

const numbered = (rows: Omit<Tarif, 'id'>[]): Tarif[] => rows.map((row, index) => ({ id: index + 1, ...row }))

/** Under some decks every hour has a row for itself; under others nothing is in force at some hours. */
const someRows = fc
  .tuple(aDeck, fc.boolean())
  .map(([deck, gaps]) =>
    numbered(
      deck.flatMap((group) =>
        rowsOf(group, 1).filter((row) => !gaps || row.from_time !== null || group.differs),
      ),
    ),
  )

const aCall: fc.Arbitrary<CallToPrice> = fc.record({
  number: fc.constant('4930123456'),
  prefix_id: fc.constantFrom(null, 7),
  kind: fc.constant('international'),
  direction: fc.constant('out'),
  billable_sec: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 7_200 })),
  answered_at: fc
    .tuple(
      fc.constantFrom('2026-03-28T22:00Z', '2026-10-24T22:00Z', '2026-04-04T13:00Z', '2026-06-12T20:00Z'),
      fc.integer({ min: 0, max: 14_400_000 }),
    )
    .map(([day, ms]) => Date.parse(day) + ms),
})

const free = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 500 }))
const effort = { numRuns: 200 }

const amountOf = (price: Price) => fraction(price.unrounded)

/** The sum over the steps a price lists, exactly. */
function sumOfSteps(price: Price): Fraction {
  const listed = price.steps ?? [{ price: price.price, seconds: price.charged_sec }]
  return listed.map((step) => cost(step.price, step.seconds)).reduce(plus, [0n, 1n])
}

/** Sixteen decimals of a fraction, the rest cut, zeros at the end left out. */
const sixteen = (amount: Fraction) => rounded(amount, 16, 'down').replace(/\.?0+$/, '')

describe('a price', () => {
  it('is what an independent model computes in fractions', () => {
    let pricedCalls = 0
    fc.assert(
      fc.property(aCall, aPlan, someRows, free, (call, plan, rows, free_sec) => {
        const price = priceOf(call, [plan], rows, { free_sec })
        const expected = modelPrice(call, [plan], rows, free_sec)
        if (!expected || !price) {
          expect(price).toBe(expected)
          return
        }
        pricedCalls++
        expect(price.charged_sec).toBe(expected.charged_sec)
        expect(price.unrounded).toBe(sixteen(expected.unrounded))
        expect(price.total).toBe(expected.total)
      }),
      effort,
    )
    expect(pricedCalls).toBeGreaterThan(effort.numRuns / 3)
  })

  it('never falls when the call is longer', () => {
    fc.assert(
      fc.property(
        aCall,
        aPlan,
        someRows,
        free,
        fc.integer({ min: 1, max: 300 }),
        (call, plan, rows, free_sec, more) => {
          const longer = priceOf({ ...call, billable_sec: call.billable_sec + more }, [plan], rows, {
            free_sec,
          })
          if (!longer) return
          const price = priceOf(call, [plan], rows, { free_sec })
          if (!price) throw new Error('a call has no price and a longer one has')
          expect(less(amountOf(longer), amountOf(price))).toBe(false)
          expect(less(fraction(longer.total), fraction(price.total))).toBe(false)
        },
      ),
      effort,
    )
  })

  it('is the same under a deck and under that deck split into base and difference', () => {
    const own = fc.record({
      decimals: fc.boolean(),
      increments: fc.boolean(),
      step_sec: fc.boolean(),
      time_zone: fc.boolean(),
    })
    fc.assert(
      fc.property(aCall, aPlan, aPlan, aDeck, own, free, (call, plan, basePlan, deck, says, free_sec) => {
        // The base says other things than the plan where the difference speaks for itself.
        const base: Plan = { ...plan, tarifnum: 3 }
        const silent: Plan = { tarifnum: 2, base: 3, currency: null, first_sec: null, step_sec: null, increments: null, grace_sec: null, decimals: null, rounding: null, time_zone: null } // prettier-ignore
        const difference: Plan = {
          ...silent,
          decimals: says.decimals ? plan.decimals : null,
          increments: says.increments ? plan.increments : null,
          step_sec: says.step_sec ? plan.step_sec : null,
          time_zone: says.time_zone ? plan.time_zone : null,
        }
        if (says.decimals) base.decimals = basePlan.decimals
        if (says.increments) base.increments = basePlan.increments
        if (says.step_sec) base.step_sec = basePlan.step_sec
        if (says.time_zone) base.time_zone = basePlan.time_zone

        const whole = numbered(deck.flatMap((group) => rowsOf(group, 1)))
        const split = numbered(
          deck.flatMap((group) =>
            group.differs
              ? [...rowsOf(group, 2), ...rowsOf({ ...group, usual: group.decoy }, 3)]
              : rowsOf(group, 3),
          ),
        )
        const expected = priceOf(call, [plan], whole, { free_sec })
        const found = priceOf(call, [difference, base], split, { free_sec })
        const told = (price: Price | null) =>
          price && {
            ...price,
            tarif: null,
            tarifnum: 0,
            steps: price.steps?.map((step) => ({ ...step, tarif_id: 0 })),
          }
        expect(told(found)).toEqual(told(expected))
      }),
      effort,
    )
  })

  it('is the sum of its steps, and the fee, held to the cap', () => {
    fc.assert(
      fc.property(aCall, aPlan, someRows, free, (call, plan, rows, free_sec) => {
        const price = priceOf(call, [plan], rows, { free_sec })
        if (price?.rule !== 'price') return
        const sum = sumOfSteps(price)
        expect(same(sum, modelPrice(call, [plan], rows, free_sec)?.beforeFee ?? [-1n, 1n])).toBe(true)
        const withFee = plus(sum, fraction(price.connect_fee))
        const cap = price.max_charge === null ? withFee : fraction(price.max_charge)
        expect(price.unrounded).toBe(sixteen(less(cap, withFee) ? cap : withFee))
        for (const step of price.steps ?? [])
          expect(step.amount).toBe(sixteen(cost(step.price, step.seconds)))
        const listed = price.steps?.reduce((all, step) => all + step.seconds, 0)
        expect(listed ?? price.charged_sec).toBe(price.charged_sec)
        expect(price.charged_sec).toBeGreaterThanOrEqual(price.billable_sec - price.free_sec)
      }),
      effort,
    )
  })

  it('is its unrounded text, rounded', () => {
    fc.assert(
      fc.property(aCall, aPlan, someRows, free, (call, plan, rows, free_sec) => {
        const price = priceOf(call, [plan], rows, { free_sec })
        if (!price) return
        expect(price.total).toBe(rounded(amountOf(price), price.decimals, price.rounding))
      }),
      effort,
    )
  })
})
