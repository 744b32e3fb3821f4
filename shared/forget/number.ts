// A number as it is typed, and how it may be written where it is kept.

import { callingCodeOf, planOf } from '../dialling/libphonenumber.ts'
import { Complaint } from '../errors/complaint.ts'

/** E.164 without +. `trunk`: what is dialled before it within its country, where an exchange stands there; null where none does. */
export interface Sought {
  number: string
  callingCode: string
  trunk: string | null
}

/** Throws a Complaint where it is no whole number with its country code. `countries` are those of the exchanges, ISO 3166. */
export function readNumber(written: string, countries: readonly string[]): Sought {
  const number = written.replace(/[\s()./-]/g, '').replace(/^\+/, '')
  const callingCode = callingCodeOf(number)
  if (!/^\s*\+/.test(written) || !/^[1-9]\d{6,14}$/.test(number) || callingCode === null)
    throw new Complaint(
      `--number must be a whole number with + and its country code, such as +493012345678, not "${written}".`,
    )
  const plan = countries.map(planOf).find((own) => own?.callingCode === callingCode)
  return { number, callingCode, trunk: plan ? (plan.trunkPrefix ?? '') : null }
}
