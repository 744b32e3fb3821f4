// The listener of a stage process: one connection beside the lanes that hears notifications, says that the process is at work,
// and looks after healing. It reconnects for as long as the database is away.

import type pg from 'pg'

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { healApart, somethingNoted } from '../healing/worker.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'

const reconnectMs = 500
// Calls that somebody holds locked are looked at again so soon; the longer they are held, the less often.
const heldMs = 100
// Each query of the listener is short; without an answer by then the server is gone.
const answerMs = 10_000

interface Hearing {
  databaseUrl: string
  /** The status whose calls this process takes. */
  takes: string
  presence: Presence
  log: Log
  stop: AbortSignal
  /** Looks after a connection whose server may vanish. */
  watched: (client: pg.Client) => void
  /** There are new calls; `released` when they may be behind those taken last. */
  hear: (released: boolean) => void
}

/** Listens until `stop` aborts. */
export async function listenOn(hearing: Hearing): Promise<void> {
  const { databaseUrl, log, stop } = hearing
  const presence = createHeartbeat(hearing.presence)
  while (!stopped(stop)) {
    let db: Database | undefined
    try {
      db = await connect(databaseUrl, `${hearing.presence.stage} ear`, answerMs)
      await listen(db, presence, hearing)
    } catch (error) {
      log.debug({ reason: sentenceFor(error) }, 'listener lost its connection')
      await pause(reconnectMs, stop)
    } finally {
      if (db && stopped(stop))
        await Promise.race([
          presence.leave(db).catch(() => undefined),
          pause(300, new AbortController().signal),
        ])
      await disconnect(db)
    }
  }
}

async function listen(
  db: Database,
  presence: ReturnType<typeof createHeartbeat>,
  hearing: Hearing,
): Promise<void> {
  const { databaseUrl, stop, watched } = hearing
  // How often an edit was noted, and how many of those are healed for certain.
  let noted = 1
  let healed = 0
  let wake = (): void => undefined
  const lost = new Promise<never>((_, reject) => {
    db.once('end', () => {
      reject(new Error('connection terminated'))
    })
  })
  // Nobody may be waiting for it at that moment.
  lost.catch(() => undefined)
  db.on('notification', ({ channel, payload }) => {
    if (channel === 'paidcalls healing') {
      noted++
      wake()
    } else hearing.hear(payload === 'released')
  })
  await db.query(`listen "paidcalls healing"; listen "paidcalls ${hearing.takes}"`)
  // What was told while nobody listened.
  hearing.hear(true)
  let beatAt = 0
  let againMs = heldMs
  while (!stopped(stop)) {
    if (performance.now() >= beatAt) {
      beatAt = performance.now() + heartbeatMs
      await presence.beat(db)
      if (await somethingNoted(db)) noted++
    }
    const notedBefore = noted
    const held =
      healed < notedBefore && (await healApart({ databaseUrl, stage: hearing.presence.stage, stop, watched }))
    if (!held) healed = notedBefore
    if (noted > notedBefore || stopped(stop)) continue
    againMs = held ? Math.min(againMs * 2, heartbeatMs) : heldMs
    const beat = new AbortController()
    wake = () => {
      beat.abort()
    }
    stop.addEventListener('abort', wake)
    const restMs = held ? againMs : Math.max(0, beatAt - performance.now())
    try {
      await Promise.race([pause(restMs, beat.signal), lost])
    } finally {
      // Lost or not, nothing stays behind that listens.
      beat.abort()
      stop.removeEventListener('abort', wake)
    }
  }
}
