// A rule as people keep it in table rule.

import type { Hours } from '../rating/hours.ts'

export type MetricName =
  | 'value'
  | 'master value'
  | 'cost'
  | 'margin %'
  | 'calls'
  | 'answered calls'
  | 'minutes'
  | 'distinct numbers'
  | 'calls at one time'
  | 'channels above paid'
  | 'longest call'
  | 'short calls'
  | 'sequential numbers'
  | 'calls to new countries'
  | 'ASR %'
  | 'ACD'
  | 'CIC'

/** Figures of the system as it is now, measured by watch and not made of calls, and what they are in. */
export const stateMetrics = {
  'source silent': 'seconds',
  'source behind': 'seconds',
  'money that waits': 'money',
  'stage silent': 'seconds',
  'rollup behind': 'seconds',
  'deliveries given up': 'deliveries',
  'reservations overdue': 'reservations',
} as const
export type StateMetric = keyof typeof stateMetrics

export function isStateMetric(metric: MetricName | StateMetric): metric is StateMetric {
  return metric in stateMetrics
}

export type Scope = 'client' | 'provider' | 'source' | 'country' | 'all'

/** A row of table rule. `within` and `against` are minutes, `close_after` seconds; amounts and per cents as PostgreSQL writes them. */
export interface Rule extends Hours {
  id: number
  name: string
  enabled: boolean
  metric: MetricName | StateMetric
  scope: Scope
  client_id: number | null
  provider_id: number | null
  source_id: number | null
  country: string | null
  code: string | null
  list_id: number | null
  direction: string | null
  kind: string | null
  time_zone: string | null
  within: number
  compare: 'above' | 'below' | 'up by %' | 'down by %'
  against: number | null
  threshold: string
  calls_least: number
  short_sec: number
  new_days: number
  currency: string | null
  action: 'alert' | 'hold'
  hold_for: string | null
  severity: 'info' | 'warning' | 'critical'
  close_at: string | null
  close_after: number
}

/** What rules refer to: the zones of exchanges, what stands on lists, channels paid for. */
export interface RuleFacts {
  zones: ReadonlyMap<number, string>
  lists: ReadonlyMap<number, { codes: ReadonlySet<string>; countries: ReadonlySet<string> }>
  /** Of each client; one that is not there has no contract of channels. */
  channels: ReadonlyMap<number, number>
}

/** Whom an incident is about: those of its fields that the scope names; client_id 0 is nobody. */
export interface Subject {
  client_id: number | null
  provider_id: number | null
  source_id: number | null
  country: string | null
  currency: string | null
}

export const nobody: Subject = {
  client_id: null,
  provider_id: null,
  source_id: null,
  country: null,
  currency: null,
}

/** The key of a subject; two that are alike have the same. */
export function keyOf({ client_id, provider_id, source_id, country, currency }: Subject): string {
  return `${String(client_id)} ${String(provider_id)} ${String(source_id)} ${String(country)} ${String(currency)}`
}
