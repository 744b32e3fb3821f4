// That this process is at work stands in stage_process; that the database is away keeps nobody from being answered.

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { checkMigrated } from '../database/migrations.ts'
import { refuseSuperuser } from '../database/superuser.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Latency } from '../monitoring/latency.ts'
import type { StageConfig } from '../program/config.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { createAway } from './away.ts'

export interface Present {
  config: StageConfig
  /** The name of the program. */
  stage: string
  log: Log
  stop: AbortSignal
  /** Questions so far. */
  calls: () => number
  latency: Latency
}

/** Says so until `stop` aborts. Throws what can be mended: a migration that is missing, a login that may do everything. */
export async function keepPresence({ config, stage, log, stop, calls, latency }: Present): Promise<void> {
  const heartbeat = createHeartbeat({
    stage,
    lanes: config.lanes,
    latency,
    get calls() {
      return calls()
    },
  })
  const away = createAway(log)
  let db: Database | undefined
  try {
    while (!stopped(stop)) {
      try {
        if (!db) {
          db = await connect(config.databaseUrl, stage, 5_000)
          await checkMigrated(db)
          await refuseSuperuser(db, config.allowsSuperuser)
        }
        await heartbeat.beat(db)
        away.answered(true)
      } catch (error) {
        if (!isNobodysFault(error)) throw error
        away.lost(error)
        await disconnect(db)
        db = undefined
      }
      await pause(heartbeatMs, stop)
    }
    if (db) await heartbeat.leave(db).catch(() => undefined)
  } finally {
    await disconnect(db)
  }
}
