// Which alerts rules would have opened: the same fold as that of watch, over past calls in the order they ended.

import type { Database } from '../database/connect.ts'
import { formatMoney } from '../money/money.ts'
import { callColumns, decisions, toRuleCall } from '../rules/call.ts'
import type { CallRow, RuleCall } from '../rules/call.ts'
import { minuteMs } from '../rules/call.ts'
import { createFold } from '../rules/fold.ts'
import type { Finding } from '../rules/fold.ts'
import type { Incident } from '../rules/incident.ts'
import { horizonOf } from './load.ts'
import type { Loaded } from './load.ts'
import { figureText } from '../rules/figure.ts'
import type { Rule, Subject } from '../rules/rule.ts'

/** Epoch milliseconds; until is not included. */
export interface Span {
  from: number
  until: number
}

/** An alert that would have been. */
export interface Rehearsed {
  rule: Rule
  subject: Subject
  incident: Incident
}

/** Feeds the fold with calls in the order they ended; those that ended before the span are known and not judged. */
export async function rehearse(
  { rules, facts }: Loaded,
  { from, until }: Span,
  calls: AsyncIterable<readonly RuleCall[]> | Iterable<readonly RuleCall[]>,
  step: (calls: number) => void = () => undefined,
): Promise<Rehearsed[]> {
  const fold = createFold(rules, facts, from)
  const opened: Rehearsed[] = []
  const keep = (findings: readonly Finding[]): void => {
    for (const { turn, rule, subject, incident } of findings)
      if (turn === 'opened') opened.push({ rule, subject, incident })
  }
  for await (const some of calls) {
    for (const call of some) {
      const isPast = call.ended < from
      if (!isPast) fold.advance(call.ended)
      fold.take(call, null, !isPast)
    }
    keep(fold.findings())
    step(some.length)
  }
  fold.advance(until)
  keep(fold.findings())
  return opened.sort((a, b) => a.incident.opened - b.incident.opened)
}

const atOnce = 5_000
// A past call is known at its end, as it was decided last.
const pastQuery = `-- rehearse: past calls
declare past no scroll cursor for
select ${callColumns} from (
  select distinct on (call_id) * from ${decisions(`calldate >= to_timestamp($1::float8 / 1000) - interval '1 day' and calldate < to_timestamp($2::float8 / 1000)`)} decision
  order by call_id, nr desc
) call
where ended_at >= to_timestamp($1::float8 / 1000) and ended_at < to_timestamp($2::float8 / 1000)
order by ended_at, call_id`

/** Past calls a rehearsal of a span needs: also those before it that its windows reach back to. In a transaction. */
export async function* pastCalls(
  db: Database,
  rules: readonly Rule[],
  { from, until }: Span,
): AsyncGenerator<RuleCall[]> {
  await db.query(pastQuery, [from - horizonOf(rules) * minuteMs, until])
  for (;;) {
    const { rows } = await db.query<CallRow>(`fetch ${atOnce} from past`)
    if (rows.length > 0) yield rows.map(toRuleCall)
    if (rows.length < atOnce) break
  }
  await db.query('close past')
}

/** One line of --json: ids and times as in table alert. */
export function asJson({ rule, subject, incident }: Rehearsed): Record<string, unknown> {
  const moment = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
  return {
    rule: rule.id,
    client_id: subject.client_id,
    provider_id: subject.provider_id,
    source_id: subject.source_id,
    country: subject.country,
    opened_at: moment(incident.opened),
    closed_at: moment(incident.closed),
    value: figureText(incident.figure),
    currency: incident.currency,
    at_stake: formatMoney(incident.atStake),
    saved: formatMoney(incident.saved),
  }
}
