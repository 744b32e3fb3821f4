// Figures of the system as it is now, which rules judge by the clock.

import type { Database } from '../database/connect.ts'
import { parseMoney } from '../money/money.ts'
import type { Fold } from '../rules/fold.ts'
import { isStateMetric } from '../rules/rule.ts'
import { isWithinHours } from '../rules/filter.ts'
import { nobody } from '../rules/rule.ts'
import type { Rule, RuleFacts, StateMetric } from '../rules/rule.ts'

interface Figure {
  metric: StateMetric
  source_id: number | null
  currency: string | null
  value: string
}

const stateQuery = `-- watch: how is the system?
select 'source silent' as metric, source.id as source_id, null as currency, round(extract(epoch from clock_timestamp() - moved_at))::text as value
from source join source_position on source_position.source_id = source.id where source.enabled and (source.home <> (select name from this_database)) is not true and records > 0 and moved_at is not null
union all
select 'source behind', source.id, null, round(extract(epoch from clock_timestamp() - coalesce(read_to_end_at, failing_since)))::text
from source join source_position on source_position.source_id = source.id where source.enabled and (source.home <> (select name from this_database)) is not true and coalesce(read_to_end_at, failing_since) is not null
union all
select 'stage silent', null, null, coalesce(round(max(extract(epoch from clock_timestamp() - silent_since))), 0)::text from workers
union all
select 'rollup behind', null, null, coalesce((select round(extract(epoch from clock_timestamp() - made.decided_at))::text
  from (select call_id, nr from unsummed order by id limit 1) oldest join rating_decision made using (call_id, nr)), '0')
union all
select 'deliveries given up', null, null, count(*)::text from delivery where given_up_at > now() - interval '1 day'
union all
select 'reservations overdue', null, null, count(*)::text from reservation where settled_at is null and ends_at < clock_timestamp() - interval '1 hour'`

// At the average price of the last calls, as parked_calls says.
const waitingQuery = `-- watch: what do calls that wait come to?
select 'money that waits' as metric, null::integer as source_id, null as currency, coalesce(sum(money_at_stake), 0)::text as value from parked_calls`

/** Hands the figures to the rules that judge them. */
export async function noteState(
  db: Database,
  fold: Fold,
  rules: readonly Rule[],
  facts: RuleFacts,
  now: number,
): Promise<void> {
  const judged = rules.filter(({ metric }) => isStateMetric(metric))
  if (judged.length === 0) return
  const { rows } = await db.query<Figure>({ name: 'state', text: stateQuery })
  if (judged.some(({ metric }) => metric === 'money that waits'))
    rows.push(...(await db.query<Figure>({ name: 'money that waits', text: waitingQuery })).rows)
  for (const rule of judged) {
    for (const { metric, source_id, currency, value } of rows) {
      if (metric !== rule.metric || (rule.source_id !== null && rule.source_id !== source_id)) continue
      const zone = rule.time_zone ?? facts.zones.get(source_id ?? 0) ?? 'UTC'
      const isTime = (rule.days === null && rule.from_time === null) || isWithinHours(rule, now, zone)
      const figure = metric === 'money that waits' ? parseMoney(value) : Number(value)
      fold.note(rule, { ...nobody, source_id, currency }, isTime ? figure : null)
    }
  }
}
