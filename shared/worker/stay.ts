// What a program with one connection does for as long as it runs: its work, and after the database was away its work again.

import { disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { createAway } from './away.ts'

const reconnectMs = 500

export interface Staying {
  log: Log
  stop: AbortSignal
  connect: () => Promise<Database>
  /** Ends when all is done. It says when a question was answered. */
  work: (db: Database, answered: () => void) => Promise<void>
}

/** Works until the work is done or `stop` aborts. Throws what is somebody's fault. */
export async function stayConnected({ log, stop, connect, work }: Staying): Promise<void> {
  const away = createAway(log)
  let db: Database | undefined
  try {
    while (!stopped(stop)) {
      try {
        db ??= await connect()
        await work(db, () => {
          away.answered(true)
        })
        return
      } catch (error) {
        if (stopped(stop)) return
        if (!isNobodysFault(error)) throw error
        away.lost(error)
        await disconnect(db)
        db = undefined
        await pause(reconnectMs, stop)
      }
    }
  } finally {
    await disconnect(db)
  }
}
