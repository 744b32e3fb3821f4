// What a process that takes work does before the first: it looks at the database, and waits for one that is away.

import type { Database } from '../database/connect.ts'
import { withDatabase } from '../database/with-database.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { createAway } from './away.ts'

// 0.5, 1, 2, 4, 5 seconds.
const [pauseMs, pauseMostMs] = [500, 5_000]

// What is asked first is short; a program that works off what there is does its work in this look.
const answerMs = 10_000

export interface FirstLook {
  databaseUrl: string
  stage: string
  log: Log
  stop: AbortSignal
  /** It works off what there is and ends: then it ends, too, when the database is away. */
  draining: boolean
}

/**
 * What `look` finds in the database, as soon as there is one; undefined when `stop` aborts before. What can be mended (a refused
 * login, no such database, a migration that is missing) is thrown.
 */
export async function firstLook<Found>(
  { databaseUrl, stage, log, stop, draining }: FirstLook,
  look: (db: Database) => Promise<Found>,
): Promise<{ found: Found } | undefined> {
  const away = createAway(log)
  for (let tries = 0; !stopped(stop); tries++) {
    try {
      const found = await withDatabase(databaseUrl, stage, look, draining ? undefined : answerMs)
      away.answered(true)
      return { found }
    } catch (error) {
      if (draining || !isNobodysFault(error)) throw error
      away.lost(error)
      await pause(Math.min(pauseMs * 2 ** tries, pauseMostMs), stop)
    }
  }
  return undefined
}
