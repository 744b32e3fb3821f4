import fc from 'fast-check'
import { getCountries } from 'libphonenumber-js/max'
import { expect, it } from 'vitest'

import { callerOf, destinationOf, dialledDigits } from '../../../shared/dialling/dialling.ts'
import type { Prefix } from '../../../shared/dialling/dialling.ts'
import type { ExchangeFacts } from '../../../shared/dialling/digit-analysis.ts'
import type { NumberKind } from '../../../shared/dialling/number-kind.ts'

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength, maxLength })

const exchanges: fc.Arbitrary<ExchangeFacts> = fc.record({
  country: fc.option(fc.constantFrom('RU', 'US', 'GB', 'ES', 'DE', 'IT', 'BR', 'KZ', ...getCountries())),
  area_code: fc.option(digits(1, 5)),
  outside_line: fc.option(digits(1, 2)),
  extension_digits: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 3 })),
})

const kind = fc.constantFrom<NumberKind>(
  'internal',
  'emergency',
  'service',
  'premium',
  'mobile',
  'international',
  'none',
)

const prefix: fc.Arbitrary<Prefix> = fc.record({
  id: fc.integer({ min: 1, max: 9 }),
  prefix: digits(1, 4),
  source_id: fc.option(fc.constant(1)),
  digits_from: fc.option(fc.integer({ min: 0, max: 8 })),
  digits_to: fc.option(fc.integer({ min: 0, max: 15 })),
  e164: fc.option(digits(0, 5)),
  kind: fc.option(kind),
})

const dialled = fc.oneof(
  digits(0, 20),
  digits(0, 17).map((text) => `+${text}`),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789+*#()-./ @;s:w')) }),
  fc.string({ unit: 'binary', maxLength: 60 }),
)

it('is a number of its kind or none, whatever was dialled', () => {
  fc.assert(
    fc.property(dialled, exchanges, fc.array(prefix, { maxLength: 4 }), (text, exchange, prefixes) => {
      const destination = destinationOf(text, exchange, prefixes)
      const row = prefixes.find(({ id }) => id === destination.prefix_id)
      expect(destination.prefix_id === null || row !== undefined).toBe(true)
      if (destination.kind === 'none') {
        expect(destination).toMatchObject({ number: '', country: null })
      } else if (row?.kind == null && !['internal', 'emergency', 'service'].includes(destination.kind)) {
        expect(destination.number).toMatch(/^[1-9]\d{6,14}$/)
      } else {
        expect(destination.number).not.toBe('')
      }
    }),
    { numRuns: 1_000 },
  )
})

it('takes digits away and puts digits in only at the front', () => {
  fc.assert(
    fc.property(digits(8, 20), exchanges, (text, exchange) => {
      const { number, kind: meant } = destinationOf(text, exchange, [])
      fc.pre(!['internal', 'emergency', 'service', 'none'].includes(meant))
      expect(number.slice(-4)).toBe(text.slice(-4))
    }),
    { numRuns: 300 },
  )
})

it('reads punctuation between the digits as if it were not there', () => {
  fc.assert(
    fc.property(
      digits(2, 16),
      fc.constantFrom(' ', '-', '.', '/', '\u00a0'),
      exchanges,
      (text, sign, exchange) => {
        expect(destinationOf(Array.from(text).join(sign), exchange, [])).toEqual(
          destinationOf(text, exchange, []),
        )
      },
    ),
  )
})

it('reads its own numbers with a + as itself', () => {
  fc.assert(
    fc.property(digits(3, 16), exchanges, (text, exchange) => {
      const { number, kind: meant, country } = destinationOf(text, exchange, [])
      fc.pre(!['internal', 'emergency', 'service', 'none'].includes(meant))
      const again = destinationOf(`+${number}`, exchange, [])
      expect(again).toMatchObject({ number, country, kind: meant === 'local' ? 'national' : meant })
      expect(callerOf(`+${number}`, exchange)).toBe(number)
    }),
    { numRuns: 300 },
  )
})

it('compares prefixes with a text that stays as it is when cleaned again', () => {
  fc.assert(
    fc.property(dialled, (text) => {
      const once = dialledDigits(text)
      fc.pre(!/^(?:sips?|tel):/i.test(once))
      expect(dialledDigits(once)).toBe(once)
    }),
  )
})
