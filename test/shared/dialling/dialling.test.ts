import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { callerOf, destinationOf, dialledDigits } from '../../../shared/dialling/dialling.ts'
import type { Destination, Prefix } from '../../../shared/dialling/dialling.ts'
import type { ExchangeFacts } from '../../../shared/dialling/digit-analysis.ts'
import type { NumberKind } from '../../../shared/dialling/number-kind.ts'

interface Meaning {
  kind: string
  e164?: string | null
  subtype?: string | null
  destination_country?: string
}

interface Case {
  id: string
  dialled: string
  home: { country: string; areaCode: string | null; outsideLine: string | null; extensionLengths: number[] }
  expected: Meaning
  also_accept?: Meaning[]
  confidence: 'firm' | 'convention' | 'ambiguous'
  why: string
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/dialled/dialled.json', import.meta.url), 'utf8'),
) as { cases: Case[] }

const moscow = anExchange({ country: 'RU', area_code: '495' })
const irkutsk = anExchange({ country: 'RU', area_code: '3952' })
const newYork = anExchange({ country: 'US', area_code: '212' })
const london = anExchange({ country: 'GB', area_code: '20' })
const madrid = anExchange({ country: 'ES' })
const berlin = anExchange({ country: 'DE', area_code: '30' })
const unknown = anExchange({ country: null })

function anExchange(exchange: Partial<ExchangeFacts>): ExchangeFacts {
  return { country: 'RU', area_code: null, outside_line: null, extension_digits: [3, 4], ...exchange }
}

function aPrefix(row: Partial<Prefix>): Prefix {
  return {
    id: 1,
    prefix: '8',
    source_id: null,
    digits_from: null,
    digits_to: null,
    e164: null,
    kind: null,
    ...row,
  }
}

function meaning(dialled: string, exchange: ExchangeFacts, prefixes: readonly Prefix[] = []): string {
  const { kind, number, country } = destinationOf(dialled, exchange, prefixes)
  return [kind, number, country].filter(Boolean).join(' ')
}

// The three words of the cases for what is no number are one kind here.
function fits({ kind, number, country }: Destination, meant: Meaning): boolean {
  if (['special', 'feature', 'invalid'].includes(meant.kind)) return kind === 'none' && number === ''
  if (meant.kind !== 'e164') return kind === meant.kind
  const subtypes: Readonly<Record<string, NumberKind>> = { tollfree: 'toll free', shared_cost: 'shared cost' }
  return (
    !['internal', 'emergency', 'service', 'none'].includes(kind) &&
    (meant.e164 == null || `+${number}` === meant.e164) &&
    (meant.subtype == null || kind === (subtypes[meant.subtype] ?? meant.subtype)) &&
    (meant.destination_country === undefined || country === meant.destination_country)
  )
}

describe('what no plan of numbers says, and records say all the same', () => {
  const mexico = anExchange({ country: 'MX', area_code: '55' })
  const jakarta = anExchange({ country: 'ID', area_code: '21' })
  const istanbul = anExchange({ country: 'TR', area_code: '212' })
  const behindNine = anExchange({ country: 'US', area_code: '212', outside_line: '9' })

  it.each<[dialled: string, exchange: ExchangeFacts, expected: string]>([
    ['8~10~442079460000', moscow, 'international 442079460000 GB'],
    ['8w10w442079460000', moscow, 'international 442079460000 GB'],
    ['8p10p442079460000', moscow, 'international 442079460000 GB'],
    ['9,14155550123', behindNine, 'national 14155550123 US'],
    ['9,,w+442079460000', behindNine, 'international 442079460000 GB'],
    ['*6712125550123', newYork, 'national 12125550123 US'],
    ['*8212125550123', newYork, 'national 12125550123 US'],
    ['#31#02079460000', london, 'national 442079460000 GB'],
    ['*31#+442079460000', berlin, 'international 442079460000 GB'],
    ['14102079460000', london, 'national 442079460000 GB'],
    ['0445512345678', mexico, 'national 525512345678 MX'],
    ['0455512345678', mexico, 'national 525512345678 MX'],
    ['+5215512345678', mexico, 'national 525512345678 MX'],
    ['005215512345678', london, 'international 525512345678 MX'],
    ['001442079460000', jakarta, 'international 442079460000 GB'],
    ['007442079460000', jakarta, 'international 442079460000 GB'],
    ['008442079460000', jakarta, 'international 442079460000 GB'],
    ['017442079460000', jakarta, 'international 442079460000 GB'],
    ['4441234', istanbul, 'national 904441234 TR'],
    ['04441234', istanbul, 'national 904441234 TR'],
    ['00979123456789', london, 'premium 979123456789'],
    ['+979123456789', moscow, 'premium 979123456789'],
  ])('%s in %j is %s', (dialled, exchange, expected) => {
    expect(meaning(dialled, exchange)).toBe(expected)
  })

  it.each(['*97', '*67', '#31#', 'vms460', 'w', '12w', 'p8', '*6712'])('%s is still no number', (dialled) => {
    expect(destinationOf(dialled, newYork, [])).toMatchObject({ number: '', kind: 'none' })
  })
})

