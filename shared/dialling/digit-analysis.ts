// How the numbering plan of the exchange's country reads what was dialled.
//
// In this order: + and a number; emergency and service numbers; extensions; what follows the outside line; the whole
// string. What libphonenumber knows to be in use backs up unusual ways of dialling. It never refuses a usual one, because
// some carrier connected the call: a shape and a length that the country has are enough there, and 7 to 15 digits (ITU-T
// E.164) abroad.

import { isEmergency } from './emergency-numbers.ts'
import { callingCodeOf, planOf, planOfCallingCode } from './libphonenumber.ts'
import type { NumberingPlan } from './libphonenumber.ts'
import { numberKind } from './number-kind.ts'
import type { Analysis } from './number-kind.ts'
import { isNational, withoutTrunk } from './numbering-plan.ts'
import { isService, isServiceUnlessExtension } from './service-codes.ts'

/** Columns of table source. */
export interface ExchangeFacts {
  country: string | null
  area_code: string | null
  outside_line: string | null
  extension_digits: readonly number[] | null
}

// Ways of dialling that libphonenumber leaves out, with what they amount to. They count only when a number in use follows.
const northAmerica: readonly [RegExp, string][] = [
  // 101XXXX chooses a carrier; 0 and 01 ask the operator to connect.
  [/^101\d{4}(?=[01])/, ''],
  [/^0(?=[2-9]\d{9}$)/, '1'],
  [/^01(?=[2-9]\d{7})/, '011'],
]
const detours: Readonly<Record<string, readonly [RegExp, string][]>> = {
  // Carrier of choice: 8 2X or 8 5X for the country's numbers, other digits of the same decades for those abroad.
  RU: [
    [/^8[25][1-5](?=\d{10}$)/, '8'],
    [/^8[25][6-9](?:10)?(?=[1-9]\d{9})/, '810'],
  ],
  // Call by call: 010XY or 0100XY before a whole number.
  DE: [[/^010(?:[1-9]\d|0\d\d)(?=0)/, '']],
  US: northAmerica,
  CA: northAmerica,
  // Hiding or showing the caller's number for one call.
  GB: [[/^(?:141|1470)(?=0)/, '']],
  ES: [[/^067(?=\d{9})/, '']],
  // Until August 2019 044 and 045 called a mobile, 01 another area; records of before are read as they were meant.
  MX: [[/^0(?:44|45|1)(?=\d{10}$)/, '']],
  // Each carrier has its own way abroad; the plan names two of them.
  ID: [[/^0(?:01|07|08|09|17)(?=[1-9]\d{6})/, '008']],
  // Numbers of companies, the same in the whole country and never behind an area code.
  TR: [[/^0?444(?=\d{4}$)/, '0090444']],
}

