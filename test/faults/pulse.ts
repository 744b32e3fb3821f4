// Whether the line moves: looks every tenth of a second whether another call has been priced.

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'

const lookMs = 100
const answerMs = 2_000
// Between two of these calls are counted from the same one on.
const recountMs = 5_000
// As an index has it.
const moves = `problem is null and due_at is null and status <> 'tarif defined'`

export interface Pulse {
  /** When calls were last seen to move on, on performance's clock. */
  movedAt: () => number
  /** The longest time without since a moment, in milliseconds; until now if none has moved on. */
  longestPause: (since: number) => number
  stop: () => Promise<void>
}

export function takePulse(url: string): Pulse {
  // Moments, with whether something had moved on by then.
  const beats = [performance.now()]
  let stopping = false
  const look = async (): Promise<void> => {
    let db: Database | undefined
    let before = ''
    let from = { id: 0, at: 0 }
    while (!stopping) {
      try {
        db ??= await connect(url, 'faults pulse', answerMs)
        if (performance.now() - from.at > recountMs) {
          from = { id: await newest(db), at: performance.now() }
          before = await state(db, from.id)
        }
        const now = await state(db, from.id)
        if (now !== before) beats.push(performance.now())
        before = now
      } catch {
        await disconnect(db)
        db = undefined
      }
      await new Promise((resolve) => setTimeout(resolve, lookMs))
    }
    await disconnect(db)
  }
  const looking = look()
  return {
    movedAt: () => beats.at(-1) ?? 0,
    longestPause(since) {
      const later = beats.filter((at) => at > since)
      const moments = [since, ...(later.length > 0 ? later : [performance.now()])]
      return Math.max(...moments.slice(1).map((at, before) => at - (moments[before] ?? at)))
    },
    async stop() {
      stopping = true
      await looking
    },
  }
}

async function newest(db: Database): Promise<number> {
  const { rows } = await db.query<{ id: number }>('select coalesce(max(id) - 1000, 0) as id from paidcalls')
  return rows[0]?.id ?? 0
}

/** Changes when a call is priced: one of the newest, or the oldest of those that were to be. */
async function state(db: Database, from: number): Promise<string> {
  const { rows } = await db.query<{ state: string }>(
    `select concat_ws(' ', (select count(*) from rating_decision where call_id > $1),
      (select min(id + 0) from paidcalls where ${moves})) as state`,
    [from],
  )
  return rows[0]?.state ?? ''
}

/** How long the calls that are there take until none of them moves any more, in milliseconds. */
export async function timeToPass(url: string, mostMs: number): Promise<number> {
  const since = performance.now()
  let db: Database | undefined
  let upTo: number | undefined
  for (;;) {
    try {
      db ??= await connect(url, 'faults', answerMs)
      upTo ??= (await db.query<{ id: number }>('select coalesce(max(id), 0) as id from paidcalls')).rows[0]
        ?.id
      const { rowCount } = await db.query(`select from paidcalls where ${moves} and (id + 0) <= $1 limit 1`, [
        upTo,
      ])
      if (rowCount === 0 || performance.now() - since > mostMs) {
        await disconnect(db)
        return performance.now() - since
      }
    } catch {
      await disconnect(db)
      db = undefined
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}