describe('what was dialled', () => {
  it.each(cases)(
    'reads $dialled in $home.country ($id): $why',
    ({ dialled, home, expected, also_accept, confidence }) => {
      const { country, areaCode, outsideLine, extensionLengths } = home
      const destination = destinationOf(
        dialled,
        { country, area_code: areaCode, outside_line: outsideLine, extension_digits: extensionLengths },
        [],
      )
      const meanings = confidence === 'firm' ? [expected] : [expected, ...(also_accept ?? [])]
      expect(
        meanings.some((meant) => fits(destination, meant)),
        `read as ${JSON.stringify(destination)}`,
      ).toBe(true)
    },
  )

  it.each([
    ['84991234567', 'national 74991234567 RU', 'the other area code of Moscow'],
    ['1234567', 'local 74951234567 RU', 'seven digits complete area code 495'],
    ['9161234567', 'mobile 79161234567 RU', 'a mobile without its trunk prefix'],
    ['810 7 916 123-45-67', 'mobile 79161234567 RU', 'the long way home through 8-10'],
    ['8-10-1-212-555-0123', 'international 12125550123 US', '8-10 and a country of one digit'],
    ['87012345678', 'international 77012345678 KZ', 'a mobile of Kazakhstan shares +7 but is abroad'],
    ['86001234567', 'international 76001234567 KZ', '+7 6 is kept for Kazakhstan'],
    ['858380441234567', 'international 380441234567 UA', 'carrier of choice for calls abroad'],
    ['88091234567', 'premium 78091234567 RU', '8-809 costs more'],
    ['112', 'emergency 112 RU', 'not an extension, though it has three digits'],
    ['09', 'service 09 RU', 'directory enquiries'],
    ['100', 'internal 100', 'the speaking clock gives way to extensions'],
    ['911', 'internal 911', 'an emergency elsewhere'],
    ['81080012345678', 'toll free 80012345678', 'free in every country and of none'],
    ['810881612345678', 'international 881612345678', 'a satellite is in no country'],
    ['8(495)123-45-67', 'national 74951234567 RU', 'brackets around the area code'],
    ['tel:+7-495-123-45-67;phone-context=x', 'national 74951234567 RU', 'a tel URI with a parameter'],
    ['8495123456', 'none', 'a digit short; no number of area 849 without its 8'],
    ['7272123456', 'international 77272123456 KZ', 'Almaty without its 8'],
    ['7495123456', 'none', 'a digit short; no number of Kazakhstan'],
    ['+7495123456', 'none', 'a digit short in the own country'],
    ['+749512345678', 'none', 'a digit too many in the own country'],
    ['12345678', 'none', 'eight digits in an area of seven'],
    ['8592123456789', 'none', 'a carrier of choice and then nobody'],
    ['001112345678', 'none', '00 is no way abroad here, and nobody follows'],
    ['380441234567', 'none', 'another country without a way to it'],
    ['810', 'internal 810', 'three digits'],
    ['8', 'none', 'the trunk prefix and nothing'],
  ])('reads %s in Moscow as %s: %s', (dialled, expected) => {
    expect(meaning(dialled, moscow)).toBe(expected)
  })

  it.each([
    ['5550123', 'local 12125550123 US', 'seven digits'],
    ['(212) 555-0123', 'national 12125550123 US', 'ten digits'],
    ['14165550123', 'international 14165550123 CA', 'Toronto'],
    ['18765550123', 'international 18765550123 JM', 'Jamaica'],
    ['19005550123', 'premium 19005550123 US', '1-900'],
    ['988', 'service 988 US', 'a helpline of three digits'],
    ['112', 'internal 112', 'no fixed line under +1 knows 112'],
    ['101028812125550123', 'national 12125550123 US', '1010 and a carrier'],
    ['1234567', 'none', 'no exchange code begins with the trunk prefix'],
    ['11125550123', 'none', 'no area code begins with 1'],
    ['01144', 'none', 'a country and nobody there'],
  ])('reads %s in New York as %s: %s', (dialled, expected) => {
    expect(meaning(dialled, newYork)).toBe(expected)
  })

  it.each([
    ['79460018', 'local 442079460018 GB', 'eight digits complete area code 20'],
    ['03451234567', 'national 443451234567 GB', '03 costs what a geographic number costs'],
    ['0844 123 4567', 'shared cost 448441234567 GB', 'a service charge'],
    ['0909 879 0123', 'premium 449098790123 GB', '09'],
    ['07700900123', 'mobile 447700900123 GB', 'a range reserved for fiction, amid mobiles'],
    ['07797712345', 'mobile 447797712345 JE', 'Jersey is in the British plan'],
    ['01632960191', 'national 441632960191 GB', 'a range reserved for fiction'],
    ['1632960191', 'national 441632960191 GB', 'the same without its 0'],
    ['00441632960191', 'national 441632960191 GB', 'the same the long way'],
    ['0044770090003', 'mobile 44770090003 GB', 'one digit short, in a plan of several lengths'],
    ['0207946001', 'none', 'one digit short, dialled as London'],
    ['118118', 'service 118118 GB', 'directory enquiries'],
    ['116123', 'service 116123 GB', 'a European helpline'],
    ['0800 1111', 'toll free 448001111 GB', 'eight digits with the 0'],
    ['00 800 1234 5678', 'toll free 80012345678', 'free in every country'],
    ['14102079460018', 'national 442079460018 GB', '141 hides the caller'],
  ])('reads %s in London as %s: %s', (dialled, expected) => {
    expect(meaning(dialled, london)).toBe(expected)
  })

  it.each([
    ['902123456', 'shared cost 34902123456 ES', '902'],
    ['905123456', 'premium 34905123456 ES', '905'],
    ['016', 'service 016 ES', 'a helpline of three digits that begins with 0'],
    ['061', 'emergency 061 ES', 'ambulance'],
    ['11888', 'service 11888 ES', 'directory enquiries'],
    ['34912345678', 'national 34912345678 ES', 'E.164 without the +'],
    ['12345678', 'none', 'eight digits where all have nine'],
  ])('reads %s in Spain as %s: %s', (dialled, expected) => {
    expect(meaning(dialled, madrid)).toBe(expected)
  })

  it.each([
    ['12345', 'local 493012345 DE', 'local numbers have any length'],
    ['12345678', 'local 493012345678 DE', 'local numbers have any length'],
    ['0221 12345', 'national 4922112345 DE', 'Cologne'],
    ['0900 1 234567', 'premium 499001234567 DE', '0900'],
    ['0137 1234567', 'shared cost 491371234567 DE', '0137'],
    ['19222', 'service 19222 DE', 'ambulance transport, in every area'],
    ['030/12345678', 'national 493012345678 DE', 'an area code before a slash'],
    ['0049 (0)30 123456', 'national 4930123456 DE', 'the 0 in brackets is not dialled from abroad'],
    ['493012345678', 'national 493012345678 DE', 'E.164 without the +'],
    ['4930123', 'local 49304930123 DE', 'begins like E.164, but is a local number'],
    ['12345678901', 'none', 'too long for a local number'],
    ['33142685300', 'none', 'too long for Berlin, and Potsdam would begin with 0'],
  ])('reads %s in Berlin as %s: %s', (dialled, expected) => {
    expect(meaning(dialled, berlin)).toBe(expected)
  })

  it.each<[string, Partial<ExchangeFacts>, string, string]>([
    ['01 42 68 53 00', { country: 'FR' }, 'national 33142685300 FR', 'Paris'],
    ['15', { country: 'FR' }, 'emergency 15 FR', 'SAMU'],
    ['0612345678', { country: 'IT', area_code: '06' }, 'national 390612345678 IT', 'Italy keeps its 0'],
    ['3401234567', { country: 'IT', area_code: '06' }, 'mobile 393401234567 IT', 'Italian mobiles have no 0'],
    [
      '221234567',
      { country: 'PL', area_code: '22' },
      'national 48221234567 PL',
      'Poland has no trunk prefix',
    ],
    ['1234567', { country: 'UA', area_code: '44' }, 'local 380441234567 UA', 'Kyiv'],
    ['0800123456', { country: 'UA' }, 'toll free 380800123456 UA', '0 800'],
    [
      '84951234567',
      { country: 'KZ', area_code: '727' },
      'international 74951234567 RU',
      'Russia from Kazakhstan',
    ],
    [
      '88000700123',
      { country: 'KZ' },
      'toll free 78000700123 KZ',
      'toll-free numbers of +7 are those of home',
    ],
    [
      '18885550199',
      { country: 'CA' },
      'toll free 18885550199 CA',
      'toll-free numbers of +1 are those of home',
    ],
    ['3221234', { country: 'BS' }, 'local 12423221234 BS', 'a country with one area code'],
    ['01521987654321', { country: 'BR', area_code: '11' }, 'mobile 5521987654321 BR', '0 and a carrier'],
    ['0015442079460018', { country: 'BR' }, 'international 442079460018 GB', '00 and a carrier'],
    ['09876543210', { country: 'IN', area_code: '11' }, 'mobile 919876543210 IN', 'a mobile with a 0'],
    ['0111512345678', { country: 'AR' }, 'mobile 5491112345678 AR', '15 at home is 9 abroad'],
    ['131234', { country: 'AU', area_code: '2' }, 'shared cost 61131234 AU', 'six digits, but whole'],
    ['0011442079460018', { country: 'AU' }, 'international 442079460018 GB', '0011'],
    ['13912345678', { country: 'CN', area_code: '10' }, 'mobile 8613912345678 CN', 'mobiles have no 0'],
    [
      '06301234567',
      { country: 'HU', area_code: '1' },
      'mobile 36301234567 HU',
      'a trunk prefix of two digits',
    ],
    ['02079460018', { country: 'IM', area_code: '1624' }, 'national 442079460018 GB', 'London from Douglas'],
    ['119', { country: 'JP' }, 'emergency 119 JP', 'fire'],
  ])('reads %s in %j as %s: %s', (dialled, exchange, expected) => {
    expect(meaning(dialled, anExchange(exchange))).toBe(expected)
  })

  it.each([
    ['the start extension', 's'],
    ['a label', 'hangup'],
    ['a feature code', '*97'],
    ['a voicemail box', 'vms460'],
    ['a leg of a ring group', 'RG-600-84951234567#'],
    ['brackets that hold no area code', '6500(5160)'],
    ['a tenant', '10_2000'],
    ['a pause and more digits', '84951234567w123'],
    ['a number and words', '8 495 123 45 67 ext 5'],
    ['a + with nothing after it', '+'],
    ['two +', '++1'],
    ['a calling code alone', '+1'],
    ['a calling code that begins with 0', '+0123456789'],
    ['a calling code that nobody has', '+999123456789'],
    ['sixteen digits', '+1234567890123456'],
    ['digits no exchange sends', '٨٤٩٥١٢٣٤٥٦٧'],
    ['a control character', '84951234567\0'],
    ['a million digits', '9'.repeat(1_000_000)],
    ['a million spaces', ' '.repeat(1_000_000)],
    ['a million marks in the wrong order', 'a\u0315\u0300'.repeat(300_000)],
    ['a million brackets', '('.repeat(1_000_000)],
  ])('picks no number out of %s', (_, dialled) => {
    for (const exchange of [moscow, newYork, london, madrid, berlin, unknown]) {
      expect(destinationOf(dialled, exchange, [])).toEqual({
        number: '',
        kind: 'none',
        country: null,
        prefix_id: null,
      })
    }
  })
})

