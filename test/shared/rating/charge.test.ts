import { describe, expect, it } from 'vitest'

import { formatMoney, parseMoney } from '../../../shared/money/money.ts'
import { chargeCall } from '../../../shared/rating/charge.ts'
import type { Charge, Fees, Stretch } from '../../../shared/rating/charge.ts'

const perSecond: Stretch = { from_sec: 0, tarif_id: 1, price: '0.60', first_sec: 1, step_sec: 1 }
const plain: Fees = { increments: 'anchored', connect_fee: '0', max_charge: null }

interface Given {
  free_sec?: number
  fees?: Partial<Fees>
  stretches?: Partial<Stretch>[]
}

function charged(billable_sec: number, { free_sec = 0, fees = {}, stretches = [{}] }: Given = {}): Charge {
  const charge = chargeCall(
    billable_sec,
    free_sec,
    { ...plain, ...fees },
    stretches.map((stretch) => ({ ...perSecond, ...stretch })),
  )
  if (!charge) throw new Error('the call has no price')
  return charge
}

const seconds = (charge: Charge) => charge.steps.map((step) => [step.from_sec, step.seconds])
const cost = (charge: Charge) => formatMoney(charge.unrounded)

describe('first seconds and whole steps', () => {
  it.each<[Fees['increments'], number, number, number, number, string]>([
    ['anchored', 60, 1, 1, 60, 'the first seconds are always charged'],
    ['anchored', 60, 1, 60, 60, 'and cover a call that fits'],
    ['anchored', 60, 1, 61, 61, 'then one by one'],
    ['anchored', 30, 20, 60, 70, 'steps follow the first seconds: 30, 50, 70'],
    ['anchored', 30, 20, 50, 50, 'a full step is no reason for another'],
    ['anchored', 12, 13, 560, 571, 'odd increments'],
    ['anchored', 0, 6, 7, 12, 'no first seconds'],
    ['anchored', 60, 60, 86_400, 86_400, 'a whole day'],
    ['absolute', 30, 20, 1, 30, 'the first seconds are a minimum'],
    ['absolute', 30, 20, 30, 30, 'which is kept'],
    ['absolute', 30, 20, 31, 40, 'steps are counted from the beginning: 20, 40, 60'],
    ['absolute', 30, 20, 60, 60, 'so this call ends with a step'],
    ['absolute', 30, 20, 61, 80, 'and this one begins another'],
    ['absolute', 0, 6, 7, 12, 'no first seconds'],
    ['absolute', 7, 60, 8, 60, 'a minimum shorter than a step'],
  ])('counts %s %i/%i a call of %i s as %i s: %s', (increments, first_sec, step_sec, billable, expected) => {
    const charge = charged(billable, { fees: { increments }, stretches: [{ first_sec, step_sec }] })
    expect(charge.charged_sec).toBe(expected)
    expect(cost(charge)).toBe(formatMoney(BigInt(expected) * 60_000_000n))
  })

  it('refuses steps of no length instead of counting for ever', () => {
    expect(() => charged(10, { stretches: [{ step_sec: 0 }] })).toThrow(
      'tarif 1 counts in steps of 0 seconds',
    )
  })
})

