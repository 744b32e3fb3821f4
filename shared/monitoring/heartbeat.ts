// A process at work writes a row of stage_process every few seconds and removes it when it stops.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

import type { Database } from '../database/connect.ts'

export const heartbeatMs = 2_000

export interface Presence {
  stage: string
  lanes: number
  calls: number
}

/** Keeps one row of stage_process; `beat` writes it through the given connection, `leave` removes it. */
export function createHeartbeat(presence: Presence): {
  beat: (db: Database) => Promise<void>
  leave: (db: Database) => Promise<void>
} {
  const id = randomUUID()
  let callsBefore = 0
  let beatBefore = performance.now()
  return {
    async beat(db) {
      const perSecond = ((presence.calls - callsBefore) * 1_000) / Math.max(1, performance.now() - beatBefore)
      callsBefore = presence.calls
      beatBefore = performance.now()
      await db.query(
        `-- ${presence.stage}: say that this process is at work
        insert into stage_process (id, stage, host, pid, lanes, calls, per_second)
        values ($1, $2, $3, $4, $5, $6, round($7::numeric, 1))
        on conflict (id) do update
        set seen = clock_timestamp(), calls = excluded.calls, per_second = excluded.per_second`,
        [id, presence.stage, hostname(), process.pid, presence.lanes, presence.calls, perSecond.toFixed(3)],
      )
    },
    async leave(db) {
      await db.query(`-- ${presence.stage}: say goodbye\ndelete from stage_process where id = $1`, [id])
    },
  }
}