describe('the outside line', () => {
  const nine = { outside_line: '9' }
  const zero = { outside_line: '0' }

  it.each([
    ['91234567', { ...moscow, ...nine }, 'local 74951234567 RU', 'is stripped before a local number'],
    ['9123456', { ...moscow, ...nine }, 'local 74959123456 RU', 'stays when six digits would be left'],
    ['9161234567', { ...moscow, ...nine }, 'mobile 79161234567 RU', 'stays when it begins a mobile'],
    ['9112', { ...moscow, ...nine }, 'emergency 112 RU', 'is stripped before an emergency number'],
    ['9201', { ...moscow, ...nine }, 'internal 9201', 'stays on an extension'],
    ['9', { ...moscow, ...nine }, 'none', 'alone is nothing'],
    ['911', { ...newYork, ...nine }, 'emergency 911 US', 'stays on an emergency number that begins with it'],
    ['9175550123', { ...newYork, ...nine }, 'national 19175550123 US', 'stays when it begins an area code'],
    ['999', { ...london, ...nine }, 'emergency 999 GB', 'stays on an emergency number that begins with it'],
    ['000493012345678', { ...berlin, ...zero }, 'national 493012345678 DE', 'is stripped before 00'],
    ['012345678', { ...berlin, ...zero }, 'local 493012345678 DE', 'is stripped before a local number'],
    [
      '03012345678',
      { ...berlin, ...zero },
      'national 493012345678 DE',
      'stays when no number has that many digits',
    ],
  ])('of %s in %j leaves %s: it %s', (dialled, exchange, expected) => {
    expect(meaning(dialled, exchange)).toBe(expected)
  })
})

