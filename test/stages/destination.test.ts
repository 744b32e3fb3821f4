import { describe, expect, it } from 'vitest'

import { decide } from '../../stages/destination.ts'
import type { Facts } from '../../stages/destination.ts'

/** An answered call out of Moscow over a trunk. */
function aCall(over: Partial<Facts> = {}): Facts {
  return {
    id: 1,
    dst: '984951234567',
    did: null,
    direction: 'out',
    provider_id: 1,
    dstchannel: 'SIP/trunk-00000002',
    source: 'office',
    disposition: 'ANSWERED',
    billsec: 60,
    billable_by: 'disposition',
    source_id: 7,
    country: 'RU',
    area_code: '495',
    outside_line: '9',
    extension_digits: [3],
    prefixes: null,
    ...over,
  }
}

const aPrefix = {
  id: 3,
  prefix: '777',
  source_id: null,
  digits_from: null,
  digits_to: null,
  e164: null,
  kind: null,
}
const chicago = { country: 'US', area_code: '312', source_id: 8 }

describe('the number that was meant', () => {
  it.each<[dst: string, found: unknown[], why: string, call: Partial<Facts>]>([
    [
      '984951234567',
      ['74951234567', 'national', 'RU', null],
      'after the outside line and the trunk prefix',
      {},
    ],
    ['92345678', ['74952345678', 'local', 'RU', null], 'in the area of the exchange', {}],
    ['92345678', ['13122345678', 'local', 'US', null], 'the same digits at another exchange', chicago],
    ['9810442079460000', ['442079460000', 'international', 'GB', null], 'after the way abroad', {}],
    [
      '+442079460000',
      ['442079460000', 'international', 'GB', null],
      'with +, whatever the exchange',
      { country: null },
    ],
    ['89161234567', ['79161234567', 'mobile', 'RU', null], 'without the outside line', {}],
    ['988001234567', ['78001234567', 'toll free', 'RU', null], 'free to the caller', {}],
    ['112', ['112', 'emergency', 'RU', null], 'an emergency', {}],
    ['202', ['202', 'internal', null, null], 'an extension', { provider_id: null }],
    ['*97', ['', 'none', null, null], 'a feature code is no number', { provider_id: null }],
    [
      '777123',
      ['', 'none', null, 3],
      'a row of prefix says that it is none',
      { provider_id: null, prefixes: [{ ...aPrefix, kind: 'none' }] },
    ],
    [
      '7774951234567',
      ['74951234567', 'national', 'RU', 3],
      'a row of prefix says what stands before it',
      { prefixes: [{ ...aPrefix, e164: '7' }] },
    ],
    [
      '777',
      ['777', 'service', 'RU', 3],
      'a row of prefix says what it is',
      { prefixes: [{ ...aPrefix, kind: 'service' }] },
    ],
  ])('of %s is %j: %s', (dst, found, _why, call) => {
    expect(decide(aCall({ ...call, dst }))).toEqual({ found })
  })
})

describe('a call waits', () => {
  it.each<[problem: string, why: string, call: Partial<Facts>]>([
    [
      '"vms460" is no telephone number; a row of prefix can say what it means',
      'digits are not picked out of a name',
      { dst: 'vms460' },
    ],
    [
      '"*97" is no telephone number; a row of prefix can say what it means',
      'a trunk carried what nobody understands',
      { dst: '*97' },
    ],
    [
      '"s" is no telephone number; a row of prefix can say what it means',
      'transit is charged like a call out',
      { dst: 's', direction: 'transit' },
    ],
    [
      'source office has no country, so "84951234567" cannot be understood',
      'the row of the exchange is what is missing',
      { dst: '84951234567', country: null },
    ],
    [
      'source of the call has no country, so "84951234567" cannot be understood',
      'there is not even an exchange',
      { dst: '84951234567', country: null, source: null, source_id: null },
    ],
    [
      '"a b" is no telephone number; a row of prefix can say what it means',
      'control characters do not reach a terminal',
      { dst: 'a\u001b\u0007b' },
    ],
  ])('with %s: %s', (problem, _why, call) => {
    expect(decide(aCall(call))).toMatchObject({ problem })
  })

  it('for a prefix with one of its beginnings, here or everywhere, or for the exchange', () => {
    expect(decide(aCall({ dst: '*9-7' }))).toMatchObject({
      waits_for: [
        'prefix *',
        'prefix * at source 7',
        'prefix *9',
        'prefix *9 at source 7',
        'prefix *97',
        'prefix *97 at source 7',
        'source 7',
      ],
    })
    expect(decide(aCall({ dst: '*9', source_id: null }))).toMatchObject({
      waits_for: ['prefix *', 'prefix *9'],
    })
  })
})

describe('a call that cannot cost anything never waits', () => {
  it.each<[why: string, call: Partial<Facts>]>([
    ['no provider carried it', { provider_id: null }],
    ['nobody answered', { disposition: 'NO ANSWER', billsec: 0 }],
    ['it lasted no time', { billsec: 0 }],
    ['it came in: its price does not hang on what it is', { direction: 'in' }],
  ])('where %s', (_why, call) => {
    expect(decide(aCall({ dst: 's', ...call }))).toEqual({ found: ['', 'none', null, null] })
  })
})
