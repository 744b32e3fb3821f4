import { describe, expect, it } from 'vitest'

import { resolvedPlan } from '../../../shared/rating/plan.ts'
import { priceOf } from '../../../shared/rating/price.ts'
import { aCall, aPlan, aTarif, difference, priced, root } from '../../support/rates.ts'

describe('the terms of a price', () => {
  it('are those of the plan being priced where the row is silent, not of the plan the row stands in', () => {
    const own = { ...difference, first_sec: 30, step_sec: 6 }
    const row = aTarif({ tarifnum: 1 })
    expect(priced({ billable_sec: 31 }, [row], [own, root])).toMatchObject({
      tarif: row,
      tarifnum: 2,
      first_sec: 30,
      step_sec: 6,
      charged_sec: 36,
      total: '0.3600',
    })
    expect(priced({ billable_sec: 31 }, [row], [root])).toMatchObject({ tarifnum: 1, charged_sec: 31 })
  })

  it('are those of the row where it speaks', () => {
    const row = aTarif({ first_sec: 60, step_sec: 30 })
    expect(priced({ billable_sec: 61 }, [row])).toMatchObject({
      first_sec: 60,
      step_sec: 30,
      charged_sec: 90,
    })
  })

  it('may be half of the row and half of the plan', () => {
    expect(priced({ billable_sec: 61 }, [aTarif({ first_sec: 60 })])).toMatchObject({
      first_sec: 60,
      step_sec: 1,
      charged_sec: 61,
    })
  })

  it('are inherited one by one through every base', () => {
    const chain = [
      { ...difference, tarifnum: 3, base: 2, decimals: 2 },
      { ...difference, rounding: 'up' as const, decimals: 6 },
      aPlan({ increments: 'absolute', grace_sec: 3, time_zone: 'Europe/Berlin' }),
    ]
    expect(resolvedPlan(chain)).toEqual({
      tarifnum: 3,
      currency: 'EUR',
      first_sec: 1,
      step_sec: 1,
      increments: 'absolute',
      grace_sec: 3,
      decimals: 2,
      rounding: 'up',
      time_zone: 'Europe/Berlin',
    })
  })

  it('may say 0 without asking the base', () => {
    const chain = [{ ...difference, grace_sec: 0, decimals: 0 }, aPlan({ grace_sec: 9, decimals: 4 })]
    expect(resolvedPlan(chain)).toMatchObject({ grace_sec: 0, decimals: 0 })
  })

  it('are the defaults where no plan names them', () => {
    expect(resolvedPlan([{ ...difference, currency: 'USD' }])).toEqual({
      tarifnum: 2,
      currency: 'USD',
      first_sec: 60,
      step_sec: 60,
      increments: 'anchored',
      grace_sec: 0,
      decimals: 4,
      rounding: 'half up',
      time_zone: 'UTC',
    })
  })

  it('cannot do without a currency or without a plan', () => {
    expect(() => resolvedPlan([difference])).toThrow(
      'tariff plan 2 has no currency, nor has any it is based on',
    )
    expect(() => resolvedPlan([])).toThrow('a call was to be priced under no tariff plan')
  })
})

