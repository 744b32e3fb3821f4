import { describe, expect, it } from 'vitest'

import { formatMoney } from '../../../shared/money/money.ts'
import { createFold } from '../../../shared/rules/fold.ts'
import { nobody } from '../../../shared/rules/rule.ts'
import type { Rule } from '../../../shared/rules/rule.ts'
import { aRule, aRuleCall, findingsIn, minute, noFacts, noon, said } from '../../support/rules.ts'

const at = (...minutes: number[]) => minutes.map((one) => aRuleCall(one))

describe('a rule', () => {
  it('opens an incident with the call that passes the threshold, and one only', () => {
    expect(said(findingsIn([aRule()], at(1, 2, 3, 4)))).toEqual(['opened 1 3', 'updated 1 3'])
  })

  it('counts the running minute and those before it, and closes when calls have left the window', () => {
    expect(said(findingsIn([aRule({ within: 10 })], at(1, 2, 3), { until: 30 }))).toEqual([
      'opened 1 3',
      'closed 1 11',
    ])
    expect(said(findingsIn([aRule({ within: 10 })], at(1, 2, 11)))).toEqual([])
  })

  it('is over only when its figure was back at close_at for close_after', () => {
    const rule = aRule({ within: 10, close_at: '1', close_after: 300 })
    // At 11 two are left, at 12 one, and five minutes later it is over; a call at 20 would not begin another.
    expect(said(findingsIn([rule], at(1, 2, 3), { until: 30 }))).toEqual(['opened 1 3', 'closed 1 17'])
    // Two more at 13: above the line again before it was over. It is the same incident.
    expect(said(findingsIn([rule], at(1, 2, 3, 13, 14), { until: 40 }))).toEqual([
      'opened 1 3',
      'closed 1 28',
    ])
  })

  it('looks at each client, provider, exchange or country by itself, or at all together', () => {
    const calls = [1, 2, 3].map((one) =>
      aRuleCall(one, { client: one, provider: 7, source: one, country: 'FR' }),
    )
    const scoped = (scope: Rule['scope']) => said(findingsIn([aRule({ scope })], calls))
    expect(scoped('client')).toEqual([])
    expect(scoped('source')).toEqual([])
    expect(scoped('provider')).toEqual(['opened 7 3'])
    expect(scoped('country')).toEqual(['opened FR 3'])
    expect(scoped('all')).toEqual(['opened all of them 3'])
  })

  it('knows calls nobody owns as those of client 0', () => {
    expect(said(findingsIn([aRule({ threshold: '0' })], [aRuleCall(1, { client: null })]))).toEqual([
      'opened 0 1',
    ])
  })

  it('is narrowed by all it names', () => {
    const facts = {
      ...noFacts,
      lists: new Map([[5, { codes: new Set(['8816']), countries: new Set(['CU']) }]]),
    }
    const finds = (rule: Partial<Rule>, call: Parameters<typeof aRuleCall>[1]) =>
      findingsIn([aRule({ threshold: '0', ...rule })], [aRuleCall(1, call)], { facts }).length > 0
    for (const [rule, fits, not] of [
      [{ client_id: 2 }, { client: 2 }, { client: 1 }],
      [{ provider_id: 2 }, { provider: 2 }, { provider: null }],
      [{ source_id: 2 }, { source: 2 }, {}],
      [{ country: 'CU' }, { country: 'CU' }, {}],
      [{ code: '8816' }, { number: '88161234567' }, { number: '8817123456' }],
      [{ list_id: 5 }, { number: '88161234567' }, { number: '4988161234' }],
      [{ list_id: 5 }, { country: 'CU' }, { number: null }],
      [{ direction: 'in' }, { direction: 'in' }, {}],
      [{ kind: 'premium' }, { kind: 'premium' }, {}],
      [{ currency: 'USD' }, { currency: 'USD' }, {}],
    ] as const) {
      expect(finds(rule, fits), JSON.stringify(rule)).toBe(true)
      expect(finds(rule, not), JSON.stringify(rule)).toBe(false)
    }
    // 2026-09-01 is a Tuesday; in Kolkata it is 17:30.
    const evening = { days: [2], from_time: '17:00', to_time: '08:00' }
    const zones = new Map([[1, 'Asia/Kolkata']])
    const atNoon = (rule: Partial<Rule>) =>
      findingsIn([aRule({ threshold: '0', ...rule })], [aRuleCall(1)], { facts: { ...facts, zones } })
        .length > 0
    expect(atNoon(evening)).toBe(true)
    expect(atNoon({ ...evening, time_zone: 'UTC' })).toBe(false)
    expect(atNoon({ ...evening, days: [3] })).toBe(false)
  })

  it('never adds money of two currencies', () => {
    const rule = aRule({ metric: 'value', threshold: '1.50' })
    const euros = aRuleCall(1)
    expect(findingsIn([rule], [euros, aRuleCall(2, { currency: 'USD' })])).toEqual([])
    const [finding] = findingsIn([rule], [euros, aRuleCall(2)])
    expect(finding?.subject).toEqual({ ...nobody, client_id: 1, currency: 'EUR' })
    expect(formatMoney(finding?.incident.atStake ?? 0n)).toBe('2')
  })

  it('judges only where there were calls enough', () => {
    const calls = [1, 2, 3].map((one) =>
      aRuleCall(one, { answered: one === 1, billable: one === 1 ? 60 : 0 }),
    )
    const below = { metric: 'ASR %', compare: 'below', threshold: '40' } as const
    expect(said(findingsIn([aRule({ ...below, calls_least: 3 })], calls))).toEqual(['opened 1 3'])
    expect(said(findingsIn([aRule({ ...below, calls_least: 4 })], calls))).toEqual([])
  })

  it('compares with the same time of a day before, also when nothing comes any more', () => {
    const day = 1440
    const before = [0, 5, 10, 15, 60, 61].map((one) => aRuleCall(one - day))
    const rule = aRule({
      ...{ within: 20, compare: 'down by %', against: day, threshold: '90', calls_least: 4, scope: 'source' },
    })
    expect(said(findingsIn([rule], [aRuleCall(-30)], { known: before, until: 40 }))).toEqual([
      'opened 1 15',
      'closed 1 20',
    ])
    expect(said(findingsIn([rule], at(-30, 12), { known: before, until: 40 }))).toEqual([])
    const up = aRule({ within: 20, compare: 'up by %', against: day, threshold: '50', calls_least: 4 })
    expect(said(findingsIn([up], at(10, 11, 12, 13, 14, 15, 16), { known: before }))).toEqual(['opened 1 16'])
  })
})

