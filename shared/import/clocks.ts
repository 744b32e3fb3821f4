// Whether the clock of this host can be right: a record's moment is judged by clocks, and a record that is judged is marked as read.

import { Complaint } from '../errors/complaint.ts'
import type { Log } from '../program/log.ts'
import { SourceFailure } from './ask-source.ts'

// Seconds are NTP's, a minute is somebody's to look at; a day is no clock any more.
const [sayMs, refuseMs] = [60_000, 86_400_000]

/**
 * Compares the clock of this host with that of the database, in milliseconds since 1970. The difference is logged once when it is
 * above a minute. Throws a SourceFailure when it is a day or more: which of them is right, nobody here can know.
 */
export function createClockCheck(log: Log): (databaseMs: number) => void {
  let said = false
  return (databaseMs) => {
    const hostMs = Date.now()
    const offMs = hostMs - databaseMs
    if (Math.abs(offMs) >= refuseMs)
      throw new SourceFailure(
        new Complaint(
          `The clock of this host says ${written(hostMs)}, that of the database ${written(databaseMs)}: nothing is read until the wrong one is set right.`,
        ),
      )
    if (Math.abs(offMs) > sayMs && !said)
      log.warn(
        { host: written(hostMs), database: written(databaseMs) },
        'the clocks of this host and of the database differ',
      )
    said = Math.abs(offMs) > sayMs
  }
}

function written(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')
}
