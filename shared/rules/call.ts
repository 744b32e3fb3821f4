// A call as rules see it: one that ended, or one that is still going on or waits for its price.

import { parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** Windows are of whole minutes. */
export const minuteMs = 60_000

export interface RuleCall {
  /** The id of the call; of one that is going on the id of its reservation. */
  key: string
  /** Epoch milliseconds. */
  began: number
  ended: number
  source: number | null
  client: number | null
  provider: number | null
  direction: string | null
  kind: string | null
  country: string | null
  number: string | null
  answered: boolean
  /** Seconds. */
  billable: number
  duration: number
  currency: string | null
  total: Money | null
  master: Money | null
  cost: Money | null
  costCurrency: string | null
}

/** A row of recent_call, or one like it. */
export interface CallRow {
  call_id: string | number
  began_ms: number
  ended_ms: number
  source_id: number | null
  client_id: number | null
  provider_id: number | null
  direction: string | null
  kind: string | null
  country: string | null
  number: string | null
  answered: boolean
  billable_sec: number
  duration: number
  currency: string | null
  total: string | null
  master_total: string | null
  cost: string | null
  cost_currency: string | null
}

/** What must be selected for a CallRow. */
export const callColumns = `call_id, (extract(epoch from calldate) * 1000)::float8 as began_ms, (extract(epoch from ended_at) * 1000)::float8 as ended_ms,
  source_id, client_id, provider_id, direction, kind, country, number, answered, billable_sec::float8, duration::float8, currency,
  total::text, master_total::text, cost::text, cost_currency`

const decided = `call_id, nr, calldate, duration, source_id, client_id, provider_id, direction, kind, country, number, answered, billable_sec,
  currency, total, master_total, cost, cost_currency, calldate + duration * interval '1 second' as ended_at`

/** Decisions of any age for which a condition holds, as rows from which a CallRow can be selected. */
export const decisions = (where: string): string => `(
  select ${decided} from rating_decision where answered is not null and ${where}
  union all
  select ${decided} from archived_decision where answered is not null and ${where}
)`

const money = (text: string | null): Money | null => (text === null ? null : parseMoney(text))

export function toRuleCall(row: CallRow): RuleCall {
  return {
    key: String(row.call_id),
    began: row.began_ms,
    ended: row.ended_ms,
    source: row.source_id,
    client: row.client_id,
    provider: row.provider_id,
    direction: row.direction,
    kind: row.kind,
    country: row.country,
    number: row.number,
    answered: row.answered,
    billable: row.billable_sec,
    duration: row.duration,
    currency: row.currency,
    total: money(row.total),
    master: money(row.master_total),
    cost: money(row.cost),
    costCurrency: row.cost_currency,
  }
}
