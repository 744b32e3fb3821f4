// How long numbers are kept.

import { Complaint } from '../errors/complaint.ts'

const monthsMost = 1200

/** Months after a call; null: for ever. Throws a Complaint. */
export function readKeepNumbers(env: NodeJS.ProcessEnv): number | null {
  const written = env['KEEP_NUMBERS_MONTHS'] ?? ''
  if (written === '') return null
  const months = Number(written)
  if (!/^\d+$/.test(written) || months < 1 || months > monthsMost)
    throw new Complaint(
      `Configuration: KEEP_NUMBERS_MONTHS must be a whole number from 1 to ${monthsMost}, or empty, not "${written}".`,
    )
  return months
}
