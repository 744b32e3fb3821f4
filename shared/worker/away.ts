// A process says once that the database is away and once that it is back, however often it fails in between: a server with a full
// disk takes connections and queries, and no commit.

import { sentenceFor } from '../errors/sentence.ts'
import type { Log } from '../program/log.ts'

// Who had nothing to write has not seen that the database writes again; after so long without a failure it is taken for well.
const quietMs = 10_000

export interface Away {
  /** A connection was lost, or not had, for what is nobody's fault. */
  lost: (error: unknown) => void
  /** A question was answered; `written`: and something was committed. */
  answered: (written: boolean) => void
}

/** For all connections of a process that do the same work. */
export function createAway(log: Log): Away {
  let away = false
  let lostAt = -Infinity
  return {
    lost(error) {
      lostAt = performance.now()
      if (!away) log.warn({ reason: sentenceFor(error) }, 'database is away')
      away = true
    },
    answered(written) {
      if (!away || (!written && performance.now() - lostAt < quietMs)) return
      away = false
      log.warn('database is back')
    },
  }
}
