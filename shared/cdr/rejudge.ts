// Records that are kept are judged again, when an administrator has mended what was wrong with them or with their time zone.
// A request is a row of table rejudging. It is worked off in pieces by whoever has the turn of the source, so nobody
// stores records of this source meanwhile, and how far it has come moves in the transaction that changes the calls.

import type { Database } from '../database/connect.ts'
import type { Format } from '../sources/record/format.ts'
import { joinCalls } from './join-parts.ts'
import { judgeKept } from './judge.ts'
import type { Judged, Kept } from './judge.ts'
import { inPieces } from './store.ts'

const recordsAtOnce = 1_000

interface Request {
  id: number
  kind: 'rejected' | 'time zone'
  rejected_like: string | null
  since: string | null
  until: string | null
  reason: string
  reached: number
  last: number
}

/** `held`: the next call is in the hands of a stage; it is back in a moment. */
export type Piece = 'done' | 'held'

/** Works off a piece of the oldest request of a source. To be asked inside the transaction that has the turn. */
export async function judgeAgain(
  db: Database,
  sourceId: number,
  format: Format,
  time_zone: string,
): Promise<Piece> {
  const { rows } = await db.query<Request>(requestQuery, [sourceId])
  const [request] = rows
  if (!request) return 'done'
  const retry = request.kind === 'rejected'
  const { records, reached } = retry
    ? await rejectedFrom(db, sourceId, request)
    : await calledFrom(db, sourceId, request)
  const judged = judgeKept(records, format, time_zone)
  const whole = retry
    ? await makeCalls(db, sourceId, judged)
    : await moveCalls(db, judged, request, time_zone)
  const joined = await joinCalls(db, { id: sourceId, format }, time_zone, judged, request)
  await db.query(
    `-- import: how far records are judged again
    update rejudging
    set last_cdr_id = $2, reached_cdr_id = $3, judged = judged + $4, changed = changed + $5,
      done_at = case when $3::bigint >= $2 then clock_timestamp() end
    where id = $1`,
    [request.id, request.last, reached, records.length, whole + joined],
  )
  return reached > request.reached || request.last === 0 ? 'done' : 'held'
}

// What the request is for ends with the records there are when it is begun: whoever stored one of them by an older
// time zone has committed, because the turn is ours.
const requestQuery = `-- import: which records are to be judged again?
select id, kind, rejected_like, since::text, until::text, reason, reached_cdr_id as reached,
  coalesce(last_cdr_id, (select max(id) from cdr), 0) as last
from rejudging
where source_id = $1 and done_at is null
order by id
limit 1`

interface Found {
  records: readonly Kept[]
  /** Up to this record all are found. */
  reached: number
}

async function rejectedFrom(db: Database, sourceId: number, request: Request): Promise<Found> {
  const { rows } = await db.query<Kept>(
    `-- import: rejected records, and those left out, to judge again
    select id, record, rejected from (
      (select id, record, rejected from cdr
      where source_id = $1 and rejected is not null and rejected like $2 and id > $3 and id <= $4
      order by id limit ${recordsAtOnce})
      union all
      (select id, record, rejected from cdr
      where source_id = $1 and left_out is not null and left_out like $2 and id > $3 and id <= $4
      order by id limit ${recordsAtOnce})
    ) no_call
    order by id
    limit ${recordsAtOnce}`,
    [sourceId, request.rejected_like ?? '%', request.reached, request.last],
  )
  const full = rows.length === recordsAtOnce
  return { records: rows, reached: (full ? rows.at(-1)?.id : undefined) ?? request.last }
}

/** Records whose calls nobody holds; the piece ends before the first call that a stage has in hand. */
async function calledFrom(db: Database, sourceId: number, request: Request): Promise<Found> {
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
    where cdr.source_id = $1 and cdr.id > $2 and cdr.id <= $3
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

const judgedColumns = `source_key bigint, day date, seconds numeric, rejected text, left_out text, part_of text,
    calldate timestamptz, answered_at timestamptz, channel text,
    dstchannel text, src text, dst text, dcontext text, accountcode text, uniqueid text, disposition text,
    duration bigint, billsec bigint`

/** Makes calls of records that no longer are rejected or left out, and keeps the new reason of the others. Returns how many calls. */
async function makeCalls(db: Database, sourceId: number, judged: readonly Judged[]): Promise<number> {
  const made = await inPieces(db, judged, async (piece) => {
    const { rows } = await db.query<{ calls: number }>(
      `-- import: make calls of records that are no longer rejected
      with given as materialized (
        select * from json_to_recordset($2::json) as given (${judgedColumns})
      ), changed as (
        update cdr
        set rejected = given.rejected, left_out = given.left_out, part_of = given.part_of, day = given.day, billsec = given.seconds
        from given
        where cdr.id = given.source_key
          and (cdr.rejected, cdr.left_out, cdr.part_of) is distinct from (given.rejected, given.left_out, given.part_of)
      ), called as (
        insert into paidcalls (cdr_id, source_id, calldate, answered_at, channel, dstchannel, src, dst, dcontext, accountcode,
          uniqueid, disposition, duration, billsec)
        select source_key, $1, calldate, answered_at, channel, dstchannel, src, dst, dcontext, accountcode,
          uniqueid, disposition, duration, billsec
        from given
        where rejected is null and left_out is null and calldate is not null
        order by source_key
        on conflict (cdr_id) do nothing
        returning id
      )
      select count(*) as calls from called`,
      [sourceId, JSON.stringify(piece)],
    )
    return rows[0]?.calls ?? 0
  })
  return made.reduce((sum, calls) => sum + calls, 0)
}

/** Gives calls the moments their records mean now; those that change find owner, number and price again. Returns how many. */
async function moveCalls(
  db: Database,
  judged: readonly Judged[],
  { since, until, reason }: Request,
  time_zone: string,
): Promise<number> {
  const { rows } = await db.query<{ calls: number }>(
    `-- import: calls began at another moment
    with given as materialized (
      select * from json_to_recordset($1::json) as given (${judgedColumns})
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