describe('a price', () => {
  it('says all that went into it', () => {
    const row = aTarif({ price: '0.10', connect_fee: '0.05', max_charge: '9', first_sec: 60 })
    expect(priced({ billable_sec: 61 }, [row])).toEqual({
      rule: 'price',
      tarif: row,
      codes: ['49'],
      tarifnum: 1,
      price: '0.10',
      connect_fee: '0.05',
      max_charge: '9',
      first_sec: 60,
      step_sec: 1,
      increments: 'anchored',
      grace_sec: 0,
      decimals: 4,
      rounding: 'half up',
      billable_sec: 61,
      free_sec: 0,
      charged_sec: 61,
      steps: null,
      unrounded: '0.1516666666666666',
      total: '0.1517',
      currency: 'EUR',
    })
  })

  it('is rounded once, whatever it is made of', () => {
    const steps = Array.from({ length: 59 }, (_, index) => ({
      from_sec: index + 1,
      price: '0.00004',
      step_sec: null,
    }))
    const row = aTarif({ price: '0.00004', steps })
    expect(priced({}, [row], [aPlan({ decimals: 5 })]).total).toBe('0.00004')
  })

  it('lists its steps where later seconds cost something else', () => {
    const row = aTarif({
      price: '0.20',
      first_sec: 60,
      steps: [
        { from_sec: 120, price: '0.05', step_sec: null },
        { from_sec: 60, price: '0.10', step_sec: 30 },
      ],
    })
    expect(priced({ billable_sec: 121 }, [row])).toMatchObject({
      price: '0.20',
      charged_sec: 121,
      steps: [
        { from_sec: 0, seconds: 60, price: '0.20', step_sec: 1, tarif_id: row.id, amount: '0.2' },
        { from_sec: 60, seconds: 60, price: '0.10', step_sec: 30, tarif_id: row.id, amount: '0.1' },
        {
          from_sec: 120,
          seconds: 1,
          price: '0.05',
          step_sec: 1,
          tarif_id: row.id,
          amount: '0.0008333333333333',
        },
      ],
      total: '0.3008',
    })
  })

  it('lists none where the call ends before prices change', () => {
    const row = aTarif({ steps: [{ from_sec: 60, price: '0.10', step_sec: null }] })
    expect(priced({ billable_sec: 60 }, [row])).toMatchObject({ price: '0.60', steps: null })
  })

  it('names the price of the step that holds from the first second', () => {
    const row = aTarif({ steps: [{ from_sec: 0, price: '6', step_sec: 30 }] })
    expect(priced({ billable_sec: 31 }, [row])).toMatchObject({ price: '6', step_sec: 30, charged_sec: 31 })
  })

  it('takes off the seconds a bundle gives, and no more than the call has', () => {
    expect(priced({}, [aTarif()], [root], { free_sec: 45 })).toMatchObject({
      free_sec: 45,
      charged_sec: 15,
      total: '0.1500',
    })
    expect(priced({}, [aTarif({ connect_fee: '0.01' })], [root], { free_sec: 500 })).toMatchObject({
      rule: 'price',
      free_sec: 60,
      charged_sec: 0,
      steps: null,
      total: '0.0100',
    })
  })

  it('takes a cap with the fee of the row that won when the call began', () => {
    const row = aTarif({ price: '6', connect_fee: '1', max_charge: '5' })
    expect(priced({}, [row])).toMatchObject({ max_charge: '5', unrounded: '5', total: '5.0000' })
  })
})

