// Runs jobs at their time by pg-boss, which sees to it that each runs once, however many processes there are.

import PgBoss from 'pg-boss'

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { keepConnection } from '../database/kept-connection.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { createAway } from '../worker/away.ts'
import type { Away } from '../worker/away.ts'
import type { Job } from './job.ts'

export interface Clockwork<Running extends { stop: AbortSignal }> {
  /** The name of the process. */
  stage: string
  databaseUrl: string
  log: Log
  jobs: readonly Job<Running>[]
  /** What each job is handed. */
  running: Running
}

/** Runs until `running.stop` aborts. A job that fails because the database is away is done again. */
export async function runClockwork<Running extends { stop: AbortSignal }>({
  stage,
  databaseUrl,
  log,
  jobs,
  running,
}: Clockwork<Running>): Promise<void> {
  const boss = new PgBoss({ db: keepConnection(databaseUrl, stage), migrate: false })
  const away = createAway(log)
  const { lost } = away
  boss.on('error', lost)
  // pg-boss does not wait until it is written that a job is done. What is lost there is done again.
  process.on('unhandledRejection', (error) => {
    if (!isNobodysFault(error)) throw error
    lost(error)
  })
  await boss.start()
  for (const { name, cron, run } of jobs) {
    await boss.createQueue(name)
    await boss.schedule(name, cron)
    await boss.work(name, async () => {
      const own = await connect(databaseUrl, stage)
      await run(own, log, running).finally(() => disconnect(own))
    })
  }
  log.info('stage started')
  await beat(stage, databaseUrl, away, running.stop)
  await boss.stop({ graceful: true, timeout: 1_000, wait: true }).catch(() => undefined)
  log.info('stage stopped')
}

/** Says that the process is at work, until `stop` aborts. */
async function beat(stage: string, databaseUrl: string, away: Away, stop: AbortSignal): Promise<void> {
  const presence = createHeartbeat({ stage, lanes: 1, calls: 0 })
  while (!stop.aborted) {
    let db: Database | undefined
    try {
      db = await connect(databaseUrl, stage)
      while (!stopped(stop)) {
        await presence.beat(db)
        away.answered(true)
        await pause(heartbeatMs, stop)
      }
      await presence.leave(db)
    } catch (error) {
      if (!isNobodysFault(error)) throw error
      away.lost(error)
      await pause(heartbeatMs, stop)
    } finally {
      await disconnect(db)
    }
  }
}