describe('an exchange without a country', () => {
  it.each([
    ['+7 495 123 45 67', 'international 74951234567 RU'],
    ['+800 1234 5678', 'toll free 80012345678'],
    ['201', 'internal 201'],
    ['112', 'internal 112'],
    ['84951234567', 'none'],
  ])('understands only numbers with + and extensions: %s is %s', (dialled, expected) => {
    expect(meaning(dialled, unknown)).toBe(expected)
  })
})

describe('a row of prefix', () => {
  it('reads the number behind a routing code with or without its +', () => {
    const row = aPrefix({ prefix: '85', e164: '' })
    expect(destinationOf('85+441632960155', berlin, [row]).number).toBe('441632960155')
    expect(destinationOf('85441632960155', berlin, [row]).number).toBe('441632960155')
    expect(destinationOf('85++441632960155', berlin, [row]).kind).toBe('none')
  })

  it('puts E.164 digits in place of what was dialled', () => {
    const row = aPrefix({ id: 5, prefix: '810', e164: '' })
    expect(destinationOf('810442079460018', moscow, [row])).toEqual({
      number: '442079460018',
      kind: 'international',
      country: 'GB',
      prefix_id: 5,
    })
  })

  it('leaves the whole string to the numbering plan when it has no E.164 digits', () => {
    const row = aPrefix({ id: 5, prefix: '8', kind: 'mobile' })
    expect(destinationOf('84951234567', moscow, [row])).toEqual({
      number: '74951234567',
      kind: 'mobile',
      country: 'RU',
      prefix_id: 5,
    })
  })

  it('wins when it is longer and the digits that follow are as many as it says', () => {
    const short = aPrefix({ id: 1, prefix: '8', e164: '7' })
    const exact = aPrefix({ id: 2, prefix: '853', e164: '7', digits_from: 10, digits_to: 10 })
    expect(destinationOf('8534951234567', moscow, [short, exact])).toMatchObject({
      number: '74951234567',
      prefix_id: 2,
    })
    expect(destinationOf('85312345678', moscow, [short, exact])).toMatchObject({
      number: '75312345678',
      prefix_id: 1,
    })
  })

  it('of this exchange wins over one for everywhere', () => {
    const everywhere = aPrefix({ id: 1, e164: '7' })
    const here = aPrefix({ id: 2, e164: '49', source_id: 3 })
    for (const rows of [
      [everywhere, here],
      [here, everywhere],
    ]) {
      expect(destinationOf('83012345678', moscow, rows)).toMatchObject({
        number: '493012345678',
        prefix_id: 2,
      })
    }
  })

  it('makes an extension of an emergency number', () => {
    const row = aPrefix({ id: 7, prefix: '112', digits_to: 0, kind: 'internal', source_id: 3 })
    expect(destinationOf('112', berlin, [row])).toEqual({
      number: '112',
      kind: 'internal',
      country: null,
      prefix_id: 7,
    })
    expect(meaning('1125', berlin, [row])).toBe('internal 1125')
    expect(destinationOf('11234567', berlin, [row])).toMatchObject({ kind: 'local', prefix_id: null })
  })

  it('gives a service its own digits and the country of the exchange', () => {
    const row = aPrefix({ prefix: '*100', kind: 'service' })
    expect(meaning('*100#', moscow, [row])).toBe('service *100 RU')
  })

  it('of kind none says that it is no number', () => {
    expect(destinationOf('84951234567', moscow, [aPrefix({ id: 4, kind: 'none' })])).toEqual({
      number: '',
      kind: 'none',
      country: null,
      prefix_id: 4,
    })
  })

  it('is not asked about a string that is too long to have been dialled', () => {
    const row = aPrefix({ prefix: '9', kind: 'service' })
    expect(meaning('9'.repeat(40), moscow, [row])).toBe(`service ${'9'.repeat(40)} RU`)
    expect(destinationOf('9'.repeat(41), moscow, [row])).toMatchObject({ kind: 'none', prefix_id: null })
  })

  it('does not make a number of too few digits or of letters', () => {
    const row = aPrefix({ prefix: '810', e164: '', kind: 'international' })
    expect(meaning('8105', moscow, [row])).toBe('none')
    expect(meaning('810hangup', moscow, [row])).toBe('none')
    expect(meaning('8101234567890123456', moscow, [row])).toBe('none')
  })
})

