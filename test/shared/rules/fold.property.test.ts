import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { RuleCall } from '../../../shared/rules/call.ts'
import { createFold } from '../../../shared/rules/fold.ts'
import { metrics } from '../../../shared/rules/metric.ts'
import type { MetricName } from '../../../shared/rules/rule.ts'
import { nobody } from '../../../shared/rules/rule.ts'
import type { Rule } from '../../../shared/rules/rule.ts'
import { createTraffic } from '../../../shared/rules/traffic.ts'
import { createWindow } from '../../../shared/rules/window.ts'
import { aRule, aRuleCall, minute, noFacts, noon } from '../../support/rules.ts'

const names = Object.keys(metrics) as MetricName[]
const start = Math.floor(noon / minute)
const facts = { ...noFacts, channels: new Map([[1, 1]]) }

const someCall = fc
  .record({
    at: fc.integer({ min: 0, max: 90 }),
    second: fc.integer({ min: 0, max: 59 }),
    duration: fc.integer({ min: 0, max: 600 }),
    answered: fc.boolean(),
    country: fc.constantFrom('DE', 'FR', 'SO', null),
    number: fc.integer({ min: 4930100, max: 4930110 }).map(String),
    client: fc.constantFrom(1, 2),
    cents: fc.integer({ min: 0, max: 500 }),
  })
  .map(({ at, second, cents, answered, duration, ...rest }) =>
    aRuleCall(at + second / 60, {
      ...rest,
      ...{ answered, duration, billable: answered ? duration : 0, price: (cents / 100).toFixed(2) },
      ...{ cost: BigInt(cents) * 50_000_000n, costCurrency: 'EUR' },
    }),
  )
const someRule = fc.record({
  metric: fc.constantFrom(...names),
  within: fc.constantFrom(1, 5, 30, 60),
})
const minuteOf = (call: RuleCall): number => Math.floor(call.ended / minute)

/** What a rule measures of calls in a window, counted in the plainest way: all of them, into a window of its own. */
function plainly(rule: Rule, calls: readonly RuleCall[], until: number) {
  const traffic = createTraffic([rule], true)
  for (const call of calls) traffic.change(call, minuteOf(call), 1, until)
  const window = createWindow(rule, traffic, facts, { ...nobody, client_id: 1, currency: 'EUR' })
  window.move(until)
  return window.figure()
}

describe('a window', () => {
  it('measures the same wherever it came from, and whatever was put in and taken out on the way', () => {
    fc.assert(
      fc.property(
        someRule,
        fc.array(someCall, { maxLength: 30 }),
        fc.array(fc.record({ to: fc.integer({ min: -5, max: 100 }), drop: fc.nat(), put: fc.boolean() })),
        (over, calls, steps) => {
          const rule = aRule(over)
          const traffic = createTraffic([rule], true)
          const window = createWindow(rule, traffic, facts, { ...nobody, client_id: 1, currency: 'EUR' })
          const within: RuleCall[] = []
          const waiting = [...calls]
          for (const { to, drop, put } of steps) {
            window.move(start + to)
            const call = put ? waiting.pop() : within[drop % (within.length || 1)]
            if (call) {
              if (put) within.push(call)
              else within.splice(within.indexOf(call), 1)
              traffic.change(call, minuteOf(call), put ? 1 : -1, start + 100)
              window.enter(call, minuteOf(call), put ? 1 : -1)
            }
            if (rule.metric !== 'calls to new countries')
              expect(window.figure()).toEqual(plainly(rule, within, start + to))
          }
        },
      ),
    )
  })
})

describe('an incident', () => {
  const growing: MetricName[] = [
    'calls',
    'minutes',
    'value',
    'short calls',
    'distinct numbers',
    'longest call',
  ]
  it('begins if there is a window that passes, in whatever order calls come, late or not', () => {
    fc.assert(
      fc.property(
        someRule.chain((rule) => fc.record({ rule: fc.constant(rule), metric: fc.constantFrom(...growing) })),
        fc.integer({ min: 0, max: 12 }),
        fc.array(fc.tuple(someCall, fc.nat({ max: 50 })), { maxLength: 30 }),
        ({ rule: over, metric }, threshold, coming) => {
          const rule = aRule({
            ...over,
            metric,
            threshold: String(threshold),
            client_id: 1,
            close_after: 86_400,
          })
          // Each comes some minutes after it ended.
          const inOrder = coming
            .map(([call, late]) => ({ call, at: call.ended + late * minute }))
            .sort((a, b) => a.at - b.at)
          const fold = createFold([rule], facts, noon - minute)
          for (const { call, at } of inOrder) {
            fold.advance(at)
            fold.take(call, null, true)
          }
          const opened = fold.findings().some(({ turn }) => turn === 'opened')
          const own = coming.map(([call]) => call).filter(({ client }) => client === 1)
          const passes = Array.from({ length: 160 }, (_, at) => plainly(rule, own, start + at)).some(
            (figure) =>
              figure !== null &&
              (typeof figure === 'bigint'
                ? figure > BigInt(threshold) * 6_000_000_000n
                : Number(figure) > threshold),
          )
          expect(opened).toBe(passes && own.length > 0)
        },
      ),
    )
  })
})