describe('metrics', () => {
  const opens = (rule: Partial<Rule>, calls: ReturnType<typeof aRuleCall>[]) =>
    said(findingsIn([aRule(rule)], calls)).slice(0, 1)

  it('of money are exact', () => {
    const calls = [1, 2, 3].map((one) => aRuleCall(one, { price: '0.10' }))
    expect(opens({ metric: 'value', threshold: '0.3' }, calls)).toEqual([])
    expect(opens({ metric: 'value', threshold: '0.29999999' }, calls)).toEqual(['opened 1 3'])
  })

  it('take the dearest price where it is known', () => {
    const dear = { master: 30_000_000_000n }
    expect(opens({ metric: 'master value', threshold: '4' }, [aRuleCall(1, dear)])).toEqual(['opened 1 1'])
    expect(opens({ metric: 'value', threshold: '4' }, [aRuleCall(1, dear)])).toEqual([])
  })

  it('say what is left of a price', () => {
    const lost = { cost: 7_000_000_000n, costCurrency: 'EUR' }
    const below = { metric: 'margin %', compare: 'below', threshold: '0' } as const
    expect(opens(below, [aRuleCall(1, lost)])).toEqual(['opened 1 1'])
    expect(opens(below, [aRuleCall(1, { ...lost, costCurrency: 'USD' })])).toEqual([])
    expect(opens(below, [aRuleCall(1)])).toEqual([])
  })

  it('count short calls by what is charged, or by how long it rang', () => {
    const short = { metric: 'short calls', threshold: '1', direction: 'in' } as const
    const ring = { direction: 'in', answered: false, billable: 0, duration: 2 }
    expect(opens(short, [aRuleCall(1, ring), aRuleCall(2, { direction: 'in', billable: 1 })])).toEqual([
      'opened 1 2',
    ])
    expect(opens(short, [aRuleCall(1, ring), aRuleCall(2, { ...ring, duration: 20 })])).toEqual([])
  })

  it('know the longest call, distinct numbers and rows of numbers that follow each other', () => {
    const numbers = ['4930100', '4930104', '4930101', '4930103', '4930102'].map((number, one) =>
      aRuleCall(one, { number, duration: 60 * one }),
    )
    expect(opens({ metric: 'longest call', threshold: '200' }, numbers)).toEqual(['opened 1 4'])
    expect(opens({ metric: 'distinct numbers', threshold: '3' }, numbers)).toEqual(['opened 1 3'])
    expect(opens({ metric: 'sequential numbers', threshold: '3' }, numbers)).toEqual(['opened 1 4'])
    expect(opens({ metric: 'sequential numbers', threshold: '3', within: 2 }, numbers)).toEqual([])
  })

  it('count calls at one time, and those above the channels paid for', () => {
    const calls = [10, 11, 12].map((one) => aRuleCall(one, { duration: 300 }))
    expect(opens({ metric: 'calls at one time', threshold: '2' }, calls)).toEqual(['opened 1 12'])
    // One that begins as another ends.
    expect(opens({ metric: 'calls at one time', threshold: '1' }, [aRuleCall(1), aRuleCall(2)])).toEqual([])
    const paid = { ...noFacts, channels: new Map([[1, 2]]) }
    const above = aRule({ metric: 'channels above paid', threshold: '0' })
    expect(said(findingsIn([above], calls, { facts: paid }))).toEqual(['opened 1 12'])
    expect(findingsIn([above], calls)).toEqual([])
  })

  it('count calls that fail one after another', () => {
    const failed = (one: number) => aRuleCall(one, { answered: false, billable: 0 })
    const rule = { metric: 'CIC', scope: 'provider', threshold: '2' } as const
    expect(opens(rule, [failed(1), failed(2), aRuleCall(3), failed(4), failed(5)])).toEqual([])
    expect(opens(rule, [failed(1), aRuleCall(2), failed(3), failed(4), failed(5)])).toEqual(['opened 1 5'])
  })

  it('know a country that was not called in the days before, once somebody is known', () => {
    const day = 1440
    const known = [aRuleCall(-5 * day), aRuleCall(-4 * day, { country: 'FR' })]
    const rule = aRule({ metric: 'calls to new countries', threshold: '0', new_days: 14 })
    const to = (country: string, over = {}) =>
      said(findingsIn([rule], [aRuleCall(1, { country, ...over })], { known }))
    expect(to('SO')).toEqual(['opened 1 1'])
    expect(to('FR')).toEqual([])
    expect(to('SO', { answered: false })).toEqual([])
    expect(to('SO', { client: 2 })).toEqual([])
    const short = aRule({ metric: 'calls to new countries', threshold: '0', new_days: 3 })
    expect(said(findingsIn([short], [aRuleCall(1, { country: 'FR' })], { known }))).toEqual(['opened 1 1'])
  })
})

