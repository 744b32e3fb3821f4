import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { writtenDay } from '../../shared/days.ts'
import { instantsOf } from '../../shared/wall-clock.ts'

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