describe('prices that change during a call', () => {
  it('takes the new price from its second on', () => {
    const charge = charged(90, { stretches: [{}, { from_sec: 60, price: '0.06' }] })
    expect(charge.steps).toEqual([
      { from_sec: 0, seconds: 60, price: '0.60', step_sec: 1, tarif_id: 1, amount: parseMoney('0.6') },
      { from_sec: 60, seconds: 30, price: '0.06', step_sec: 1, tarif_id: 1, amount: parseMoney('0.03') },
    ])
    expect(cost(charge)).toBe('0.63')
  })

  it.each([
    [
      'a step begun before runs to its end and the next begins there',
      { first_sec: 45, step_sec: 45 },
      { from_sec: 60, step_sec: 20 },
      91,
      [
        [0, 90],
        [90, 20],
      ],
    ],
    [
      'a call that ends within the step begun before never meets the new price',
      { first_sec: 45, step_sec: 45 },
      { from_sec: 60, step_sec: 20 },
      90,
      [[0, 90]],
    ],
    [
      'the first seconds run over the beginning of other prices',
      { first_sec: 60 },
      { from_sec: 30, step_sec: 30 },
      61,
      [
        [0, 60],
        [60, 30],
      ],
    ],
    ['a call no longer than the second of change keeps the old price', {}, { from_sec: 60 }, 60, [[0, 60]]],
    [
      'the first seconds of a later stretch are no first seconds',
      { first_sec: 30, step_sec: 6 },
      { from_sec: 30, first_sec: 60, step_sec: 1 },
      31,
      [
        [0, 30],
        [30, 1],
      ],
    ],
  ])('%s', (_why, first, later, billable, expected) => {
    expect(seconds(charged(billable, { stretches: [first, later] }))).toEqual(expected)
  })

  it('passes over a stretch that one step covers whole', () => {
    const stretches = [
      { first_sec: 60, step_sec: 60 },
      { from_sec: 10, price: '9' },
      { from_sec: 20, price: '6' },
    ]
    expect(charged(61, { stretches }).steps.map((step) => step.price)).toEqual(['0.60', '6'])
  })

  it('counts absolute steps of another length from the beginning too', () => {
    const stretches = [
      { first_sec: 20, step_sec: 20 },
      { from_sec: 30, step_sec: 30 },
    ]
    const charge = charged(41, { fees: { increments: 'absolute' }, stretches })
    expect(seconds(charge)).toEqual([
      [0, 40],
      [40, 20],
    ])
  })

  it('has no price where a step begins in a stretch without one', () => {
    const stretches = [perSecond, { ...perSecond, from_sec: 60, price: null }]
    expect(chargeCall(60, 0, plain, stretches)).not.toBeNull()
    expect(chargeCall(61, 0, plain, stretches)).toBeNull()
  })
})

describe('free seconds', () => {
  it('come off before the increments', () => {
    const charge = charged(61, { free_sec: 10, stretches: [{ first_sec: 60, step_sec: 60 }] })
    expect(seconds(charge)).toEqual([[10, 60]])
  })

  it('leave later prices where they are in the call', () => {
    const charge = charged(70, { free_sec: 50, stretches: [{}, { from_sec: 60, price: '6' }] })
    expect(seconds(charge)).toEqual([
      [50, 10],
      [60, 10],
    ])
  })

  it('may cover the prices at the beginning altogether', () => {
    const charge = charged(70, { free_sec: 65, stretches: [{}, { from_sec: 60, price: '6', first_sec: 30 }] })
    expect(charge.steps).toMatchObject([{ from_sec: 65, seconds: 30, price: '6' }])
  })

  it('leave the connect fee where they cover the call', () => {
    const charge = charged(60, {
      free_sec: 60,
      fees: { connect_fee: '0.01' },
      stretches: [{ first_sec: 60 }],
    })
    expect(charge).toMatchObject({ charged_sec: 0, steps: [] })
    expect(cost(charge)).toBe('0.01')
  })
})

describe('the fee and the cap', () => {
  it('adds the connect fee once, over all prices', () => {
    const stretches = [{}, { from_sec: 60 }]
    expect(cost(charged(120, { fees: { connect_fee: '0.15' }, stretches }))).toBe('1.35')
  })

  it.each([
    ['0.5', '0.5', 'the fee counts towards the cap'],
    ['0.75', '0.75', 'a call may cost the cap'],
    ['0.76', '0.75', 'a cap above the cost does nothing'],
    ['0', '0', 'a cap of nothing makes a call free'],
  ])('charges with a cap of %s %s: %s', (max_charge, expected) => {
    expect(cost(charged(60, { fees: { connect_fee: '0.15', max_charge } }))).toBe(expected)
  })

  it('stays exact for a day at a thousand million a minute', () => {
    const stretches = [{ price: '1000000000.00000001' }]
    expect(cost(charged(86_400, { stretches }))).toBe('1440000000000.0000144')
  })

  it('pays where the price is negative', () => {
    expect(cost(charged(90, { stretches: [{ price: '-1.2' }] }))).toBe('-1.8')
  })
})
