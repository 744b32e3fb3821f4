// What the package libphonenumber-js is asked, and the numbering plan of each country compiled from its metadata.

import {
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import type { CountryCode, PhoneNumberType } from 'libphonenumber-js/max'
import metadata from 'libphonenumber-js/max/metadata'

/** What a number of one's own country is; of other countries a bill only says that they are others. */
export type InlandKind = 'toll free' | 'premium' | 'shared cost' | 'national' | 'mobile'

export interface NumberingPlan {
  /** ISO 3166. */
  country: CountryCode
  callingCode: string
  /** What is dialled before a number abroad: 00, 011, 810. */
  abroadPrefix: RegExp
  /** What is dialled before an area code, 0 or 8; null in a country that has no such thing. */
  trunkPrefix: string | null
  /** The trunk prefix as it is recognised: in places with a choice of carrier, or completing a local number. */
  trunk: RegExp | null
  trunkReplacement: string | null
  /** How its national numbers look, and those of the country that leads where several share a calling code. */
  shapes: readonly RegExp[]
  /** Lengths at which a number of the right shape is one, also when it belongs to nobody yet or only to fiction. */
  usualLengths: ReadonlySet<number>
  /** Lengths of all its numbers, short special ones included. */
  lengths: readonly number[]
  /** Every subscriber's number has the same length. */
  isFixedLength: boolean
  /** Subscribers' numbers have many lengths, so that a length proves nothing: Germany, Austria, Italy. */
  isOpen: boolean
  kinds: readonly { kind: InlandKind; lengths: ReadonlySet<number>; pattern: RegExp }[]
}

// Metadata of libphonenumber-js as its METADATA.md describes it; its own types know four of these.
interface Described {
  IDDPrefix(): string
  nationalPrefix(): string | 0
  nationalPrefixForParsing(): string | 0
  nationalPrefixTransformRule(): string | 0
  nationalNumberPattern(): string
  possibleLengths(): number[]
  type(name: PhoneNumberType): { pattern(): string; possibleLengths(): number[] } | undefined
}

// In the order in which libphonenumber asks: where two patterns overlap the first one counts.
const kindsByType: readonly [PhoneNumberType, InlandKind][] = [
  ['FIXED_LINE', 'national'],
  ['MOBILE', 'mobile'],
  ['PREMIUM_RATE', 'premium'],
  ['TOLL_FREE', 'toll free'],
  ['SHARED_COST', 'shared cost'],
  ['VOIP', 'national'],
  ['PERSONAL_NUMBER', 'national'],
  ['PAGER', 'national'],
  ['UAN', 'national'],
  ['VOICEMAIL', 'national'],
]

// Where libphonenumber and a bill differ. Ofcom: 084 and 087 carry a service charge below that of premium rate, which is
// 09. Spain's plan: 905 and 907 are of premium rate (tarificación adicional). ITU: +7 6 is kept for Kazakhstan, which has
// not opened it.
const kindsFirst: Readonly<Record<string, NumberingPlan['kinds']>> = {
  '44': [{ kind: 'shared cost', lengths: new Set([10]), pattern: /^8[47]/ }],
  '34': [{ kind: 'premium', lengths: new Set([9]), pattern: /^90[57]/ }],
}

const shapesToo: Readonly<Record<string, string[]>> = { '7': ['6\\d{9}'] }
const kazakhstan = /^7[67]/

const plans = new Map<string, NumberingPlan | null>()
const leadersByCallingCode = new Map(
  Object.entries(metadata.country_calling_codes).map(([callingCode, [leader]]) => [
    callingCode,
    leader ?? null,
  ]),
)
const callingCodes = new Set([...leadersByCallingCode.keys(), ...Object.keys(metadata.nonGeographic)])

/** The numbering plan of a country (ISO 3166); null where there is none. Compiled once; it is constant. */
export function planOf(country: string | null): NumberingPlan | null {
  if (country === null) return null
  const known = plans.get(country)
  if (known !== undefined) return known
  const plan = isSupportedCountry(country) ? compiled(country) : null
  plans.set(country, plan)
  return plan
}

/** The numbering plan of a calling code, of the leading country where several share it; null for global services. */
export function planOfCallingCode(callingCode: string): NumberingPlan | null {
  return planOf(leadersByCallingCode.get(callingCode) ?? null)
}

/** The calling code that begins a number (E.164 without +), or null when it is nobody's. */
export function callingCodeOf(number: string): string | null {
  return [1, 2, 3].map((length) => number.slice(0, length)).find((code) => callingCodes.has(code)) ?? null
}

/**
 * The country (ISO 3166) of a number (E.164 without +), null for global services; what the number is to those who dial
 * it there; and whether libphonenumber knows it to be in use.
 */
export function countryOf(number: string): { country: string | null; kind: InlandKind; isInUse: boolean } {
  const phone = parsePhoneNumberFromString(`+${number}`)
  const type = phone?.getType()
  const kind = kindsByType.find(([name]) => name === type)?.[1] ?? 'national'
  const leader = leadersByCallingCode.get(callingCodeOf(number) ?? '') ?? null
  const country = kazakhstan.test(number) ? 'KZ' : (phone?.country ?? leader)
  return { country, kind, isInUse: type !== undefined }
}

function compiled(country: CountryCode): NumberingPlan {
  const own = describedBy(country)
  const callingCode = getCountryCallingCode(country)
  const leader = describedBy(leadersByCallingCode.get(callingCode) ?? country)
  const trunk = own.nationalPrefixForParsing()
  const lengthsOf = (type: PhoneNumberType) => own.type(type)?.possibleLengths() ?? []
  const lengths = new Set([...lengthsOf('FIXED_LINE'), ...lengthsOf('MOBILE')])
  const isOpen = lengths.size > 5
  const shapes = [
    own.nationalNumberPattern(),
    leader.nationalNumberPattern(),
    ...(shapesToo[callingCode] ?? []),
  ]
  return {
    country,
    callingCode,
    abroadPrefix: new RegExp(`^(?:${own.IDDPrefix()})(?=[1-9])`),
    trunkPrefix: own.nationalPrefix() || null,
    trunk: trunk ? new RegExp(`^(?:${trunk})`) : null,
    trunkReplacement: own.nationalPrefixTransformRule() || null,
    shapes: [...new Set(shapes)].map(entirely),
    usualLengths: isOpen
      ? lengths
      : new Set([Math.max(...lengthsOf('FIXED_LINE')), Math.max(...lengthsOf('MOBILE'))]),
    lengths: own.possibleLengths(),
    isFixedLength: lengths.size === 1,
    isOpen,
    kinds: [...(kindsFirst[callingCode] ?? []), ...kindsOf(own)],
  }
}

function kindsOf(described: Described): NumberingPlan['kinds'] {
  return kindsByType.flatMap(([type, kind]) => {
    const found = described.type(type)
    // The pattern is empty where it would repeat that of fixed lines.
    if (!found?.pattern()) return []
    return [{ kind, lengths: new Set(found.possibleLengths()), pattern: entirely(found.pattern()) }]
  })
}

function describedBy(country: CountryCode): Described {
  const plans = new Metadata()
  plans.selectNumberingPlan(country)
  // The declared type of a plan leaves out most of what METADATA.md describes and the class has.
  return plans.numberingPlan as unknown as Described
}

function entirely(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}