// Hiding or showing the caller's number for one call, as networks and exchanges take it: *67 and *82 (North America), *31# and #31# (ETSI).
const callerShown = /^(?:\*67|\*82|\*31#|#31#|\*30#|#30#|\*31\*)(?=\+?\d{5})/

// The Bundesnetzagentur gives out numbers of at most 11 digits, area code included; a local number cannot be longer.
const longestOpenNumber = 11

/** Reads digits, with or without + before them, as dialled on an exchange. Null: no number that anybody could have dialled. */
export function analyse(written: string, exchange: ExchangeFacts): Analysis | null {
  const plan = planOf(exchange.country)
  const dialled = written.replace(callerShown, '')
  if (dialled.startsWith('+')) return readInternational(dialled.slice(1), plan)
  if (exchange.outside_line && dialled.startsWith(`${exchange.outside_line}+`))
    return readInternational(dialled.slice(exchange.outside_line.length + 1), plan)
  if (!/^\d+$/.test(dialled)) return null
  const outside =
    exchange.outside_line && dialled.startsWith(exchange.outside_line)
      ? dialled.slice(exchange.outside_line.length)
      : ''
  const short = plan && (readShort(dialled, plan) ?? readShort(outside, plan))
  if (short) return short
  if (exchange.extension_digits?.includes(dialled.length)) {
    return { number: dialled, kind: 'internal', country: null, isInUse: true }
  }
  if (!plan) return null
  // Some records leave the outside line out, and its digit begins a number.
  return (
    (outside === '' ? null : readOutside(outside, plan, exchange.area_code)) ??
    readOutside(dialled, plan, exchange.area_code)
  )
}

function readShort(digits: string, { country, callingCode }: NumberingPlan): Analysis | null {
  const short = { number: digits, country, isInUse: true }
  if (isEmergency(digits, country, callingCode)) return { ...short, kind: 'emergency' }
  if (isService(digits, country, callingCode)) return { ...short, kind: 'service' }
  return null
}

function readOutside(digits: string, plan: NumberingPlan, areaCode: string | null): Analysis | null {
  if (isServiceUnlessExtension(digits, plan.country, plan.callingCode)) {
    return { number: digits, kind: 'service', country: plan.country, isInUse: true }
  }
  return (
    readDetour(digits, plan, areaCode) ?? readPlainly(digits, plan, areaCode) ?? readAfter00(digits, plan)
  )
}

function readDetour(digits: string, plan: NumberingPlan, areaCode: string | null): Analysis | null {
  const detour = detours[plan.country]?.find(([pattern]) => pattern.test(digits))
  if (!detour) return null
  const analysis = readPlainly(digits.replace(...detour), plan, areaCode)
  return analysis?.isInUse ? analysis : null
}

function readPlainly(digits: string, plan: NumberingPlan, areaCode: string | null): Analysis | null {
  const abroad = plan.abroadPrefix.exec(digits)
  const international = abroad && readInternational(digits.slice(abroad[0].length), plan)
  return international ?? readInland(digits, plan, areaCode)
}

// 00 is what ITU-T E.164 recommends and mobile telephones take, also where the exchanges of the country have another.
function readAfter00(digits: string, plan: NumberingPlan): Analysis | null {
  const analysis = digits.startsWith('00') ? readInternational(digits.slice(2), plan) : null
  return analysis?.isInUse ? analysis : null
}

function readInternational(digits: string, plan: NumberingPlan | null): Analysis | null {
  const callingCode = callingCodeOf(digits)
  if (callingCode === null) return null
  const there = planOfCallingCode(callingCode)
  // +52 1 was a mobile of Mexico until 2019: no number there has eleven digits.
  const rest = digits.slice(callingCode.length).replace(callingCode === '52' ? /^1(?=\d{10}$)/ : /^$/, '')
  // +44 (0)20: the trunk prefix is not part of the number.
  const stripped = there && !isNational(rest, there) ? withoutTrunk(rest, there) : rest
  const national = there && isNational(stripped, there) ? stripped : rest
  if (plan?.callingCode === callingCode && !couldBeOwn(national, plan)) return null
  return numberKind(callingCode + national, plan)
}

function couldBeOwn(national: string, plan: NumberingPlan): boolean {
  if (isNational(national, plan)) return true
  if (plan.isFixedLength) return false
  return national.length >= Math.min(...plan.lengths) && national.length <= Math.max(...plan.lengths)
}

function readInland(digits: string, plan: NumberingPlan, areaCode: string | null): Analysis | null {
  const stripped = withoutTrunk(digits, plan)
  if (stripped !== digits && isNational(stripped, plan)) {
    const analysis = numberKind(plan.callingCode + stripped, plan)
    return stripped.length > digits.length ? asLocal(analysis) : analysis
  }
  const analysis =
    plan.trunkPrefix === null
      ? (readWhole(digits, plan) ?? readLocal(digits, plan, areaCode))
      : (readLocal(digits, plan, areaCode) ?? readWhole(digits, plan))
  if (analysis) return analysis
  // The country's own number as the whole world dials it, without the +.
  const own = digits.startsWith(plan.callingCode) ? digits.slice(plan.callingCode.length) : ''
  return isNational(own, plan) ? numberKind(digits, plan) : null
}

// A whole number without a trunk prefix. Where there should be one and lengths prove nothing, it would be a local number.
function readWhole(digits: string, plan: NumberingPlan): Analysis | null {
  if (plan.isOpen && plan.trunkPrefix !== null) return null
  if (!isNational(digits, plan)) return null
  const analysis = numberKind(plan.callingCode + digits, plan)
  // 8 495 123456 in Russia is a digit short of a number dialled with its trunk prefix, and no number of area 849.
  const couldBeShort = [plan.trunkPrefix, plan.callingCode].some(
    (front) => front !== null && digits.startsWith(front),
  )
  return couldBeShort && !analysis?.isInUse ? null : analysis
}

function readLocal(digits: string, plan: NumberingPlan, areaCode: string | null): Analysis | null {
  if (!areaCode) return null
  // Digits that lead out of the area begin no number in it.
  if (['0', plan.trunkPrefix].some((front) => front !== null && digits.startsWith(front))) return null
  const whole = areaCode + digits
  const national = isNational(whole, plan) ? whole : withoutTrunk(whole, plan)
  if (!isNational(national, plan)) return null
  if (plan.isOpen && (digits.length < 3 || national.length > longestOpenNumber)) return null
  return asLocal(numberKind(plan.callingCode + national, plan))
}

function asLocal(analysis: Analysis | null): Analysis | null {
  return analysis?.kind === 'national' ? { ...analysis, kind: 'local' } : analysis
}
