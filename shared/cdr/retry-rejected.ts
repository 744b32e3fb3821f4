// What retry_rejected() asks for: rejected and left out records are judged again, and those that are calls now become calls.

import type { Database } from '../database/connect.ts'
import { callColumns, callRecord, judgedRecord } from './call-columns.ts'
import type { Judged, Kept } from './judge.ts'
import { recordsAtOnce } from './rejudge-request.ts'
import type { Found, Request } from './rejudge-request.ts'
import { inPieces } from './store.ts'
import { twinReason } from './twins.ts'

/** The next rejected or left out records whose reason the request asks for, and up to which record all of them are found. */
export async function rejectedFrom(db: Database, sourceId: number, request: Request): Promise<Found> {
  const { rows } = await db.query<Kept>(
    `-- import: rejected records, and those left out, to judge again
    select id, record, rejected from (
      (select id, record, rejected from cdr
      where source_id = $1 and forgotten_at is null and rejected is not null and rejected like $2 and id > $3 and id <= $4
      order by id limit ${recordsAtOnce})
      union all
      (select id, record, rejected from cdr
      where source_id = $1 and forgotten_at is null and left_out is not null and left_out like $2 and left_out not like '${twinReason}%' and id > $3 and id <= $4
      order by id limit ${recordsAtOnce})
    ) no_call
    order by id
    limit ${recordsAtOnce}`,
    [sourceId, request.rejected_like ?? '%', request.reached, request.last],
  )
  const full = rows.length === recordsAtOnce
  return { records: rows, reached: (full ? rows.at(-1)?.id : undefined) ?? request.last }
}

/** Makes calls of records that no longer are rejected or left out, and keeps the new reason of the others. Returns how many calls. */
export async function makeCalls(db: Database, sourceId: number, judged: readonly Judged[]): Promise<number> {
  const made = await inPieces(db, judged, async (piece) => {
    const { rows } = await db.query<{ calls: number }>(
      `-- import: make calls of records that are no longer rejected
      with given as materialized (
        select * from json_to_recordset($2::json) as given (source_key bigint, ${judgedRecord}, ${callRecord})
      ), changed as (
        update cdr
        set rejected = given.rejected, left_out = given.left_out, part_of = given.part_of, day = given.day, billsec = given.seconds
        from given
        where cdr.id = given.source_key
          and (cdr.rejected, cdr.left_out, cdr.part_of) is distinct from (given.rejected, given.left_out, given.part_of)
      ), called as (
        insert into paidcalls (cdr_id, source_id, ${callColumns})
        select source_key, $1, ${callColumns}
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
