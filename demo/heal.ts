// An administrator adds the row that was missing; the calls that waited for it go on by themselves.

import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { pause } from '../shared/program/pause.ts'
import { newcomer } from './callers.ts'

const lookMs = 20
const patienceMs = 20_000

/** The edit, as it may be typed into psql. */
export const edit = `insert into callerid (client_id, callerid)
select id, '${newcomer}' from client where name = 'Harbour Shipping'`

/** Calls that were priced, and how long after the edit the first and the last of them. */
export interface Healed {
  calls: number
  firstMs: number
  lastMs: number
}

/** Makes the edit and waits until all calls of the newcomer are priced. Throws a Complaint when they are not. */
export async function heal(db: Database, stop: AbortSignal): Promise<Healed> {
  const { rows: waiting } = await db.query<{ id: number }>(
    `-- demo: which calls wait for the newcomer?\nselect id from paidcalls where problem is not null and src = $1`,
    [newcomer],
  )
  const { rows: clock } = await db.query<{ now: string }>(`select clock_timestamp()::text as now`)
  await db.query(edit)
  const priced = `-- demo: when were they priced?
select count(priced_at) as calls, extract(epoch from min(priced_at) - $2::timestamptz) * 1000 as first_ms,
  extract(epoch from max(priced_at) - $2::timestamptz) * 1000 as last_ms
from paidcalls where id = any ($1)`
  const until = Date.now() + patienceMs
  while (Date.now() < until) {
    const { rows } = await db.query<{ calls: number; first_ms: string; last_ms: string }>(priced, [
      waiting.map(({ id }) => id),
      clock[0]?.now,
    ])
    const [now] = rows
    if (now?.calls === waiting.length) {
      return {
        calls: now.calls,
        firstMs: Math.round(Number(now.first_ms)),
        lastMs: Math.round(Number(now.last_ms)),
      }
    }
    await pause(lookMs, stop)
    stop.throwIfAborted()
  }
  throw new Complaint(`The calls of ${newcomer} still wait ${patienceMs / 1_000} seconds after the edit.`)
}
