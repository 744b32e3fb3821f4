// A few connections that questions take in turn. One that is lost is made anew when it is wanted next.

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'

export interface Connections {
  /** Works on a connection that is its alone; waits for one. A connection on which something was thrown is not used again. */
  use: <Result>(work: (db: Database) => Promise<Result>) => Promise<Result>
  close: () => Promise<void>
}

export function createConnections(databaseUrl: string, most: number, answerMs: number): Connections {
  const idle: Database[] = []
  const queue: (() => void)[] = []
  let taken = 0

  async function open(): Promise<Database> {
    const db = await connect(databaseUrl, 'authorize', answerMs)
    try {
      // An answer that allows a call has its money on disk. Plans are those of the stages.
      await db.query(
        `set synchronous_commit = on; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off; set lock_timeout = '${answerMs}ms'; set statement_timeout = '${answerMs}ms'`,
      )
      return db
    } catch (error) {
      await disconnect(db)
      throw error
    }
  }

  return {
    async use(work) {
      if (taken >= most) await new Promise<void>((resolve) => queue.push(resolve))
      else taken++
      let db: Database | undefined
      try {
        db = idle.pop() ?? (await open())
        const result = await work(db)
        idle.push(db)
        return result
      } catch (error) {
        void disconnect(db)
        throw error
      } finally {
        // Its place goes to who has waited longest.
        const next = queue.shift()
        if (next) next()
        else taken--
      }
    },
    async close() {
      await Promise.all(idle.splice(0).map((db) => disconnect(db)))
    },
  }
}
