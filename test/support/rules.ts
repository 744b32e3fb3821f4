// Rules and calls as the fold is handed them, and a plain way to count what it should find.

import { parseMoney } from '../../shared/money/money.ts'
import type { RuleCall } from '../../shared/rules/call.ts'
import { createFold } from '../../shared/rules/fold.ts'
import type { Finding } from '../../shared/rules/fold.ts'
import type { Rule, RuleFacts } from '../../shared/rules/rule.ts'

export const noon = Date.parse('2026-09-01T12:00:00Z')
export const minute = 60_000

export const noFacts: RuleFacts = { zones: new Map(), lists: new Map(), channels: new Map() }

let lastId = 0
export function aRule(over: Partial<Rule> = {}): Rule {
  lastId++
  return {
    id: lastId,
    name: `rule ${lastId}`,
    enabled: true,
    metric: 'calls',
    scope: 'client',
    client_id: null,
    provider_id: null,
    source_id: null,
    country: null,
    code: null,
    list_id: null,
    direction: null,
    kind: null,
    days: null,
    from_time: null,
    to_time: null,
    time_zone: null,
    within: 60,
    compare: 'above',
    against: null,
    threshold: '2',
    calls_least: 0,
    short_sec: 3,
    new_days: 14,
    currency: null,
    action: 'alert',
    hold_for: null,
    severity: 'warning',
    close_at: null,
    close_after: 0,
    ...over,
  }
}

/** A minute's call of client 1 over provider 1 to Germany, for 1.00 EUR; `at` is the minute after noon in which it ended. */
export function aRuleCall(at: number, over: Partial<RuleCall> & { price?: string } = {}): RuleCall {
  const { price = '1.00', ...rest } = over
  const ended = noon + at * minute
  const duration = over.duration ?? 60
  return {
    key: `call ${++lastId}`,
    ended,
    began: ended - duration * 1000,
    source: 1,
    client: 1,
    provider: 1,
    direction: 'out',
    kind: 'international',
    country: 'DE',
    number: '4915112345678',
    answered: true,
    billable: duration,
    duration,
    currency: 'EUR',
    total: parseMoney(price),
    master: parseMoney(price),
    cost: null,
    costCurrency: null,
    ...rest,
  }
}

/** What rules find in calls that come as they end. */
export function findingsIn(
  rules: readonly Rule[],
  calls: readonly RuleCall[],
  {
    until,
    facts = noFacts,
    known = [],
  }: { until?: number; facts?: RuleFacts; known?: readonly RuleCall[] } = {},
): Finding[] {
  const inOrder = [...calls].sort((a, b) => a.ended - b.ended)
  const fold = createFold(rules, facts, inOrder[0]?.ended ?? noon)
  for (const call of known) fold.take(call, null, false)
  for (const call of inOrder) {
    fold.advance(call.ended)
    fold.take(call, null, true)
  }
  if (until !== undefined) fold.advance(noon + until * minute)
  return fold.findings()
}

/** Findings in words: what happened, to whom, in which minute after noon. */
export function said(findings: readonly Finding[]): string[] {
  return findings.map(({ turn, subject, incident }) => {
    const whose =
      subject.client_id ?? subject.provider_id ?? subject.source_id ?? subject.country ?? 'all of them'
    const at = turn === 'closed' ? (incident.closed ?? 0) : incident.opened
    return `${turn} ${String(whose)} ${String((at - noon) / minute)}`
  })
}