describe('a call that costs nothing by rule', () => {
  it.each([
    ['was not answered', 0, 'not billable'],
    ['ended before it began', -1, 'not billable'],
    ['is within the grace period', 5, 'within the grace period'],
  ])('pays no fee when it %s', (_why, billable_sec, rule) => {
    const row = aTarif({ connect_fee: '1' })
    const plan = aPlan({ grace_sec: 5 })
    expect(priced({ billable_sec }, [row], [plan])).toMatchObject({
      rule,
      tarif: row,
      charged_sec: 0,
      steps: null,
      unrounded: '0',
      total: '0.0000',
    })
    expect(priced({ billable_sec }, [], [plan])).toMatchObject({ rule, tarif: null, total: '0.0000' })
  })

  it('is charged whole after the grace period', () => {
    expect(priced({ billable_sec: 6 }, [aTarif()], [aPlan({ grace_sec: 5 })]).total).toBe('0.0600')
  })

  it.each([
    ['internal', 'internal calls are free'],
    ['emergency', 'emergency calls are free'],
    ['toll free', 'toll-free calls are free'],
  ])('is free as %s unless a row says otherwise', (kind, rule) => {
    expect(priced({ kind }, [])).toMatchObject({ rule, tarif: null, free_sec: 0, total: '0.0000' })
    const row = aTarif({ prefix_id: 8 })
    expect(priced({ kind, prefix_id: 8 }, [row])).toMatchObject({ rule: 'price', total: '0.6000' })
  })

  it.each([
    ['112', 'emergency', '1', 'no call to America'],
    ['7495', 'internal', '7495', 'a colleague, not Moscow'],
    ['201', 'internal', '', 'a colleague, whatever else costs'],
    ['4980012345678', 'toll free', '49', 'a code for the whole country does not speak of toll-free numbers'],
    ['78001234567', 'toll free', '7', 'nor does this one'],
  ])('is free to %s (%s) although there is a row with code "%s": %s', (number, kind, code) => {
    expect(priced({ number, kind }, [aTarif({ code })]).total).toBe('0.0000')
  })

  it('is charged to a toll-free number by a code that reaches into it', () => {
    expect(priced({ number: '78001234567', kind: 'toll free' }, [aTarif({ code: '7800' })]).total).toBe(
      '0.6000',
    )
    expect(priced({ number: '80012345678', kind: 'toll free' }, [aTarif({ code: '800' })]).total).toBe(
      '0.6000',
    )
  })

  it('is priced to a service number by a code that is the whole number, and otherwise waits', () => {
    const call = aCall({ number: '116117', kind: 'service' })
    expect(priceOf(call, [root], [aTarif({ code: '1' }), aTarif({ code: '11611' })])).toBeNull()
    expect(priceOf(call, [root], [aTarif({ code: '116117' })])?.total).toBe('0.6000')
  })

  it('is not free only because no row was found', () => {
    expect(priceOf(aCall({ kind: 'premium' }), [root], [])).toBeNull()
  })

  it('is free when it comes in and the plan does not charge for that', () => {
    const call = { direction: 'in', kind: 'national' } as const
    expect(priced(call, [])).toMatchObject({ rule: 'incoming calls are free', total: '0.0000' })
    expect(priced(call, [], [root], { chainHasIn: false }).rule).toBe('incoming calls are free')
  })

  it('waits for a price when the plan charges others that come in', () => {
    const call = aCall({ direction: 'in', kind: 'internal' })
    expect(priceOf(call, [root], [], { chainHasIn: true })).toBeNull()
    expect(priceOf(call, [root], [aTarif({ direction: 'in' })], { chainHasIn: true })?.total).toBe('0.6000')
  })

  it('is free as toll free only in the hours for which no row says otherwise', () => {
    const row = aTarif({ code: '4930', from_time: '12:01', to_time: '13:00' })
    expect(priced({ kind: 'toll free', billable_sec: 60 }, [row])).toMatchObject({
      rule: 'toll-free calls are free',
      charged_sec: 0,
    })
    expect(priced({ kind: 'toll free', billable_sec: 90 }, [row])).toMatchObject({
      rule: 'price',
      tarif: null,
      steps: [
        { from_sec: 0, seconds: 60, price: '0', tarif_id: null },
        { from_sec: 60, seconds: 30, price: '0.60', tarif_id: row.id },
      ],
      total: '0.3000',
    })
  })
})

describe('three prices of one call', () => {
  it('come from the client plan, its root and the provider plan by one function', () => {
    const provider = aPlan({ tarifnum: 9, currency: 'USD', first_sec: 60, step_sec: 60 })
    const rows = [
      aTarif({ tarifnum: 1, price: '0.60' }),
      aTarif({ tarifnum: 2, price: '0.50' }),
      aTarif({ tarifnum: 9, price: '0.10', code: '' }),
    ]
    const call = { billable_sec: 90 }
    expect(priced(call, rows, [difference, root])).toMatchObject({ total: '0.7500', currency: 'EUR' })
    expect(priced(call, rows, [root])).toMatchObject({ total: '0.9000', currency: 'EUR' })
    expect(priced(call, rows, [provider])).toMatchObject({ total: '0.2000', currency: 'USD' })
  })
})