describe('the fold', () => {
  it('judges all windows a late record is in, and says of when', () => {
    const fold = createFold([aRule({ within: 10 })], noFacts, noon)
    const [first, second, third] = at(1, 2, 3)
    for (const call of [first, third]) {
      fold.advance(call?.ended ?? 0)
      fold.take(call ?? null, null, true)
    }
    fold.advance(noon + 50 * minute)
    fold.take(second ?? null, null, true)
    expect(said(fold.findings())).toEqual(['opened 1 3', 'closed 1 11'])
    // Another late one makes the incident worse that is over: there is no second.
    fold.take(aRuleCall(2), null, true)
    expect(said(fold.findings())).toEqual(['updated 1 3'])
  })

  it('counts a corrected call once, as what it became', () => {
    const fold = createFold([aRule({ metric: 'value', threshold: '2.5' })], noFacts, noon)
    const call = aRuleCall(1)
    const corrected = { ...call, total: 3n * 6_000_000_000n }
    fold.advance(noon + 2 * minute)
    fold.take(call, null, true)
    expect(fold.findings()).toEqual([])
    fold.take(corrected, call, true)
    expect(said(fold.findings())).toEqual(['opened 1 1'])
    fold.take({ ...corrected, client: 2 }, corrected, true)
    fold.advance(noon + 3 * minute)
    expect(said(fold.findings())).toEqual(['opened 2 1', 'closed 1 3'])
  })

  it('counts a call that ends in the future as ended now, and takes it out again', () => {
    const fold = createFold([aRule({ threshold: '0', within: 5 })], noFacts, noon)
    const call = aRuleCall(60)
    fold.take(call, null, true)
    expect(said(fold.findings())).toEqual(['opened 1 0'])
    fold.advance(noon + 2 * minute)
    fold.take(null, call, true)
    fold.advance(noon + 3 * minute)
    expect(said(fold.findings())).toEqual(['closed 1 3'])
  })

  it('says what a hold would have saved: what began after it was opened', () => {
    const [finding] = findingsIn([aRule()], [...at(1, 2, 3), aRuleCall(3.5), aRuleCall(10), aRuleCall(11)])
    expect(formatMoney(finding?.incident.atStake ?? 0n)).toBe('6')
    expect(formatMoney(finding?.incident.saved ?? 0n)).toBe('2')
  })

  it('goes on with an incident that is known from before', () => {
    const fold = createFold([aRule({ id: 900, within: 10 })], noFacts, noon)
    fold.resume(
      900,
      { ...nobody, client_id: 1 },
      {
        ...{ opened: noon - 5 * minute, closed: null, figure: 3, backSince: null },
        ...{ atStake: 0n, saved: 0n, currency: null },
      },
    )
    for (const call of at(-6, -5.5, -5)) fold.take(call, null, false)
    fold.take(aRuleCall(0), null, true)
    expect(said(fold.findings())).toEqual(['updated 1 -5'])
    fold.advance(noon + 20 * minute)
    expect(said(fold.findings())).toEqual(['closed 1 4'])
  })
})
