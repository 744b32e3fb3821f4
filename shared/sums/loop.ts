// The loop of rollup: bite after bite, with pauses, for as long as the database is there.

import { connect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { stayConnected } from '../worker/stay.ts'
import { fillBite, takeBite } from './bite.ts'
import type { Fill } from './bite.ts'

// Behind a price by half of it, when calls come; and when none has come for a while.
const [lookMs, idleMs, idleAfterMs] = [25, 100, 10_000]
// Rows that somebody held, or that were committed late, are found from the front.
const frontMs = 1_000
const answerMs = 60_000
const progressMs = 10_000

export interface Summing {
  databaseUrl: string
  draining: boolean
  stop: AbortSignal
  log: Log
  presence: Presence
  /** How often a bite was taken. */
  bites: number
  /** What follows from what was summed: it is done after each bite and each look, and says how much it did; and whether all of it is done. */
  then?: { work: (db: Database) => Promise<number>; isDone: (db: Database) => Promise<boolean> }
}

/** Adds up until `stop` aborts; when draining, until every decision is in the sums. */
export async function sumUp(summing: Summing): Promise<void> {
  const { databaseUrl, stop, log } = summing
  const heartbeat = createHeartbeat(summing.presence)
  await stayConnected({
    log,
    stop,
    connect: () => connectForSums(databaseUrl),
    async work(db, answered) {
      await bites(db, heartbeat, summing, answered)
      await heartbeat.leave(db)
    },
  })
}

async function connectForSums(databaseUrl: string): Promise<Database> {
  const db = await connect(databaseUrl, 'rollup', answerMs)
  // What a lost commit had added up is in unsummed again: nothing outside was told.
  await db.query(
    `set synchronous_commit = off; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off; set lock_timeout = '10s'; set statement_timeout = '${answerMs / 2}'; set idle_in_transaction_session_timeout = '20s'`,
  )
  return db
}

async function bites(
  db: Database,
  heartbeat: ReturnType<typeof createHeartbeat>,
  summing: Summing,
  answered: () => void,
): Promise<void> {
  const { stop, draining, presence, log } = summing
  // The clock begins with the process: zero would be a moment ago.
  let [behind, front, beat] = [0, 0, -Infinity]
  let [last, told] = [performance.now(), performance.now()]
  let filling = true
  let filled = 0
  while (!stopped(stop)) {
    const now = performance.now()
    if (now - beat >= heartbeatMs) {
      await heartbeat.beat(db)
      beat = now
    }
    const fromFront = now - front >= frontMs || behind === 0
    if (fromFront) front = now
    const bite = await takeBite(db, fromFront ? 0 : behind)
    answered()
    const followed = (await summing.then?.work(db)) ?? 0
    if (followed > 0) last = now
    if (bite.decisions > 0) {
      summing.bites++
      presence.calls += bite.decisions
      behind = Math.max(behind, bite.last)
      for (const ms of bite.behind_ms ?? []) presence.latency?.note(ms)
      last = now
      continue
    }
    const more: Fill | undefined = filling ? await fillBite(db) : undefined
    filling &&= more !== undefined
    if (more !== undefined) {
      filled += more.filled
      if (now - told >= progressMs) {
        log.info({ calls: filled, upto: more.reached, of: more.last }, 'calls of before are summed')
        told = now
      }
      continue
    }
    if (draining && (await isAllSummed(db)) && (await (summing.then?.isDone(db) ?? true))) return
    await pause(now - last > idleAfterMs ? idleMs : lookMs, stop)
  }
}

/** Also of rows that another process has in hand. */
async function isAllSummed(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ done: boolean }>(
    `-- drain: is every decision in the sums?
    select not exists (select from unsummed)
      and not exists (select from sum_fill where line_reached < line_last or archive_reached < archive_last) as done`,
  )
  return rows[0]?.done === true
}
