import { describe, expect, it } from 'vitest'

import { priceOf } from '../../../shared/rating/price.ts'
import type { Tarif } from '../../../shared/rating/winning-tarif.ts'
import { aCall, aPlan, aTarif, difference, priced, root } from '../../support/rates.ts'

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
