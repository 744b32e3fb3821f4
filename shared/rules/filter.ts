// Which calls a rule is about, and of whom they are. Pure.

import { momentsOf } from '../rating/hours.ts'
import type { Hours } from '../rating/hours.ts'
import type { RuleCall } from './call.ts'
import { nobody } from './rule.ts'
import type { Rule, RuleFacts, Scope, Subject } from './rule.ts'

/** All of a rule but what is measured and how it is judged: rules that agree in it look at the same calls. */
export function sameCalls(rule: Rule): string {
  const { scope, client_id, provider_id, source_id, country, code, list_id, direction, kind } = rule
  const { days, from_time, to_time, time_zone, currency } = rule
  return JSON.stringify([
    ...[scope, client_id, provider_id, source_id, country, code, list_id, direction, kind],
    ...[days, from_time, to_time, time_zone, currency],
  ])
}

/** Which calls a rule is about. Hours are those in which a call began, by the clock of the rule or else of its exchange. */
export function createFilter(rule: Rule, { zones, lists }: RuleFacts): (call: RuleCall) => boolean {
  const { client_id, provider_id, source_id, country, code, direction, kind, currency } = rule
  const list = rule.list_id === null ? null : lists.get(rule.list_id)
  const always = rule.days === null && rule.from_time === null
  return (call) =>
    (client_id === null || call.client === client_id) &&
    (provider_id === null || call.provider === provider_id) &&
    (source_id === null || call.source === source_id) &&
    (country === null || call.country === country) &&
    (code === null || call.number?.startsWith(code) === true) &&
    (direction === null || call.direction === direction) &&
    (kind === null || call.kind === kind) &&
    (currency === null || call.currency === currency) &&
    (list === null || (list !== undefined && isOnList(call, list))) &&
    (always || isWithinHours(rule, call.began, rule.time_zone ?? zones.get(call.source ?? 0) ?? 'UTC'))
}

function isOnList(
  { number, country }: RuleCall,
  { codes, countries }: { codes: ReadonlySet<string>; countries: ReadonlySet<string> },
): boolean {
  if (country !== null && countries.has(country)) return true
  if (number === null) return false
  for (let length = number.length; length > 0; length--) {
    if (codes.has(number.slice(0, length))) return true
  }
  return false
}

/** Whether the clock on the wall of a zone shows one of the rule's times. `at` is epoch milliseconds. */
export function isWithinHours(hours: Hours, at: number, timeZone: string): boolean {
  return momentsOf({ answered_at: at, billable_sec: 0 }, [hours], timeZone)[0]?.tarif != null
}

/** Of whom a call is for a scope; null: of none that could be named. Calls nobody owns are of client 0. */
export function subjectOf(scope: Scope, call: RuleCall, currency: string | null): Subject | null {
  const of = { ...nobody, currency }
  switch (scope) {
    case 'client':
      return { ...of, client_id: call.client ?? 0 }
    case 'provider':
      return call.provider === null ? null : { ...of, provider_id: call.provider }
    case 'source':
      return call.source === null ? null : { ...of, source_id: call.source }
    case 'country':
      return call.country === null ? null : { ...of, country: call.country }
    case 'all':
      return of
  }
}
