import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { burstUnits, channelsAbove } from '../../../shared/statements/channels.ts'

const minute = 60_000
const month = { from: 0, until: 1_000 * minute }

describe('calls at one time', () => {
  it.each([
    ['none', [], 1, 0, 0],
    ['one that is paid for', [{ from: 0, until: minute }], 1, 1, 0],
    [
      'two for half a minute with one paid for',
      [
        { from: 0, until: minute },
        { from: 30_000, until: 90_000 },
      ],
      1,
      2,
      30_000,
    ],
    [
      'one that ends as the next begins',
      [
        { from: 0, until: minute },
        { from: minute, until: 2 * minute },
      ],
      1,
      1,
      0,
    ],
    [
      'only what is within the month',
      [
        { from: -minute, until: minute },
        { from: -minute, until: minute },
      ],
      1,
      2,
      minute,
    ],
    ['every second where no channel is paid for', [{ from: 0, until: minute }], 0, 1, minute],
  ])('count %s', (_why, calls, channels, peak, above_ms) => {
    expect(channelsAbove(calls, channels, month)).toEqual({ peak, above_ms })
  })

  it('are what counting each moment gives', () => {
    const call = fc.record({ from: fc.integer({ min: 0, max: 60 }), lasts: fc.integer({ min: 1, max: 30 }) })
    fc.assert(
      fc.property(fc.array(call, { maxLength: 20 }), fc.integer({ min: 0, max: 4 }), (calls, channels) => {
        const busy = calls.map(({ from, lasts }) => ({ from, until: from + lasts }))
        const up = Array.from(
          { length: 50 },
          (_, at) => busy.filter(({ from, until }) => from <= at && at < until).length,
        )
        expect(channelsAbove(busy, channels, { from: 0, until: 50 })).toEqual({
          peak: Math.max(0, ...up),
          above_ms: up.reduce((sum, calls) => sum + Math.max(0, calls - channels), 0),
        })
      }),
    )
  })

  it('are charged by the minute begun, or by the peak above what is paid for', () => {
    expect(burstUnits('minutes', { peak: 5, above_ms: 61_000 }, 2)).toBe(2)
    expect(burstUnits('peak', { peak: 5, above_ms: 61_000 }, 2)).toBe(3)
    expect(burstUnits('peak', { peak: 1, above_ms: 0 }, 2)).toBe(0)
  })
})
