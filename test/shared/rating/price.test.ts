import { describe, expect, it } from 'vitest'

import { resolvedPlan } from '../../../shared/rating/plan.ts'
import type { Plan } from '../../../shared/rating/plan.ts'
import { priceOf } from '../../../shared/rating/price.ts'
import type { Price } from '../../../shared/rating/price.ts'
import { rankedTarifs } from '../../../shared/rating/winning-tarif.ts'
import type { CallToPrice, Tarif } from '../../../shared/rating/winning-tarif.ts'

const root = aPlan({ tarifnum: 1 })
const difference = aPlan({
  tarifnum: 2,
  base: 1,
  currency: null,
  first_sec: null,
  step_sec: null,
  increments: null,
  grace_sec: null,
  decimals: null,
  rounding: null,
  time_zone: null,
})

function aPlan(over: Partial<Plan> = {}): Plan {
  return {
    tarifnum: 1,
    base: null,
    currency: 'EUR',
    first_sec: 1,
    step_sec: 1,
    increments: 'anchored',
    grace_sec: 0,
    decimals: 4,
    rounding: 'half up',
    time_zone: 'UTC',
    ...over,
  }
}

let lastId = 0
function aTarif(over: Partial<Tarif> = {}): Tarif {
  return {
    id: ++lastId,
    tarifnum: 1,
    prefix_id: null,
    code: '49',
    price: '0.60',
    connect_fee: '0',
    first_sec: null,
    step_sec: null,
    max_charge: null,
    days: null,
    from_time: null,
    to_time: null,
    direction: 'out',
    steps: null,
    ...over,
  }
}

function aCall(over: Partial<CallToPrice> = {}): CallToPrice {
  return {
    number: '4930123456',
    prefix_id: null,
    kind: 'international',
    direction: 'out',
    billable_sec: 60,
    answered_at: Date.parse('2026-03-02T12:00:00Z'),
    ...over,
  }
}

type Options = Parameters<typeof priceOf>[3]

function priced(call: Partial<CallToPrice>, rows: Tarif[], chain = [root], options: Options = {}): Price {
  const price = priceOf(aCall(call), chain, rows, options)
  if (!price) throw new Error('no row says what the call costs')
  return price
}

describe('the row that wins', () => {
  const inBase = aTarif({ code: '49' })
  const longer = aTarif({ code: '4930' })
  const ownPrefix = aTarif({ code: '49', prefix_id: 7 })
  const ownPlan = aTarif({ code: '49', tarifnum: 2 })
  const withHours = aTarif({ code: '49', from_time: '08:00', to_time: '20:00' })
  const withDays = aTarif({ code: '49', days: [1] })

  it.each([
    ['the longest code', [inBase, longer], longer],
    ['the longest code, though it stands in the base', [ownPlan, longer], longer],
    ['the longest code, though another has the prefix dialled', [ownPrefix, longer], longer],
    ['the prefix dialled before any', [inBase, ownPrefix], ownPrefix],
    ['the prefix dialled in the base before any in the own plan', [ownPlan, ownPrefix], ownPrefix],
    ['the own plan before its base', [inBase, ownPlan], ownPlan],
    ['the own plan before hours in the base', [withHours, ownPlan], ownPlan],
    ['hours before none', [inBase, withHours], withHours],
    ['days before none', [inBase, withDays], withDays],
  ])('is that with %s', (_why, rows, winner) => {
    const call = { prefix_id: 7 }
    expect(priced(call, rows, [difference, root]).tarif).toBe(winner)
    expect(priced(call, rows.toReversed(), [difference, root]).tarif).toBe(winner)
  })

  it.each([
    ['the code does not begin the number', aTarif({ code: '4931' })],
    ['it is for another prefix', aTarif({ prefix_id: 8 })],
    ['it is for incoming calls', aTarif({ direction: 'in' })],
    ['it stands in a plan that is not priced', aTarif({ tarifnum: 2 })],
    ['it is for other hours', aTarif({ from_time: '13:00', to_time: '14:00' })],
    ['it is for other days', aTarif({ days: [2, 3] })],
    ['it is for no day at all', aTarif({ days: [] })],
  ])('is none where %s', (_why, row) => {
    expect(priceOf(aCall({ prefix_id: 7 }), [root], [row])).toBeNull()
  })

  it('comes from the nearest plan of a long chain', () => {
    const chain = [aPlan({ tarifnum: 3, base: 2 }), difference, root]
    const rows = [aTarif({ tarifnum: 1 }), aTarif({ tarifnum: 2, price: '0.30' })]
    expect(priced({}, rows, chain).price).toBe('0.30')
  })

  it('matches every number with the empty code', () => {
    expect(priced({}, [aTarif({ code: '' })]).rule).toBe('price')
  })

  it('leaves the candidates as they were', () => {
    const rows = Object.freeze([inBase, longer])
    expect(rankedTarifs(aCall(), [root], rows)).toEqual([longer, inBase])
  })
})

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

