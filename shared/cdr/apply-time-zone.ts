// What apply_time_zone() asks for: calls get the moments that their records mean by the clock of the exchange now.

import type { Database } from '../database/connect.ts'
import { callRecord, judgedRecord } from './call-columns.ts'
import type { Judged, Kept } from './judge.ts'
import { recordsAtOnce } from './rejudge-request.ts'
import type { Found, Request } from './rejudge-request.ts'

/** Records whose calls nobody holds; the piece ends before the first call that a stage has in hand. */
export async function calledFrom(db: Database, sourceId: number, request: Request): Promise<Found> {
  const upTo = Math.min(request.last, request.reached + recordsAtOnce)
  // The day is as written in the source, so it may be another one here.
  await db.query(
    `-- import: bring back calls that are archived
    select bring_back_calls_of(array(
      select id from cdr
      where source_id = $1 and id > $2 and id <= $3 and coalesce(day >= $4::date - 2, true) and coalesce(day < $5::date + 2, true)))`,
    [sourceId, request.reached, upTo, request.since, request.until],
  )
  const { rows } = await db.query<Kept & { call: number }>(
    `-- import: records whose calls may have begun at another moment
    select cdr.id, cdr.record, cdr.rejected, paidcalls.id as call
    from cdr
    join paidcalls on paidcalls.cdr_id = cdr.id
    where cdr.source_id = $1 and cdr.id > $2 and cdr.id <= $3 and cdr.forgotten_at is null
    order by cdr.id`,
    [sourceId, request.reached, upTo],
  )
  const { rows: locked } = await db.query<{ id: number }>(
    `-- import: take these calls from the stages
    select id from paidcalls where id = any ($1) order by id for update skip locked`,
    [rows.map(({ call }) => call)],
  )
  const ours = new Set(locked.map(({ id }) => id))
  const held = rows.find(({ call }) => !ours.has(call))
  if (!held) return { records: rows, reached: upTo }
  return { records: rows.filter(({ id }) => id < held.id), reached: held.id - 1 }
}

/** Gives calls the moments their records mean now; those that change find owner, number and price again. Returns how many. */
export async function moveCalls(
  db: Database,
  judged: readonly Judged[],
  { since, until, reason }: Request,
  time_zone: string,
): Promise<number> {
  const { rows } = await db.query<{ calls: number }>(
    `-- import: calls began at another moment
    with given as materialized (
      select * from json_to_recordset($1::json) as given (source_key bigint, ${judgedRecord}, ${callRecord})
    ), moved as (
      update paidcalls
      set calldate = given.calldate, answered_at = given.answered_at, status = 'new record', problem = null, waits_for = null,
        attempts = 0, due_at = null,
        rerate_reason = case when status = 'tarif defined' then $4 else rerate_reason end
      from given
      where cdr_id = given.source_key and given.rejected is null and given.calldate is not null
        and (paidcalls.calldate, paidcalls.answered_at) is distinct from (given.calldate, given.answered_at)
        and ($2::date is null or (given.calldate at time zone $5)::date >= $2)
        and ($3::date is null or (given.calldate at time zone $5)::date < $3)
      returning paidcalls.id
    )
    select count(*) as calls, pg_notify('paidcalls new record', 'released') from moved having count(*) > 0`,
    [JSON.stringify(judged), since, until, reason, time_zone],
  )
  return rows[0]?.calls ?? 0
}
