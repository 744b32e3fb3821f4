// Records of any columns and any values, as an exchange gone mad would write them.

import fc from 'fast-check'
import { expect } from 'vitest'

import type { Format } from '../../shared/sources/record/format.ts'

const value = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.string({ minLength: 2_000, maxLength: 3_000 }),
  fc.constantFrom(
    '2026-10-25 02:30:00',
    '2026-10-25 02:30:00+02',
    '2026-10-25%2002%3A30%3A00',
    '0000-00-00 00:00:00',
    'infinity',
    '1792888200',
    '-1',
    '1e9',
    '60',
    '99999999999999999999',
    '1792893581.0',
    '{"channel":1}',
    '{"channel":"SIP/201-1","__proto__":"x"}',
    '[]',
    'null',
    '%',
    '%zz%20',
  ),
  fc.double().map(String),
)

/** Any record becomes a call with its figures, or a reason; a record with some of these columns, too. */
export function becomesSomething(toCall: Format['toCall'], columns: readonly string[]): void {
  const column = fc.oneof(fc.constantFrom(...columns, '__proto__', 'constructor'), fc.string())
  fc.assert(
    fc.property(fc.dictionary(column, value), (record) => {
      const outcome = toCall(record, { time_zone: 'Europe/Berlin', latestYear: 2027 })
      if (!('call' in outcome)) {
        expect(Object.values(outcome).join('')).not.toBe('')
        return
      }
      expect(outcome.call.billsec).toBeGreaterThanOrEqual(0)
      expect(outcome.call.duration).toBeGreaterThanOrEqual(0)
      expect(Date.parse(outcome.call.calldate)).toBeGreaterThan(0)
    }),
    { numRuns: 2_000 },
  )
}
