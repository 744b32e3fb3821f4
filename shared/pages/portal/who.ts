// Who comes to the portal, and what of: clients, a span of their own days.

import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'
import type { Role } from '../../web/person.ts'

export const clientOnly: readonly Role[] = ['client']
export const pageMost = 100
const daysMost = 92
const dayMs = 86_400_000

/** By the clock of the person. */
export const today = ({ person }: Pick<Visit, 'person'>, at = new Date()): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: person.time_zone }).format(at)

/** The days asked for, the last one too; the last 31 if none are. Throws a Complaint for more than a page can look through. */
export function daysOf(visit: Pick<Visit, 'person' | 'query'>): { from: string; until: string } {
  const day = (name: 'from' | 'until', otherwise: string): string => {
    const given = visit.query[name] ?? ''
    if (!/^\d{4}-\d\d-\d\d$/.test(given)) return otherwise
    const at = Date.parse(given)
    if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(given))
      throw new Complaint(`There is no day ${given}.`)
    return given
  }
  const until = day('until', today(visit))
  const from = day('from', new Date(Date.parse(until) - 30 * dayMs).toISOString().slice(0, 10))
  const days = (Date.parse(until) - Date.parse(from)) / dayMs + 1
  if (!(days >= 1 && days <= daysMost)) throw new Complaint(`From 1 to ${daysMost} days at a time, please.`)
  return { from, until }
}
