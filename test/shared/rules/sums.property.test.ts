import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { RuleCall } from '../../../shared/rules/call.ts'
import { isAbove } from '../../../shared/rules/figure.ts'
import type { Figure } from '../../../shared/rules/figure.ts'
import type { MetricName, Rule } from '../../../shared/rules/rule.ts'
import { nobody } from '../../../shared/rules/rule.ts'
import { createTraffic } from '../../../shared/rules/traffic.ts'
import { createWindow } from '../../../shared/rules/window.ts'
import { aRule, aRuleCall, minute, noFacts, noon } from '../../support/rules.ts'

const start = Math.floor(noon / minute)
const day = 1440
const minuteOf = (call: RuleCall): number => Math.floor(call.ended / minute)
const sum = (calls: readonly RuleCall[], of: (call: RuleCall) => bigint | number | null): bigint =>
  calls.reduce((all, call) => all + BigInt(of(call) ?? 0), 0n)

/** What each metric is of some calls, by its definition in docs/alerts.md: [over, under]; null: nothing can be said. */
const plainly: Partial<Record<MetricName, (calls: readonly RuleCall[]) => [bigint, bigint] | null>> = {
  value: (calls) => [sum(calls, ({ total }) => total), 1n],
  'master value': (calls) => [sum(calls, ({ master, total }) => master ?? total), 1n],
  cost: (calls) => [sum(calls, ({ cost }) => cost), 1n],
  'margin %': (all) => {
    const calls = all.filter(({ total, cost }) => total !== null && cost !== null)
    const [revenue, spent] = [sum(calls, ({ total }) => total), sum(calls, ({ cost }) => cost)]
    if (revenue === 0n) return spent === 0n ? null : [-100n, 1n]
    return [(revenue - spent) * 100n, revenue]
  },
  calls: (calls) => [sum(calls, () => 1), 1n],
  'answered calls': (calls) => [sum(calls, ({ answered }) => Number(answered)), 1n],
  minutes: (calls) => [sum(calls, ({ billable }) => billable), 60n],
  'ASR %': (calls) =>
    calls.length === 0 ? null : [sum(calls, ({ answered }) => Number(answered)) * 100n, BigInt(calls.length)],
  ACD: (calls) => {
    const answered = sum(calls, ({ answered }) => Number(answered))
    return answered === 0n ? null : [sum(calls, ({ billable }) => billable), answered]
  },
}

const money = fc.oneof(
  fc.integer({ min: 0, max: 500 }).map((cents) => BigInt(cents) * 60_000_000n),
  fc.bigInt({ min: 0n, max: 10n ** 22n }),
)
const someCall = fc
  .record({
    at: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -day, max: 20 - day })),
    answered: fc.boolean(),
    duration: fc.integer({ min: 0, max: 600 }),
    total: fc.option(money),
    master: fc.option(money),
    cost: fc.option(money),
  })
  .map(({ at, answered, duration, ...priced }) =>
    aRuleCall(at, { answered, duration, billable: answered ? duration : 0, costCurrency: 'EUR', ...priced }),
  )

/** The same number, whatever it is written as. */
function expectSame(figure: Figure, [over, under]: [bigint, bigint]): void {
  if (typeof figure === 'number') expect(figure).toBe(Number(over) / Number(under))
  else if (typeof figure === 'bigint') expect(figure).toBe(over)
  else {
    const plain = { over, under }
    expect(figure && !isAbove(figure, plain) && !isAbove(plain, figure)).toBe(true)
  }
}

describe('sums by the minute', () => {
  it('are what the calls come to one by one, in each window and against the one before', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(plainly) as MetricName[])),
        fc.constantFrom(1, 5, 15),
        fc.constantFrom<Rule['compare']>('above', 'up by %', 'down by %'),
        fc.array(someCall, { minLength: 10, maxLength: 30 }),
        fc.array(
          fc.record({
            to: fc.integer({ min: -5, max: 40 }),
            drop: fc.nat(),
            put: fc.constantFrom(true, true, false),
          }),
          { minLength: 20, maxLength: 60 },
        ),
        (metric, within, compare, calls, steps) => {
          const rule = aRule({ metric, within, compare, against: compare === 'above' ? null : day })
          const isMoney = ['value', 'master value', 'cost', 'margin %'].includes(metric)
          const currency = isMoney ? 'EUR' : null
          const traffic = createTraffic([rule], true, currency)
          const window = createWindow(rule, traffic, noFacts, { ...nobody, client_id: 1, currency: 'EUR' })
          const inside: RuleCall[] = []
          const waiting = [...calls]
          for (const { to, drop, put } of steps) {
            window.move(start + to)
            const call = put ? waiting.pop() : inside[drop % (inside.length || 1)]
            if (call) {
              if (put) inside.push(call)
              else inside.splice(inside.indexOf(call), 1)
              traffic.change(call, minuteOf(call), put ? 1 : -1, start + 40)
              window.enter(call, minuteOf(call), put ? 1 : -1)
            }
            const at = (back: number) =>
              inside.filter((one) => {
                const ago = start + to - back - minuteOf(one)
                return ago >= 0 && ago < within
              })
            const now = plainly[metric]?.(at(0)) ?? null
            const isPriced = isMoney || at(0).some(({ total }) => total !== null)
            expect(window.atStake()).toEqual({
              currency: isPriced ? 'EUR' : null,
              amount: sum(at(0), ({ total }) => total),
            })
            if (compare === 'above') {
              if (now) expectSame(window.figure(), now)
              else expect(window.figure()).toBeNull()
              continue
            }
            const before = plainly[metric]?.(at(day)) ?? null
            if (before === null || before[0] === 0n) {
              expect(window.figure()).toBeNull()
              continue
            }
            // (now / before - 1) * 100, over what it is of.
            const [over, under] = now ?? [0n, 1n]
            const size = before[0] < 0n ? -before[0] : before[0]
            const up = (over * before[1] - before[0] * under) * 100n
            expectSame(window.figure(), [compare === 'up by %' ? up : -up, under * size])
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('know what is at stake where money of several currencies comes together: that of the first that has one', () => {
    const rule = aRule({ metric: 'calls', scope: 'all', within: 10 })
    const traffic = createTraffic([rule], false)
    const window = createWindow(rule, traffic, noFacts, nobody)
    const at = (one: number, over: Parameters<typeof aRuleCall>[1]): void => {
      const call = aRuleCall(one, over)
      traffic.change(call, minuteOf(call), 1, start + 20)
    }
    at(1, { total: null })
    at(2, { currency: 'USD', price: '0' })
    at(3, { price: '5' })
    at(4, { currency: 'USD', price: '7' })
    window.move(start + 5)
    expect(window.atStake()).toEqual({ currency: 'USD', amount: 7n * 6_000_000_000n })
    window.move(start + 12)
    expect(window.atStake()).toEqual({ currency: 'EUR', amount: 5n * 6_000_000_000n })
    window.move(start + 30)
    expect(window.atStake()).toEqual({ currency: null, amount: 0n })
  })
})