describe('the caller', () => {
  it.each<[string, ExchangeFacts, string]>([
    ['+7 (495) 123-45-67', moscow, '74951234567'],
    ['4951234567', moscow, '74951234567'],
    ['1234567', moscow, '74951234567'],
    ['81079161234567', moscow, '79161234567'],
    ['sip:+74951234567@very.long.domain.example', moscow, '74951234567'],
    ['201', moscow, '201'],
    ['9201', { ...moscow, outside_line: '9' }, '9201'],
    ['9123456', { ...irkutsk, outside_line: '9' }, '9123456'],
    ['105', london, '105'],
    ['07700900123', london, '447700900123'],
    ['380441234567', moscow, '380441234567'],
    ['12025550143', berlin, '12025550143'],
    ['0000000000', newYork, '0000000000'],
    [' anonymous ', moscow, 'anonymous'],
    ['"Bob" <201>', moscow, '"Bob" <201>'],
    ['', moscow, ''],
  ])('%j in %j is %j', (src, exchange, expected) => {
    expect(callerOf(src, exchange)).toBe(expected)
  })
})

describe('the digits that prefixes are compared with', () => {
  it.each([
    ['8 (495) 123-45.67', '84951234567', 'punctuation'],
    ['８４９５', '8495', 'full width'],
    ['SIP:8495;user=phone@host', '8495', 'scheme, parameters, host'],
    [' tel:+7/495', '+7495', 'space before the scheme'],
    ['*31#8495', '*31#8495', 'stars and hashes stay'],
    ['8495@host\nmore', '8495', 'a host of two lines'],
    ['vms460', 'vms460', 'letters stay'],
    ['1'.repeat(50), '1'.repeat(40), 'at most 40 characters'],
  ])('of %j are %j: %s', (dialled, expected) => {
    expect(dialledDigits(dialled)).toBe(expected)
  })
})
