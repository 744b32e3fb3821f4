// Which tarif rows can price a call, which of them wins, and what is free without a row.

import { hasHours } from './hours.ts'
import type { Plan } from './plan.ts'

/** Other terms from a second of the call on; step_sec null: the row's. */
export interface TarifStep {
  from_sec: number
  price: string
  step_sec: number | null
}

/** A row of tarif as PostgreSQL writes it in JSON; amounts as text, price per minute. */
export interface Tarif {
  id: number
  tarifnum: number
  prefix_id: number | null
  code: string
  price: string
  connect_fee: string
  first_sec: number | null
  step_sec: number | null
  max_charge: string | null
  days: readonly number[] | null
  from_time: string | null
  to_time: string | null
  direction: 'out' | 'in'
  steps: readonly TarifStep[] | null
}

export interface CallToPrice {
  number: string
  prefix_id: number | null
  kind: string
  direction: 'out' | 'in'
  billable_sec: number
  /** Epoch milliseconds. */
  answered_at: number
}

export type Rule =
  | 'price'
  | 'not billable'
  | 'within the grace period'
  | 'internal calls are free'
  | 'emergency calls are free'
  | 'toll-free calls are free'
  | 'incoming calls are free'

// Free to call, and their numbers are no E.164.
const freeShortKinds = ['internal', 'emergency']
// ITU-T E.164, list of assigned country codes: one, two or else three digits.
const countryCode = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|...)/
const freeKinds: Readonly<Record<string, Rule>> = {
  internal: 'internal calls are free',
  emergency: 'emergency calls are free',
  'toll free': 'toll-free calls are free',
}

/**
 * The rows that can price the call, the stronger first: longest code, own prefix before any, own plan before base, with hours
 * before without. At any moment the first row in force wins. Rows of equal strength cannot be written; the older would win.
 */
export function rankedTarifs(
  call: CallToPrice,
  chain: readonly Plan[],
  candidates: readonly Tarif[],
): Tarif[] {
  const codesFrom = shortestCode(call)
  const depth = (row: Tarif) => chain.findIndex((plan) => plan.tarifnum === row.tarifnum)
  return candidates
    .filter(
      (row) =>
        row.direction === call.direction &&
        (row.prefix_id === null ? row.code.length >= codesFrom : row.prefix_id === call.prefix_id) &&
        call.number.startsWith(row.code) &&
        depth(row) >= 0,
    )
    .sort(
      (a, b) =>
        b.code.length - a.code.length ||
        Number(a.prefix_id === null) - Number(b.prefix_id === null) ||
        depth(a) - depth(b) ||
        Number(hasHours(b)) - Number(hasHours(a)) ||
        a.id - b.id,
    )
}

/**
 * How long a code must be to speak of an outgoing call however it was dialled (docs/decisions/0004): code 1 must not make 112 a call to
 * America, nor code 49 a toll-free one a call to Germany. A service number, which must have a price, has it by its whole number.
 */
function shortestCode({ direction, kind, number }: CallToPrice): number {
  if (direction === 'in') return 0
  if (freeShortKinds.includes(kind)) return Infinity
  if (kind === 'service') return number.length
  if (kind !== 'toll free' || number.startsWith('800')) return 0
  return (countryCode.exec(number)?.[0].length ?? 0) + 1
}

/** The rule by which a call is free whatever rows there are: free kinds of number, and incoming calls where no row of the chain prices any. */
export function freeByRule(call: CallToPrice, rows: readonly Tarif[], chainHasIn: boolean): Rule | null {
  if (call.direction === 'out') return freeKinds[call.kind] ?? null
  return chainHasIn || rows.length > 0 ? null : 'incoming calls are free'
}
