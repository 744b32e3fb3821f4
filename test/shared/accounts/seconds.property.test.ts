import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { longestCall } from '../../../shared/accounts/seconds.ts'
import type { CostOf } from '../../../shared/accounts/seconds.ts'
import { parseMoney } from '../../../shared/money/money.ts'
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
  })
  .map(({ plan, hours, before, steps, ...rest }) => {
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
    const at = Date.parse('2026-03-02T00:00:00Z') + (from * 60 - before) * 1_000
    const costOf: CostOf = (seconds, after) => {
      const found = priceOf(
        aCall({ billable_sec: seconds, answered_at: at + after * 1_000 }),
        [aPlan(plan)],
        rows,
        { free_sec: rest.free_sec },
      )
      if (!found) throw new Error('no price')
      return { total: parseMoney(found.total), master: 0n }
    }
    return { costOf, money: parseMoney(rest.money), most_sec: rest.most_sec, byHour: hours !== null }
  })

describe('the seconds that are promised', () => {
  it('cost at most what is there, whenever the call is answered and wherever it ends, and one more would cost too much', () => {
    fc.assert(
      fc.property(
        world,
        fc.array(fc.nat(), { minLength: 5, maxLength: 5 }),
        ({ costOf, money, most_sec, byHour }, picks) => {
          const answers = byHour ? ring : [0]
          const { seconds, total } = longestCall(costOf, { most_sec, money, value: null, answers })
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
})
