// A process at work writes a row of stage_process every few seconds and removes it when it stops.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

import type { Database } from '../database/connect.ts'
import { codeOf } from '../errors/whose-fault.ts'
import type { Latency } from './latency.ts'

export const heartbeatMs = 2_000

export interface Presence {
  stage: string
  lanes: number
  calls: number
  latency?: Latency
}

/** Keeps one row of stage_process; `beat` writes it through the given connection, `leave` removes it. */
export function createHeartbeat(presence: Presence): {
  beat: (db: Database) => Promise<void>
  leave: (db: Database) => Promise<void>
} {
  const id = randomUUID()
  let isFirst = true
  let callsBefore = 0
  let beatBefore = performance.now()
  return {
    async beat(db) {
      if (isFirst) await forgetTheDead(db, presence.stage)
      isFirst = false
      const perSecond = ((presence.calls - callsBefore) * 1_000) / Math.max(1, performance.now() - beatBefore)
      callsBefore = presence.calls
      beatBefore = performance.now()
      const took = presence.latency?.percentiles()
      await db.query(
        `-- ${presence.stage}: say that this process is at work
        insert into stage_process (id, stage, host, pid, lanes, calls, per_second, p50_ms, p99_ms)
        values ($1, $2, $3, $4, $5, $6, round($7::numeric, 1), round($8::numeric, 1), round($9::numeric, 1))
        on conflict (id) do update
        set seen = clock_timestamp(), calls = excluded.calls, per_second = excluded.per_second, p50_ms = excluded.p50_ms, p99_ms = excluded.p99_ms`,
        [
          id,
          presence.stage,
          hostname(),
          process.pid,
          presence.lanes,
          presence.calls,
          perSecond.toFixed(3),
          took?.p50 ?? null,
          took?.p99 ?? null,
        ],
      )
    },
    async leave(db) {
      await db.query(`-- ${presence.stage}: say goodbye\ndelete from stage_process where id = $1`, [id])
    },
  }
}

/**
 * Who was killed on this host and is replaced is not silent. A process of another container that shares the name of the host writes
 * its row again with its next beat.
 */
async function forgetTheDead(db: Database, stage: string): Promise<void> {
  const { rows } = await db.query<{ id: string; pid: number }>(
    `-- ${stage}: who was at work on this host?\nselect id, pid from stage_process where stage = $1 and host = $2`,
    [stage, hostname()],
  )
  const dead = rows.filter(({ pid }) => !isAlive(pid)).map(({ id }) => id)
  if (dead.length > 0)
    await db.query(
      `-- ${stage}: forget those that were killed\ndelete from stage_process where id = any ($1)`,
      [dead],
    )
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's process is alive all the same.
    return codeOf(error) === 'EPERM'
  }
}
