import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { longestCall } from '../../../shared/accounts/seconds.ts'
import type { CostOf } from '../../../shared/accounts/seconds.ts'
import { parseMoney } from '../../../shared/money/money.ts'
import { isSteady } from '../../../shared/rating/hours.ts'
import { priceOf } from '../../../shared/rating/price.ts'
import { aCall, aPlan, aTarif } from '../../support/rates.ts'

const ring = Array.from({ length: 121 }, (_, after) => after)
const price = fc.integer({ min: 0, max: 20_000 }).map((cents) => (cents / 10_000).toFixed(4))
const minuteOfDay = fc.integer({ min: 0, max: 1_439 })
const time = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`

/** Plans and rows as administrators write them: increments, grace, fees, limits, steps, hours, free seconds. */
const world = fc
  .record({
    plan: fc.record({
      first_sec: fc.constantFrom(0, 1, 6, 30, 60),
      step_sec: fc.constantFrom(1, 6, 30, 60),
      increments: fc.constantFrom('anchored' as const, 'absolute' as const),
      grace_sec: fc.constantFrom(0, 0, 5),
      decimals: fc.constantFrom(2, 4),
      rounding: fc.constantFrom('half up' as const, 'up' as const, 'down' as const),
    }),
    price,
    connect_fee: fc.constantFrom('0', '0', '0.05'),
    max_charge: fc.constantFrom(null, null, '1.50'),
    steps: fc.option(fc.record({ from_sec: fc.integer({ min: 1, max: 600 }), price }), { nil: null }),
    hours: fc.option(fc.record({ from: minuteOfDay, lasts: fc.integer({ min: 1, max: 600 }), price }), {
      nil: null,
    }),
    free_sec: fc.constantFrom(0, 0, 45),
    // Near the hours, so that they begin or end within the ring or the call.
    before: fc.integer({ min: -900, max: 900 }),
    money: fc.integer({ min: 0, max: 30_000 }).map((units) => (units / 10_000).toFixed(4)),
    most_sec: fc.constantFrom(60, 600, 3_600),
    // The clock goes forward and back on two of these days, in one of these zones.
    day: fc.constantFrom('2026-03-02', '2026-03-29', '2026-10-25'),
    time_zone: fc.constantFrom('UTC', 'Asia/Kolkata', 'Europe/Berlin'),
  })
  .map(({ plan: terms, hours, before, steps, day, time_zone, ...rest }) => {
    const plan = { ...terms, time_zone }
    const from = hours?.from ?? 600
    const rows = [
      aTarif({
        code: '49',
        price: rest.price,
        connect_fee: rest.connect_fee,
        max_charge: rest.max_charge,
        steps: steps === null ? null : [{ from_sec: steps.from_sec, price: steps.price, step_sec: null }],
      }),
      ...(hours === null
        ? []
        : [
            aTarif({
              code: '49',
              price: hours.price,
              from_time: time(from),
              to_time: time((from + hours.lasts) % 1_440),
            }),
          ]),
    ]
    const at = Date.parse(`${day}T00:00:00Z`) + (from * 60 - before) * 1_000
    const costOf: CostOf = (seconds, after) => {
      const found = priceOf(
        aCall({ billable_sec: seconds, answered_at: at + after * 1_000 }),
        [aPlan(plan)],
        rows,
        { free_sec: rest.free_sec },
      )
      if (!found) throw new Error('no price')
      const prices = [found.price, ...(found.steps ?? []).map((step) => step.price)].map(parseMoney)
      return {
        total: parseMoney(found.total),
        master: 0n,
        price: prices.reduce((most, one) => (one > most ? one : most)),
        fee: parseMoney(found.connect_fee),
      }
    }
    const reach = { answered_at: at, billable_sec: ring.length + rest.most_sec }
    const steady = isSteady(reach, rows, time_zone)
    return {
      ...{ costOf, money: parseMoney(rest.money), most_sec: rest.most_sec },
      ...{ byHour: hours !== null, steady },
    }
  })

describe('the seconds that are promised', () => {
  it('cost at most what is there, whenever the call is answered and wherever it ends, and one more would cost too much', () => {
    fc.assert(
      fc.property(
        world,
        fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        ({ costOf, money, most_sec, byHour }, picks) => {
          const answers = byHour ? ring : [0]
          const { seconds, total } = longestCall(costOf, {
            most_sec,
            money,
            value: null,
            price: null,
            answers,
          })
          expect(seconds).toBeLessThanOrEqual(most_sec)
          if (seconds > 0) {
            const dearest = answers.reduce((most, after) => {
              const cost = costOf(seconds, after).total
              return cost > most ? cost : most
            }, 0n)
            expect(dearest).toBe(total)
            expect(total).toBeLessThanOrEqual(money)
            // Who hangs up earlier pays no more.
            for (const pick of picks)
              expect(
                costOf(1 + (pick % seconds), answers[pick % answers.length] ?? 0).total,
              ).toBeLessThanOrEqual(total)
          }
          if (seconds < most_sec)
            expect(answers.some((after) => costOf(seconds + 1, after).total > money)).toBe(true)
        },
      ),
      { numRuns: 800 },
    )
  })

  it('have no minute that is dearer than allowed, whenever the call is answered, and one more would have', () => {
    fc.assert(
      fc.property(world, price.map(parseMoney), ({ costOf, most_sec, byHour }, most) => {
        const answers = byHour ? ring : [0]
        const limits = { most_sec, money: null, value: null, price: most, answers }
        const { seconds } = longestCall(costOf, limits)
        const isDearer = (of: number): boolean => answers.some((after) => costOf(of, after).price > most)
        expect(seconds > 0 && isDearer(seconds)).toBe(false)
        expect(seconds === most_sec || isDearer(seconds + 1)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('are the same whenever the call is answered, where no row comes into force or goes out of it meanwhile', () => {
    fc.assert(
      fc.property(
        world.filter(({ byHour, steady }) => byHour && steady),
        fc.integer({ min: 1, max: 3_600 }),
        ({ costOf, most_sec }, pick) => {
          const seconds = Math.min(pick, most_sec)
          for (const after of ring) expect(costOf(seconds, after)).toEqual(costOf(seconds, 0))
        },
      ),
      { numRuns: 300 },
    )
  })
})
