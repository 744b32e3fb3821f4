// What a rehearsal says to people, and which threshold gives at most so many alerts a week.

import { formatMoney } from '../money/money.ts'
import { asNumber, figureText } from '../rules/figure.ts'
import { createJudge } from '../rules/incident.ts'
import type { Rule } from '../rules/rule.ts'
import { columns } from '../text/table.ts'
import type { Rehearsed, Span } from './rehearse.ts'

const weekMs = 7 * 86_400_000
const minute = (at: number | null): string =>
  at === null ? '' : new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** A line an alert, then a line a rule; times are UTC. */
export function report(alerts: readonly Rehearsed[], rules: readonly Rule[], { from, until }: Span): string {
  const weeks = (until - from) / weekMs
  const lines = alerts.map(({ rule, subject, incident }) => ({
    opened: minute(incident.opened),
    closed: minute(incident.closed),
    rule: `${rule.id} ${rule.name}`,
    about:
      subject.client_id !== null
        ? subject.client_id === 0
          ? 'nobody'
          : `client ${subject.client_id}`
        : subject.provider_id !== null
          ? `provider ${subject.provider_id}`
          : subject.source_id !== null
            ? `source ${subject.source_id}`
            : (subject.country ?? 'all'),
    value: figureText(incident.figure),
    at_stake: incident.currency === null ? '' : formatMoney(incident.atStake),
    hold_saves: incident.currency === null ? '' : formatMoney(incident.saved),
    currency: incident.currency ?? '',
  }))
  const sums = rules.map((rule) => {
    const own = alerts.filter((alert) => alert.rule === rule)
    return {
      rule: `${rule.id} ${rule.name}`,
      enabled: rule.enabled ? 'yes' : 'no',
      threshold: `${rule.compare} ${rule.threshold}`,
      alerts: own.length,
      a_week: (own.length / weeks).toFixed(1),
    }
  })
  return `${lines.length > 0 ? `${columns(lines)}\n` : 'No alert would have been opened.\n\n'}${columns(sums)}`
}

const steps = 24

/**
 * The threshold nearest to none at which a rule opens at most so many alerts a week, tried on the calls themselves. `run` says what rules
 * find in them; it is asked three times.
 */
export async function thresholdFor(
  rule: Rule,
  aWeek: number,
  { from, until }: Span,
  run: (rules: readonly Rule[]) => Promise<Rehearsed[]>,
): Promise<string> {
  const most = (aWeek * (until - from)) / weekMs
  const below = rule.compare === 'below'
  // With a threshold that everything passes an incident knows its worst figure.
  const always = {
    ...rule,
    threshold: below ? '999999999999' : '-999999999999',
    close_at: null,
    close_after: 86_400,
  }
  const figures = (await run([always])).map(({ incident: { figure } }) => asNumber(figure))
  if (figures.length === 0) return 'There is nothing to judge in this time.\n'
  let [tame, wild] = below
    ? [Math.min(...figures), Math.max(...figures, 0)]
    : [Math.max(...figures), Math.min(0, ...figures)]
  let tried: { threshold: string; alerts: number }[] = []
  for (let round = 0; round < 2; round++) {
    const variants = Array.from({ length: steps }, (_, at) => ({
      ...rule,
      id: at,
      close_at: null,
      threshold: written(tame + ((wild - tame) * at) / steps),
    }))
    const alerts = await run(variants)
    const counts = variants.map(({ id, threshold }) => ({
      threshold,
      alerts: alerts.filter((alert) => alert.rule.id === id).length,
    }))
    tried = [...tried, ...counts]
    const last = counts.findLastIndex((_, at) => counts.slice(0, at + 1).every((one) => one.alerts <= most))
    if (last < 0) break
    const [good, next] = [Number(counts[last]?.threshold), counts[last + 1]?.threshold]
    wild = next === undefined ? wild : Number(next)
    tame = good
  }
  const isMoney = createJudge(rule).isMoney
  const shown = [...new Map(tried.map((one) => [one.threshold, one])).values()]
    .sort((a, b) => (below ? 1 : -1) * (Number(a.threshold) - Number(b.threshold)))
    .map(({ threshold, alerts }) => ({
      [`threshold${isMoney ? '' : ` (${rule.metric})`}`]: threshold,
      alerts,
      a_week: ((alerts * weekMs) / (until - from)).toFixed(1),
    }))
  return `${columns(shown)}\nAt most ${aWeek} alerts a week: ${rule.compare} ${written(tame)} (it is ${rule.threshold} now).\n`
}

const written = (figure: number): string => {
  const digits = Math.abs(figure) >= 100 ? 0 : 2
  return String(Number(figure.toFixed(digits)))
}
