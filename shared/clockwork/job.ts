// What the clockwork does again and again.

import type { Database } from '../database/connect.ts'
import type { Log } from '../program/log.ts'

export interface Job<Running> {
  name: string
  /** When, in the words of cron, UTC. */
  cron: string
  run: (db: Database, log: Log, running: Running) => Promise<void>
}
