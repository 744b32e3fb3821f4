// What no rule has judged yet, in the order calls ended. It is taken away in the transaction that writes what was found.

import type { Database } from '../database/connect.ts'
import { callColumns, decisions, toRuleCall } from '../rules/call.ts'
import type { CallRow, RuleCall } from '../rules/call.ts'

const [liveMost, lateMostAtOnce] = [5_000, 50_000]

export interface Taken {
  call: RuleCall
  /** How it was decided before; null: never. */
  before: RuleCall | null
  /** Its exchange and call_ref: that of a reservation. */
  ref: string | null
}

interface Row extends CallRow {
  ref: string | null
  before: CallRow | null
}

const biteQuery = (late: boolean): string => `-- watch: take a bite${late ? ' of late ones' : ''}
with taken as materialized (
  select id from unwatched where ended_at ${late ? '<' : '>='} to_timestamp($1::float8 / 1000) order by ended_at, id limit ${late ? lateMostAtOnce : liveMost} for update skip locked
), gone as materialized (
  delete from unwatched where id = any (array(select id from taken)) returning ended_at, call_id, nr
)
select ${callColumns}, source_id || ' ' || call_ref as ref,
  case when nr > 1 then (
    select row_to_json(before) from (
      select ${callColumns} from ${decisions('call_id = recent.call_id and nr = recent.nr - 1')} decision limit 1
    ) before
  ) end as before
from gone join recent_call recent using (ended_at, call_id, nr)
order by ended_at, call_id, nr`

const [live, late] = [biteQuery(false), biteQuery(true)]

/** Takes calls that ended since a moment (epoch milliseconds), or with `isLate` those that ended before it. */
export async function takeBite(db: Database, since: number, isLate: boolean): Promise<Taken[]> {
  const { rows } = await db.query<Row>({
    name: isLate ? 'late bite' : 'live bite',
    text: isLate ? late : live,
    values: [since],
  })
  return rows.map((row) => ({
    call: toRuleCall(row),
    before: row.before && toRuleCall(row.before),
    ref: row.ref,
  }))
}
