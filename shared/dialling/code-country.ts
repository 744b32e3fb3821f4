// Of which country the numbers are that begin with a code.

import { countryOf, planOf } from './libphonenumber.ts'

/** The calling code of a country (ISO 3166); null where there is none. */
export const callingCodeOfCountry = (country: string): string | null => planOf(country)?.callingCode ?? null

/** Whether numbers of the country begin with the code, as far as some numbers of the usual length tell where several countries share a calling code. */
export function isOfCountry(code: string, country: string): boolean {
  const plan = planOf(country)
  if (!plan) return false
  if (plan.callingCode.startsWith(code)) return true
  if (!code.startsWith(plan.callingCode)) return false
  const length = plan.callingCode.length + Math.max(...plan.usualLengths)
  return ['2', '5', '8'].some((digit) => countryOf(code.padEnd(length, digit)).country === country)
}
