// A bite of sums: decisions that are in no sum are taken with skip locked, added up and taken away in one transaction. So each is in the
// sums exactly once, in whatever order they were committed, and whoever is killed on the way.

import type { Database } from '../database/connect.ts'
import { addTo, decisionColumns, minutes, quarters } from './entries.ts'

/** So many decisions at most: a fraction of a second. */
const biteMost = 5_000

export interface Bite {
  decisions: number
  /** The last of them; the next bite goes on behind it. */
  last: number
  /** How far behind their price some of them are, in milliseconds; null when there are none. */
  behind_ms: number[] | null
}

/** A decision of any age: on the line, or else in the archive. */
const decision = (call: string, nr: string): string => `(
    select ${decisionColumns} from rating_decision where call_id = ${call} and nr = ${nr} and answered is not null
    union all
    select ${decisionColumns} from archived_decision where call_id = ${call} and nr = ${nr} and answered is not null
    limit 1
  )`

/** Exported for the test that explains it. */
export const biteQuery = `-- rollup: take a bite, add it up
with taken as materialized (
  select id from unsummed where id > $1 order by id limit ${biteMost} for update skip locked
), gone as materialized (
  -- By their ids, one by one: how many rows there are nobody can foresee, as the table is empty most of the time.
  delete from unsummed where id = any (array(select id from taken)) returning id, call_id, nr
), made as materialized (
  select made.* from gone cross join lateral ${decision('gone.call_id', 'gone.nr')} made
), replaced as materialized (
  select before.* from gone cross join lateral ${decision('gone.call_id', 'gone.nr - 1')} before where gone.nr > 1
), entries as materialized (
  select 1 as sign, * from made union all select -1, * from replaced
), quarters as (
  ${addTo(quarters)}
), minutes as (
  ${addTo(minutes)}
)
select count(*)::integer as decisions, coalesce(max(id), 0) as last,
  (
    select array_agg((extract(epoch from clock_timestamp() - decided_at) * 1000)::float8)
    from (select call_id, nr from gone limit 20) few join rating_decision using (call_id, nr)
  ) as behind_ms
from gone`

/** Takes what is there behind an id; none when nothing is, or others have it. */
export async function takeBite(db: Database, behind: number): Promise<Bite> {
  const { rows } = await db.query<Bite>({ name: 'bite', text: biteQuery, values: [behind] })
  return rows[0] ?? { decisions: 0, last: 0, behind_ms: null }
}

/** How far calls have come into the sums that were priced before there were sums, by their ids. */
export interface Fill {
  filled: number
  reached: number
  last: number
}

/** Brings the next of them into the sums; undefined when all are. */
export async function fillBite(db: Database): Promise<Fill | undefined> {
  const { rows } = await db.query<Fill | { filled: null }>(
    `-- rollup: calls of before
    select fill_decisions(2000) as filled, line_reached + archive_reached as reached, line_last + archive_last as last from sum_fill`,
  )
  const [row] = rows
  return row?.filled == null ? undefined : row
}
