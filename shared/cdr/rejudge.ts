// Records that are kept are judged again, when an administrator has mended what was wrong with them or with their time zone.
// A request is a row of table rejudging. It is worked off in pieces by whoever has the turn of the source, so nobody
// stores records of this source meanwhile, and how far it has come moves in the transaction that changes the calls.

import type { Database } from '../database/connect.ts'
import type { Clock, Format } from '../sources/record/format.ts'
import { calledFrom, moveCalls } from './apply-time-zone.ts'
import { joinCalls } from './join-parts.ts'
import { judgeKept } from './judge.ts'
import { requestQuery } from './rejudge-request.ts'
import type { Request } from './rejudge-request.ts'
import { makeCalls, rejectedFrom } from './retry-rejected.ts'

/** `held`: the next call is in the hands of a stage; it is back in a moment. */
export type Piece = 'done' | 'held'

/** Works off a piece of the oldest request of a source. To be asked inside the transaction that has the turn. */
export async function judgeAgain(
  db: Database,
  sourceId: number,
  format: Format,
  clock: Clock,
): Promise<Piece> {
  const { rows } = await db.query<Request>(requestQuery, [sourceId])
  const [request] = rows
  if (!request) return 'done'
  const retry = request.kind === 'rejected'
  const { records, reached } = retry
    ? await rejectedFrom(db, sourceId, request)
    : await calledFrom(db, sourceId, request)
  const judged = judgeKept(records, format, clock)
  const whole = retry
    ? await makeCalls(db, sourceId, judged)
    : await moveCalls(db, judged, request, clock.time_zone)
  const joined = await joinCalls(db, { id: sourceId, format }, clock, judged, request)
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
