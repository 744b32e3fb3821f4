import { getEventListeners } from 'node:events'

import { describe, expect, it } from 'vitest'

import { listenOn } from '../../../shared/line/listener.ts'
import { createLog } from '../../../shared/program/log.ts'
import { useDatabase } from '../../support/database.ts'
import { until } from '../../support/lines.ts'

const database = useDatabase()

describe('the listener of a stage', () => {
  it('connects again each time it is cut off, and leaves nothing behind that waits for the end', async () => {
    const { db } = database
    const stop = new AbortController()
    const ended = listenOn({
      databaseUrl: database.stageUrl,
      takes: 'new record',
      presence: { stage: 'client', lanes: 1, calls: 0 },
      log: createLog('client', { logLevel: 'silent', logFormat: 'json' }),
      stop: stop.signal,
      watched: () => undefined,
      hear: () => undefined,
    })
    // At rest, so that it waits for news when it is cut off.
    const listening = `select pid from pg_stat_activity
      where application_name = 'paidcalls client ear' and state = 'idle' and query like '%healing limit 1'`
    try {
      for (let times = 0; times < 12; times++) {
        await until(db, listening)
        await db.query(`select pg_terminate_backend(pid) from (${listening}) ear`)
        await until(db, `select where not exists (${listening})`)
      }
      await until(db, listening)
      await expect.poll(() => getEventListeners(stop.signal, 'abort').length).toBeLessThanOrEqual(1)
    } finally {
      stop.abort()
      await ended
    }
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
  })
})