describe('hours and days', () => {
  const day = aTarif({ price: '0.60' })
  const night = aTarif({ price: '0.06', connect_fee: '1', from_time: '22:00', to_time: '06:00' })
  const berlin = aPlan({ time_zone: 'Europe/Berlin' })

  /** Which seconds of a call the hours of a row cover, in a plan that has another row for all hours. */
  function covered(answered: string, billable_sec: number, hours: Partial<Tarif>, plan = berlin): number[][] {
    const row = aTarif(hours)
    const price = priced({ answered_at: Date.parse(answered), billable_sec }, [day, row], [plan])
    const steps = price.steps ?? [{ from_sec: 0, seconds: price.charged_sec, tarif_id: price.tarif?.id }]
    return steps
      .filter((step) => step.tarif_id === row.id)
      .map((step) => [step.from_sec, step.from_sec + step.seconds])
  }

  it('price each step by the row in force when it begins', () => {
    const price = priced(
      { answered_at: Date.parse('2026-03-02T20:59:00Z'), billable_sec: 120 },
      [day, night],
      [berlin],
    )
    expect(price).toMatchObject({
      tarif: day,
      connect_fee: '0',
      steps: [
        { from_sec: 0, seconds: 60, price: '0.60', tarif_id: day.id },
        { from_sec: 60, seconds: 60, price: '0.06', tarif_id: night.id },
      ],
      total: '0.6600',
    })
  })

  it('charge a step begun by day to its end by day', () => {
    const price = priced(
      { answered_at: Date.parse('2026-03-02T20:59:00Z'), billable_sec: 91 },
      [{ ...day, step_sec: 45, first_sec: 45 }, night],
      [berlin],
    )
    expect(price.steps).toMatchObject([
      { from_sec: 0, seconds: 90, price: '0.60' },
      { from_sec: 90, seconds: 1, price: '0.06' },
    ])
  })

  it('list the step even where one other row prices all that is not free', () => {
    const answered_at = Date.parse('2026-03-02T20:59:00Z')
    const price = priced({ answered_at, billable_sec: 90 }, [day, night], [berlin], { free_sec: 60 })
    expect(price).toMatchObject({
      tarif: day,
      price: '0.06',
      steps: [{ from_sec: 60, seconds: 30, tarif_id: night.id }],
    })
  })

  it.each([
    ['21:59:59', 'day'],
    ['22:00:00', 'night'],
    ['23:59:59', 'night'],
    ['00:00:00', 'night'],
    ['05:59:59', 'night'],
    ['06:00:00', 'day'],
  ])('make of %s %s: the beginning is included, the end is not', (time, expected) => {
    const price = priced({ answered_at: Date.parse(`2026-03-02T${time}Z`), billable_sec: 1 }, [day, night])
    expect(price.tarif).toBe(expected === 'day' ? day : night)
  })

  it('change between two seconds of a call at the next whole second of it', () => {
    expect(covered('2026-03-02T20:59:58.500Z', 4, { from_time: '22:00', to_time: '23:00' })).toEqual([[2, 4]])
  })

  it('have no price where no row is in force', () => {
    const call = aCall({ answered_at: Date.parse('2026-03-02T05:59:00Z'), billable_sec: 61 })
    expect(priceOf({ ...call, billable_sec: 60 }, [root], [night])).not.toBeNull()
    expect(priceOf(call, [root], [night])).toBeNull()
    expect(priceOf({ ...call, answered_at: call.answered_at + 60_000 }, [root], [night])).toBeNull()
  })

  it.each<[string | null, string | null, number[][], string]>([
    ['08:00', '20:00', [[28_800, 72_000]], 'by day'],
    ['08:00:30', '08:00:31', [[28_830, 28_831]], 'to the second'],
    ['20:00', '24:00', [[72_000, 86_400]], 'to the end of the day'],
    ['20:00', '00:00', [[72_000, 86_400]], 'to midnight, which ends the day'],
    ['00:00', '24:00', [[0, 86_400]], 'all day'],
    ['00:00', '00:00', [[0, 86_400]], 'from midnight to midnight'],
    ['08:00', '08:00', [[0, 86_400]], 'round the clock'],
    ['08:00', null, [[28_800, 86_400]], 'without an end to the end of the day'],
    [null, '08:00', [[0, 28_800]], 'without a beginning from midnight'],
    [
      '22:00',
      '06:00',
      [
        [0, 21_600],
        [79_200, 86_400],
      ],
      'over midnight',
    ],
  ])('from %s to %s cover %j of a day: %s', (from_time, to_time, expected) => {
    const hours = { from_time, to_time, days: null }
    expect(covered('2026-03-02T00:00:00Z', 86_400, hours, root)).toEqual(expected)
  })

  const h = 3600
  it.each([
    ['weekend', { days: [6, 7] }, [[5 * 24 * h, 7 * 24 * h]]],
    ['Monday', { days: [1] }, [[0, 24 * h]]],
    [
      'working hours',
      { days: [1, 3], from_time: '09:00', to_time: '17:00' },
      [
        [9 * h, 17 * h],
        [57 * h, 65 * h],
      ],
    ],
    [
      'the night that begins on Friday',
      { days: [5], from_time: '22:00', to_time: '06:00' },
      [[118 * h, 126 * h]],
    ],
    [
      'the night that began on Sunday',
      { days: [7], from_time: '22:00', to_time: '06:00' },
      [
        [0, 6 * h],
        [166 * h, 168 * h],
      ],
    ],
    ['Tuesday, whole', { days: [2], from_time: '00:00', to_time: '00:00' }, [[24 * h, 48 * h]]],
  ])('mean by %s these seconds of a week', (_name, hours, expected) => {
    const week = aPlan({ first_sec: 60, step_sec: 60 })
    expect(covered('2026-03-02T00:00:00Z', 7 * 24 * h, hours, week)).toEqual(expected)
  })

  it.each([
    ['in winter', '2026-03-27T21:00:00Z', 8],
    ['when an hour is missing', '2026-03-28T21:00:00Z', 7],
    ['in summer', '2026-03-29T20:00:00Z', 8],
    ['when an hour is doubled', '2026-10-24T20:00:00Z', 9],
    ['in winter again', '2026-10-25T21:00:00Z', 8],
  ])('from 22:00 to 06:00 in Berlin last %s as long as the clock takes', (_when, begins, hours) => {
    const answered = new Date(Date.parse(begins) - 3600_000).toISOString()
    expect(covered(answered, 12 * h, { from_time: '22:00', to_time: '06:00' })).toEqual([
      [h, (1 + hours) * h],
    ])
  })

  it.each([
    ['2026-03-29T00:00:00Z', '02:15', '02:45', [], 'an hour that is missing is never'],
    ['2026-03-29T00:00:00Z', '02:30', '04:00', [[h, 2 * h]], 'what begins in it begins after it'],
    ['2026-03-29T00:00:00Z', '01:00', '02:30', [[0, h]], 'what ends in it ends before it'],
    [
      '2026-10-25T00:00:00Z',
      '02:15',
      '02:45',
      [
        [900, 2700],
        [h + 900, h + 2700],
      ],
      'the doubled hour is twice',
    ],
    [
      '2026-10-25T00:00:00Z',
      '02:30',
      '04:00',
      [
        [1800, h],
        [h + 1800, 3 * h],
      ],
      'as the clock shows it',
    ],
    [
      '2026-10-25T00:00:00Z',
      '01:00',
      '02:30',
      [
        [0, 1800],
        [h, h + 1800],
      ],
      'at both ends',
    ],
    ['2026-10-25T00:00:00Z', '02:00', '03:00', [[0, 2 * h]], 'the whole hour in one'],
  ])('on the odd days from %s on: %s–%s is %j, %s', (answered, from_time, to_time, expected) => {
    expect(covered(answered, 4 * h, { from_time, to_time })).toEqual(expected)
  })

  it('are judged by the zone of the plan being priced', () => {
    const row = aTarif({ from_time: '08:00', to_time: '20:00' })
    const call = { answered_at: Date.parse('2026-03-02T05:30:00Z') }
    expect(priced(call, [day, row], [{ ...difference, time_zone: 'Europe/Moscow' }, root]).tarif).toBe(row)
    expect(priced(call, [day, row], [difference, root]).tarif).toBe(day)
  })

  it('are right whatever order calls of both seasons come in', () => {
    const hours = { from_time: '22:00', to_time: '06:00' }
    for (const [answered, expected] of [
      ['2026-07-01T20:00:00Z', [[0, 1]]],
      ['2026-01-01T20:00:00Z', []],
      ['2026-10-25T00:59:59Z', [[0, 1]]],
      ['2026-10-25T01:00:00Z', [[0, 1]]],
      ['2026-07-01T20:00:00Z', [[0, 1]]],
    ] as const) {
      expect(covered(answered, 1, hours)).toEqual(expected)
    }
  })

  it('do not ask the clock where no row has hours', () => {
    const nowhere = aPlan({ time_zone: 'Nowhere/Land' })
    expect(priced({}, [aTarif()], [nowhere]).total).toBe('0.6000')
    expect(() => priced({}, [night], [nowhere])).toThrow(/time zone/i)
  })

  it('meet the later prices of the row in force, counted from the answer', () => {
    const steps = [{ from_sec: 90, price: '6', step_sec: null }]
    const answered_at = Date.parse('2026-03-02T21:59:00Z')
    const price = priced({ answered_at, billable_sec: 120 }, [day, { ...night, steps }])
    expect(price.steps).toMatchObject([
      { from_sec: 0, seconds: 60, price: '0.60' },
      { from_sec: 60, seconds: 30, price: '0.06' },
      { from_sec: 90, seconds: 30, price: '6' },
    ])
  })

  it('end the later prices of a row with its hours', () => {
    const steps = [
      { from_sec: 30, price: '6', step_sec: null },
      { from_sec: 90, price: '9', step_sec: null },
    ]
    const answered_at = Date.parse('2026-03-02T21:59:00Z')
    const price = priced({ answered_at, billable_sec: 120 }, [{ ...day, steps }, night])
    expect(price.steps).toMatchObject([
      { from_sec: 0, seconds: 30, price: '0.60' },
      { from_sec: 30, seconds: 30, price: '6' },
      { from_sec: 60, seconds: 60, price: '0.06' },
    ])
  })

  it('come again the next day in a call that is free at all others', () => {
    const row = aTarif({ code: '4930', from_time: '08:00', to_time: '09:00' })
    const answered_at = Date.parse('2026-03-02T07:00:00Z')
    const price = priced({ kind: 'toll free', answered_at, billable_sec: 26 * h }, [row])
    expect(price.steps?.map((step) => [step.from_sec / h, step.seconds / h, step.tarif_id])).toEqual([
      [0, 1, null],
      [1, 1, row.id],
      [2, 23, null],
      [25, 1, row.id],
    ])
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
