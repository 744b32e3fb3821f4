import { describe, expect, it } from 'vitest'

import { decisionOf } from '../../shared/rating/decision.ts'
import type { Tarif } from '../../shared/rating/winning-tarif.ts'
import { decide } from '../../stages/tariff.ts'
import type { Facts } from '../../stages/tariff.ts'
import { aPlan, aTarif as aRow, root } from '../support/rates.ts'

const difference = aPlan({
  tarifnum: 2,
  base: 1,
  currency: null,
  first_sec: null,
  step_sec: null,
  decimals: 2,
  rounding: 'up',
})
const trunkPlan = aPlan({ tarifnum: 10, currency: 'USD', decimals: 6 })

const aTarif = (over: Partial<Tarif> = {}): Tarif => aRow({ id: 100, code: '7495', ...over })

/** An answered minute and a half to Moscow over a trunk, by a client of plan 1. */
function aCall(over: Partial<Facts> = {}): Facts {
  return {
    id: 1,
    disposition: 'ANSWERED',
    billsec: 90,
    billable_by: 'disposition',
    direction: 'out',
    number: '74951234567',
    kind: 'national',
    prefix_id: null,
    client_id: 5,
    client: 'Acme',
    provider_id: 1,
    carried: true,
    day: '2026-03-02',
    decisions: 0,
    total_before: null,
    rerate_reason: null,
    answered_at: Date.parse('2026-03-02T12:00:00Z'),
    chain: [root],
    chain_has_in: false,
    provider_chain: null,
    provider_chain_has_in: false,
    tarifs: [aTarif()],
    bundles: null,
    ...over,
  }
}

/** What is written of a call that moves on. */
function decided(over: Partial<Facts> = {}): Record<string, unknown> {
  const outcome = decide(aCall(over))
  if (!('found' in outcome)) throw new Error(outcome.problem)
  return decisionOf(outcome.found)
}

const unanswered = { disposition: 'NO ANSWER', billsec: 0 }
const uncarried = { provider_id: null, carried: false }
const incoming = { direction: 'in', number: '74957654321' }
const incomingPrice = aTarif({ id: 101, direction: 'in', code: '7495', price: '0.10' })

describe('the price of a call', () => {
  it('is that of the client’s plan, with every figure that went in', () => {
    expect(decided()).toMatchObject({
      rule: 'price',
      client_id: 5,
      provider_id: 1,
      number: '74951234567',
      tarifnum: 1,
      tarif_id: 100,
      price: '0.60',
      connect_fee: '0',
      first_sec: 1,
      step_sec: 1,
      increments: 'anchored',
      grace_sec: 0,
      decimals: 4,
      rounding: 'half up',
      billable_sec: 90,
      charged_sec: 90,
      unrounded: '0.9',
      total: '0.9000',
      currency: 'EUR',
    })
  })

  it('stands beside the same under the root plan, by the root plan’s own terms', () => {
    const tarifs = [aTarif({ price: '0.601' }), aTarif({ id: 102, tarifnum: 2, price: '0.501' })]
    expect(decided({ chain: [difference, root], tarifs })).toMatchObject({
      total: '0.76',
      tarif_id: 102,
      master_total: '0.9015',
      master: expect.objectContaining({
        tarifnum: 1,
        tarif_id: 100,
        code: '7495',
        total: '0.9015',
      }) as unknown,
    })
  })

  it('leaves the root’s price unknown where only the difference plan has one', () => {
    const found = decided({ chain: [difference, root], tarifs: [aTarif({ tarifnum: 2 })] })
    expect(found).toMatchObject({ total: '0.90' })
    expect(found).toMatchObject({ master_total: null })
  })

  it('stands beside what the provider charges, in its own currency', () => {
    const tarifs = [aTarif(), aTarif({ id: 103, tarifnum: 10, price: '0.33' })]
    expect(decided({ provider_chain: [trunkPlan], tarifs })).toMatchObject({
      total: '0.9000',
      cost: '0.495000',
      cost_currency: 'USD',
      provider: expect.objectContaining({ tarifnum: 10, tarif_id: 103 }) as unknown,
    })
  })

  it.each<[why: string, call: Partial<Facts>]>([
    ['the provider has no plan', {}],
    ['the provider’s plan has no code for it', { provider_chain: [trunkPlan] }],
  ])('leaves the cost unknown where %s', (_why, call) => {
    expect(decided(call)).toMatchObject({ cost: null })
  })
})

