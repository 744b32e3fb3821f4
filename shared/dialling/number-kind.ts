// What a number is to those who dial it: whose, and of what kind.

import { countryOf } from './libphonenumber.ts'
import type { NumberingPlan } from './libphonenumber.ts'
import { kindInUse, kindOfNeighbours } from './numbering-plan.ts'

export type NumberKind =
  | 'internal'
  | 'emergency'
  | 'service'
  | 'toll free'
  | 'premium'
  | 'shared cost'
  | 'local'
  | 'national'
  | 'mobile'
  | 'international'
  | 'none'

/** The number (E.164 without +, or a short number as it is) with its country, and whether libphonenumber knows it to be in use. */
export interface Analysis {
  number: string
  kind: NumberKind
  country: string | null
  isInUse: boolean
}

// Their numbers are part of the plan of the country they belong to and dialled like its own, so a call between them is no
// international one and a mobile there is a mobile. Countries that share a plan as equals, as under +1 and +7, stay abroad
// to each other.
const belongsTo: Readonly<Record<string, string>> = {
  GG: 'GB',
  IM: 'GB',
  JE: 'GB',
  AX: 'FI',
  SJ: 'NO',
  CC: 'AU',
  CX: 'AU',
}

/**
 * Reads E.164 digits without +, as dialled in the country of a plan (null: no country is home, all are abroad). Null when
 * they are fewer than 7 or more than 15 (ITU-T E.164).
 */
export function numberKind(number: string, plan: NumberingPlan | null): Analysis | null {
  if (!/^[1-9]\d{6,14}$/.test(number)) return null
  const national = plan && number.startsWith(plan.callingCode) ? number.slice(plan.callingCode.length) : ''
  const known = plan && kindInUse(national, plan)
  if (known) return { number, kind: known, country: plan.country, isInUse: true }
  const { country, kind, isInUse } = countryOf(number)
  if (plan && country !== null && homeland(country) === homeland(plan.country)) {
    return { number, kind: isInUse ? kind : kindOfNeighbours(national, plan), country, isInUse }
  }
  // Of no country: +800 is free from everywhere, +979 premium (ITU-T E.169.2).
  if (country === null && number.startsWith('979')) return { number, kind: 'premium', country, isInUse }
  const isFree = country === null && kind === 'toll free'
  return { number, kind: isFree ? kind : 'international', country, isInUse }
}

function homeland(country: string): string {
  return belongsTo[country] ?? country
}
