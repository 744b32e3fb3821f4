import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { writtenDay } from '../../../shared/cdr/written-day.ts'
import { instantsOf } from '../../../shared/time/wall-clock.ts'

const two = (number: number): string => String(number).padStart(2, '0')

const written = fc
  .record({
    day: fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    padded: fc.boolean(),
    hour: fc.nat(23),
    rest: fc.constantFrom(':00', ':59:59', ':30:00.5', ':07:08,987654'),
    between: fc.constantFrom(' ', 'T'),
    offset: fc.constantFrom('', 'Z', '+02', '-03:30'),
  })
  .map(({ day, padded, hour, rest, between, offset }) => {
    const [year, month, date] = [day.getUTCFullYear(), day.getUTCMonth() + 1, day.getUTCDate()]
    const number = padded ? two : String
    return {
      dashes: `${year}-${two(month)}-${two(date)}${between}${two(hour)}${rest}${offset}`,
      slashes: `${number(date)}/${number(month)}/${year}${between}${number(hour)}${rest}${offset}`,
    }
  })
const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Apia')

// The model asks the clock of a zone at every instant it may be, a quarter of an hour apart.
const quarterMs = 900_000
const clocks = new Map<string, Intl.DateTimeFormat>()

function shownIn(timeZone: string, instant: number): string {
  const parts = { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23', timeZone } as const
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('sv', parts)
  clocks.set(timeZone, clock)
  return clock.format(instant)
}

function modelOf(text: string, timeZone: string): number[] {
  const near = Date.parse(`${text.replace(' ', 'T')}Z`)
  const instants = Array.from({ length: 133 }, (_, at) => near + (at - 66) * quarterMs)
  return instants.filter((instant) => shownIn(timeZone, instant) === text)
}

const changes = [
  { timeZone: 'Europe/Berlin', change: '2026-03-29T01:00Z' },
  { timeZone: 'Europe/Berlin', change: '2026-10-25T01:00Z' },
  { timeZone: 'Europe/Moscow', change: '2014-10-25T22:00Z' },
  { timeZone: 'America/New_York', change: '2026-03-08T07:00Z' },
  { timeZone: 'Australia/Lord_Howe', change: '2026-04-04T15:00Z' },
  { timeZone: 'Pacific/Apia', change: '2011-12-30T10:00Z' },
]
const anywhere = fc.record({
  timeZone: fc.constantFrom('UTC', ...changes.map((zone) => zone.timeZone)),
  moment: fc.date({ min: new Date('1995-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
})
const nearAChange = fc
  .record({ zone: fc.constantFrom(...changes), quarters: fc.integer({ min: -100, max: 100 }) })
  .map(({ zone: { timeZone, change }, quarters }) => ({
    timeZone,
    moment: new Date(Date.parse(change) + quarters * quarterMs),
  }))

describe('a wall clock', () => {
  it('means the instants at which a clock in the zone shows it, in whatever order it is asked', () => {
    fc.assert(
      fc.property(fc.oneof(anywhere, nearAChange), ({ moment, timeZone }) => {
        const text = `${moment.toISOString().slice(0, 10)} ${moment.toISOString().slice(11, 16)}`
        const model = modelOf(text, timeZone)
        // An hour that is left out is shown at no instant.
        if (model.length > 0) expect(instantsOf(text, timeZone)).toEqual(model)
        else expect(instantsOf(text, timeZone)).toHaveLength(1)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a moment with slashes', () => {
  it('is the moment with dashes, the day first, in every zone', () => {
    fc.assert(
      fc.property(written, zone, ({ dashes, slashes }, timeZone) => {
        expect(instantsOf(slashes, timeZone)).toEqual(instantsOf(dashes, timeZone))
        expect(instantsOf(slashes, timeZone)).not.toEqual([])
      }),
    )
  })

  it('is of the same day, also when only ten characters of it are known', () => {
    fc.assert(
      fc.property(written, ({ dashes, slashes }) => {
        expect(writtenDay(slashes)).toBe(dashes.slice(0, 10))
        expect(writtenDay(slashes.slice(0, 10))).toBe(dashes.slice(0, 10))
      }),
    )
  })
})