describe('a call is free', () => {
  it.each<[rule: string, why: string, call: Partial<Facts>]>([
    ['not billable', 'nobody answered', unanswered],
    ['not billable', 'nobody answered, and there is no price', { ...unanswered, tarifs: null }],
    ['not billable', 'nobody answered, and there is no plan', { ...unanswered, chain: null }],
    [
      'not billable',
      'nobody answered, and nobody owns it',
      { ...unanswered, chain: null, client_id: null, client: '' },
    ],
    ['not billable', 'it was busy after an announcement', { disposition: 'BUSY', billsec: 20 }],
    ['no provider carried it', 'it went to nobody outside, whatever was dialled', uncarried],
    ['no provider carried it', 'nor does anybody own it', { ...uncarried, chain: null, client_id: null }],
    [
      'internal calls are free',
      'a colleague was called',
      { ...uncarried, kind: 'internal', number: '202', tarifs: null },
    ],
    ['emergency calls are free', 'help was called', { kind: 'emergency', number: '112', tarifs: null }],
    [
      'emergency calls are free',
      'the code of a country is no code of a short number',
      { kind: 'emergency', number: '112', tarifs: [aTarif({ code: '1' })] },
    ],
    [
      'toll-free calls are free',
      'the called party pays',
      { kind: 'toll free', number: '78001234567', tarifs: null },
    ],
    ['incoming calls are free', 'no plan of the client charges them', { ...incoming, tarifs: null }],
    ['within the grace period', 'it was too short', { chain: [aPlan({ grace_sec: 90 })] }],
  ])('by the rule "%s": %s', (rule, _why, call) => {
    expect(decided(call)).toMatchObject({ rule, unrounded: '0' })
    expect(Number(decided(call)['total'])).toBe(0)
  })

  it.each<[why: string, call: Partial<Facts>]>([
    ['a price of 0 says so', { tarifs: [aTarif({ price: '0' })] }],
  ])('by its price where %s', (_why, call) => {
    expect(decided(call)).toMatchObject({ rule: 'price', tarif_id: 100, total: '0.0000' })
  })
})

describe('an incoming call', () => {
  it('is charged to the owner of the number where the plan has a price for it', () => {
    expect(decided({ ...incoming, chain_has_in: true, tarifs: [aTarif(), incomingPrice] })).toMatchObject({
      tarif_id: 101,
      total: '0.1500',
    })
  })

  it('waits where the plan charges others', () => {
    expect(decide(aCall({ ...incoming, chain_has_in: true, tarifs: [aTarif()] }))).toEqual({
      problem: 'tariff 1 has no incoming price for 74957654321 on 2026-03-02',
      waits_for: expect.arrayContaining([
        'client 5',
        'tarifplan 1',
        'tarif 1 in ',
        'tarif 1 in 7495',
        'tarif 1 in 74957654321',
      ]) as unknown,
    })
  })
})

describe('a call waits', () => {
  it.each<[problem: string, why: string, call: Partial<Facts>]>([
    ['tariff 1 has no code for 74951234567 on 2026-03-02', 'no row begins the number', { tarifs: null }],
    [
      'tariff 2 has no code for 74951234567 on 2026-03-02',
      'the plan of the client is named, not its base',
      { chain: [difference, root], tarifs: null },
    ],
    [
      'tariff 1 has no code for 74951234567 on 2026-03-02',
      'the row stands in another plan',
      { tarifs: [aTarif({ tarifnum: 10 })] },
    ],
    ['client 5 (Acme) had no tariff on 2026-03-02', 'the client had no plan then', { chain: null }],
    [
      'client 5 (Ac me) had no tariff on 2026-03-02',
      'control characters do not reach a terminal',
      { chain: null, client: 'Ac\u0007me' },
    ],
    [
      'tariff 1 has no code for 100 on 2026-03-02',
      'a service is priced by its own digits',
      { kind: 'service', number: '100', tarifs: [aTarif({ code: '1' })] },
    ],
    [
      'tariff 1 has no code for 74951234567 on 2026-03-02',
      'transit is priced like a call out',
      { direction: 'transit', tarifs: [incomingPrice] },
    ],
  ])('with "%s": %s', (problem, _why, call) => {
    expect(decide(aCall(call))).toMatchObject({ problem })
  })

  it('for its client, the plans of the chain, and a row with one of the number’s beginnings', () => {
    expect(decide(aCall({ chain: [difference, root], tarifs: null, number: '749' }))).toMatchObject({
      waits_for: [
        'client 5',
        ...[2, 1].flatMap((plan) => [
          `tarifplan ${plan}`,
          ...['', '7', '74', '749'].map((code) => `tarif ${plan} out ${code}`),
        ]),
      ],
    })
  })

  it('for its client alone where it has no plan', () => {
    expect(decide(aCall({ chain: null }))).toMatchObject({ waits_for: ['client 5'] })
  })
})
