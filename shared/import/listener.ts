// What an import process does beside reading on: it says that it is at work, and counts its sources when it is asked to.

import type { Readable } from '../cdr/source.ts'
import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { countLock, holdersOf } from '../database/locks.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { reconcile } from './reconcile.ts'
import { readAgainIfMissing } from './reread.ts'

const reconnectMs = 500
// Each query of the listener is short; without an answer by then the server is gone.
const answerMs = 10_000
const channel = 'paidcalls reconcile'

export interface Listening {
  databaseUrl: string
  sources: readonly Readable[]
  presence: Presence
  log: Log
  stop: AbortSignal
}

/**
 * Until `stop` aborts: says that this process is at work, and counts a source when its id comes on the channel, or all when
 * none is named. A count under way then is left alone; what it had not kept is counted the next time.
 */
export async function listen(listening: Listening): Promise<void> {
  const { databaseUrl, sources, presence, log, stop } = listening
  const { beat, leave } = createHeartbeat(presence)
  const counting = new Set<number>()
  // Asked for while it was being counted: then it is counted once more.
  const askedAgain = new Set<number>()
  const begin = (readable: Readable): void => {
    const { id } = readable.source
    counting.add(id)
    void count(listening, readable).finally(() => {
      counting.delete(id)
      if (askedAgain.delete(id) && !stopped(stop)) begin(readable)
    })
  }
  const hear = (payload: string | undefined): void => {
    for (const readable of sources) {
      const { id } = readable.source
      if (payload !== '' && payload !== String(id)) continue
      if (counting.has(id)) askedAgain.add(id)
      else begin(readable)
    }
  }
  while (!stopped(stop)) {
    let db: Database | undefined
    try {
      db = await connect(databaseUrl, 'import ear', answerMs)
      db.on('notification', ({ payload }) => {
        hear(payload)
      })
      await db.query(`listen "${channel}"`)
      while (!stopped(stop)) {
        await beat(db)
        await pause(heartbeatMs, stop)
      }
      await leave(db)
    } catch (error) {
      log.debug({ reason: sentenceFor(error) }, 'listener lost its connection')
      await pause(reconnectMs, stop)
    } finally {
      await disconnect(db)
    }
  }
}

async function count({ databaseUrl, log, stop }: Listening, { source, openReader }: Readable): Promise<void> {
  const own = log.child({ source: source.name })
  const reader = openReader()
  const abandon = (): void => void reader.close()
  stop.addEventListener('abort', abandon)
  let db: Database | undefined
  try {
    db = await connect(databaseUrl, 'import count')
    const records = await reconcile(db, source, reader)
    if (records === undefined) {
      own.info({ by: await holdersOf(db, [countLock, source.id]) }, 'source is counted by another')
      return
    }
    own.info({ records }, 'source counted')
    const missing = await readAgainIfMissing(db, source.id, stop)
    if (missing) own.warn(missing, missing.again ? 'source is read again' : 'records are missing')
  } catch (error) {
    if (!stopped(stop)) own.warn({ reason: sentenceFor(error) }, 'source could not be counted')
  } finally {
    stop.removeEventListener('abort', abandon)
    await reader.close()
    await disconnect(db)
  }
}
