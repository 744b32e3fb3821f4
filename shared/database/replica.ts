// A server that follows the one that is written, and answers what may be some seconds old.

import type { PoolClient } from 'pg'

import { sentenceFor } from '../errors/sentence.ts'
import type { Pool } from './pool.ts'

/** Who has changed something asks the server that is written for so long; behind by more than half of it, a replica is not asked. */
export const changedSec = 10
// So long nobody waits for one that was away or behind.
const restMs = 2_000

export interface Replica {
  /** A connection to it; undefined: it is away, or too far behind. */
  take: () => Promise<PoolClient | undefined>
  end: () => Promise<void>
}

/** `say` hears why it is not asked, and of null when it is again. */
export function createReplica(pool: Pool, say: (reason: string | null) => void): Replica {
  let isAsked = true
  let askedAt = -Infinity

  /** Null when it has what was changed a moment ago. Every process writes every two seconds that it is at work. */
  async function whyNot(db: PoolClient): Promise<string | null> {
    const { rows } = await db.query<{ late: number | null }>(
      `-- replica: how far is the replica behind?
      select case when pg_is_in_recovery() then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) else 0 end::float8 as late`,
    )
    const late = rows[0]?.late ?? Infinity
    return late <= changedSec / 2 ? null : `It is ${Math.round(late)} s behind.`
  }

  return {
    async take() {
      if (!isAsked && performance.now() - askedAt < restMs) return undefined
      askedAt = performance.now()
      let db: PoolClient | undefined
      let reason: string | null
      try {
        db = await pool.connect()
        reason = await whyNot(db)
      } catch (error) {
        reason = sentenceFor(error)
      }
      if (isAsked !== (reason === null)) say(reason)
      isAsked = reason === null
      if (isAsked) return db
      db?.release(true)
      return undefined
    },
    end: () => pool.end(),
  }
}
