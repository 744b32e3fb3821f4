// What people type behind a program's name.

import { Complaint } from '../errors/complaint.ts'

/** A whole number from 0; throws a Complaint that names the argument. */
export function readWhole(name: string, written: string | undefined): number {
  if (written === undefined) throw new Complaint(`${name} is missing.`)
  if (!/^\d{1,9}$/.test(written)) throw new Complaint(`${name} must be a whole number, not "${written}".`)
  return Number(written)
}

/** A date or a moment, ISO 8601; a date alone is midnight UTC. Throws a Complaint that names the argument. */
export function readInstant(name: string, written: string | undefined): Date {
  if (written === undefined) throw new Complaint(`${name} is missing.`)
  const moment = new Date(written)
  if (!/^\d{4}-\d{2}-\d{2}/.test(written) || Number.isNaN(moment.getTime())) {
    throw new Complaint(
      `${name} must be a date such as 2026-12-01 or 2026-12-01T08:00:00Z, not "${written}".`,
    )
  }
  return moment
}

/** 'beginning', or a date and time as a source writes it; throws a Complaint that names the argument. */
export function readPlace(name: string, written: string | undefined): string {
  const given = written?.trim().replace('T', ' ')
  if (given !== undefined && /^(beginning|\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?)$/.test(given))
    return given
  throw new Complaint(
    `${name} must be "beginning", or a moment as the source writes it, such as "2026-11-21 08:00", not "${written ?? ''}".`,
  )
}

/** A month such as 2026-10, as its first day; throws a Complaint that names the argument. */
export function readMonth(name: string, written: string | undefined): string {
  if (written === undefined) throw new Complaint(`${name} is missing: a month such as 2026-10.`)
  if (!/^20\d{2}-(0[1-9]|1[0-2])$/.test(written))
    throw new Complaint(`${name} must be a month such as 2026-10, not "${written}".`)
  return `${written}-01`
}

/** What one of several databases is called; throws a Complaint that names the argument. */
export function readName(name: string, written: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(written)) return written
  throw new Complaint(`${name} must be a name of small letters, digits and hyphens, such as west.`)
}
