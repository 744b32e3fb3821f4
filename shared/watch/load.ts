// Rules and the calls they are about, as the database has them.

import type { Database } from '../database/connect.ts'
import { callColumns, toRuleCall } from '../rules/call.ts'
import type { CallRow, RuleCall } from '../rules/call.ts'
import { isStateMetric } from '../rules/rule.ts'
import type { Rule, RuleFacts } from '../rules/rule.ts'
import { lateMost } from '../rules/traffic.ts'

export interface Loaded {
  rules: readonly Rule[]
  facts: RuleFacts
}

interface Row {
  rules: Rule[] | null
  zones: [number, string][] | null
  lists: { id: number; codes: string[]; countries: string[] }[] | null
  channels: [number, number][] | null
}

const rulesQuery = `-- rules: all, or the enabled ones
select
  (
    select json_agg(json_build_object('id', id, 'name', name, 'enabled', enabled, 'metric', metric, 'scope', scope, 'client_id', client_id, 'provider_id', provider_id,
      'source_id', source_id, 'country', country, 'code', code, 'list_id', list_id, 'direction', direction, 'kind', kind, 'days', days, 'from_time', from_time,
      'to_time', to_time, 'time_zone', time_zone, 'within', (extract(epoch from within) / 60)::integer, 'compare', compare,
      'against', (extract(epoch from against) / 60)::integer, 'threshold', trim_scale(threshold)::text, 'calls_least', calls_least, 'short_sec', short_sec, 'new_days', new_days,
      'currency', currency, 'action', action, 'hold_for', hold_for, 'severity', severity, 'close_at', trim_scale(close_at)::text,
      'close_after', extract(epoch from close_after)::float8) order by id)
    from rule where enabled or $1
  ) as rules,
  (select json_agg(json_build_array(id, time_zone)) from source) as zones,
  (
    select json_agg(json_build_object('id', list_id, 'codes', codes, 'countries', countries))
    from (
      select list_id, coalesce(json_agg(code) filter (where code is not null), '[]') as codes, coalesce(json_agg(country) filter (where country is not null), '[]') as countries
      from number_list_entry group by list_id
    ) list
  ) as lists,
  (
    select json_agg(json_build_array(client_id, channels)) from client_channels where valid @> current_date
  ) as channels`

/** The enabled rules, or all, and what they refer to. */
export async function loadRules(db: Database, all: boolean): Promise<Loaded> {
  const { rows } = await db.query<Row>(rulesQuery, [all])
  const [row] = rows
  return {
    rules: row?.rules ?? [],
    facts: {
      zones: new Map(row?.zones),
      lists: new Map(
        row?.lists?.map(({ id, codes, countries }) => [
          id,
          { codes: new Set(codes), countries: new Set(countries) },
        ]),
      ),
      channels: new Map(row?.channels),
    },
  }
}

/** How many minutes before a moment calls matter to the windows of that moment and to those of late records. */
export function horizonOf(rules: readonly Rule[]): number {
  return Math.max(
    0,
    ...rules
      .filter(({ metric }) => !isStateMetric(metric))
      .map(({ metric, within, against, new_days }) => {
        const kept = within + Math.max(within, lateMost)
        return kept + (against ?? 0) + (metric === 'calls to new countries' ? new_days * 1440 : 0)
      }),
  )
}

const atOnce = 100

// Whatever is known of how much waits: two tables are gone through once, and no row of one looks for its like in the other.
const asked = `savepoint recent;
set local enable_nestloop = off; set local enable_seqscan = on; set local cursor_tuple_fraction = 1; set local work_mem = '32MB'; set local statement_timeout = '10min'`

const isJudged = (row: string): string =>
  `and not exists (select from unwatched where call_id = ${row}.call_id and nr = ${row}.nr)`

const recentQuery = `-- rules: calls of the last time
declare recent no scroll cursor for
select ${callColumns} from recent_call known
where ended_at >= to_timestamp($1::float8 / 1000) and ended_at < to_timestamp($2::float8 / 1000) ${isJudged('known')}
  and not exists (select from recent_call later where later.nr > 1 and later.call_id = known.call_id and later.nr > known.nr ${isJudged('later')})`

/** Calls of a time as they are now, in any order: of each the last decision that watch has judged. In a transaction. */
export async function* judgedCalls(
  db: Database,
  from: number,
  until: number,
): AsyncGenerator<Iterable<RuleCall>> {
  await db.query(asked)
  await db.query(recentQuery, [from, until])
  for (;;) {
    const { rows } = await db.query<CallRow>(`fetch ${atOnce} from recent`)
    const isLast = rows.length < atOnce
    yield callsOf(rows)
    if (isLast) break
  }
  await db.query('rollback to savepoint recent; release savepoint recent')
}

function* callsOf(rows: CallRow[]): Iterable<RuleCall> {
  for (const row of rows) yield toRuleCall(row)
  // What hands on the rows lives on for a while, and they with it.
  rows.length = 0
}
