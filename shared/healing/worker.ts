// Looks for notes of edits, and works them off beside the lanes.

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { heal } from './release.ts'

/** Whether an edit is noted that has not healed yet. */
export async function somethingNoted(db: Database): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'noted',
    text: '-- healing: is an edit noted?\nselect from healing limit 1',
  })
  return (rowCount ?? 0) > 0
}

export interface HealingApart {
  databaseUrl: string
  stage: string
  stop: AbortSignal
  /** Looks after a connection whose server may vanish. */
  watched: (db: Database) => void
}

/**
 * Works off what is noted, on a connection of its own: a large release must not deafen who listens. Gives back whether somebody holds
 * calls that wait for what was edited.
 */
export async function healApart({ databaseUrl, stage, stop, watched }: HealingApart): Promise<boolean> {
  const db = await connect(databaseUrl, `${stage} healing`)
  watched(db)
  const done = new AbortController()
  try {
    await db.query(
      `set synchronous_commit = off; set enable_seqscan = off; set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '20s'`,
    )
    // A piece may take seconds, and a stop does not wait for it: cut off, it has not happened, and the note stays.
    const stopping = new Promise<boolean>((resolve) => {
      stop.addEventListener(
        'abort',
        () => {
          resolve(true)
        },
        { signal: done.signal },
      )
    })
    const healing = heal(db, stop)
    healing.catch(() => undefined)
    return await Promise.race([healing, stopping])
  } finally {
    done.abort()
    await disconnect(db)
  }
}
