// The ear of a stage process: one connection beside the lanes that hears notifications, says that the process is at work,
// and looks after healing. It reconnects for as long as the database is away.

import type pg from 'pg'

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { heal } from '../healing/release.ts'
import { createPresence, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { rest, stopped } from '../program/pause.ts'

const reconnectMs = 500
// Calls that somebody holds locked are looked at again so soon; the longer they are held, the less often.
const heldMs = 100
// Each query of the ear is short; without an answer by then the server is gone.
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
  const presence = createPresence(hearing.presence)
  while (!stopped(stop)) {
    let db: Database | undefined
    try {
      db = await connect(databaseUrl, `${hearing.presence.stage} ear`, answerMs)
      await listen(db, presence, hearing)
    } catch (error) {
      log.debug({ reason: sentenceFor(error) }, 'ear lost its connection')
      await rest(reconnectMs, stop)
    } finally {
      if (db && stopped(stop))
        await Promise.race([
          presence.leave(db).catch(() => undefined),
          rest(300, new AbortController().signal),
        ])
      await disconnect(db)
    }
  }
}

async function listen(
  db: Database,
  presence: ReturnType<typeof createPresence>,
  hearing: Hearing,
): Promise<void> {
  const { stop } = hearing
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
    const held = healed < notedBefore && (await healApart(hearing))
    if (!held) healed = notedBefore
    if (noted > notedBefore || stopped(stop)) continue
    againMs = held ? Math.min(againMs * 2, heartbeatMs) : heldMs
    const beat = new AbortController()
    wake = () => {
      beat.abort()
    }
    stop.addEventListener('abort', wake)
    const restMs = held ? againMs : Math.max(0, beatAt - performance.now())
    await Promise.race([rest(restMs, beat.signal), lost])
    stop.removeEventListener('abort', wake)
  }
}

async function somethingNoted(db: Database): Promise<boolean> {
  const { rowCount } = await db.query({
    name: 'noted',
    text: '-- healing: is an edit noted?\nselect from healing limit 1',
  })
  return (rowCount ?? 0) > 0
}

/** Works off what is noted, on a connection of its own: a large release must not deafen the ear. */
async function healApart({ databaseUrl, presence, stop, watched }: Hearing): Promise<boolean> {
  const db = await connect(databaseUrl, `${presence.stage} healing`)
  watched(db)
  const done = new AbortController()
  try {
    await db.query(
      `set synchronous_commit = off; set enable_seqscan = off; set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '20s'`,
    )
    // A piece may take seconds, and a stop does not wait for it: cut off, it has not happened, and the note stays.
    const stopping = new Promise<boolean>((resolve) => {
      stop.addEventListener(
        'abort',
        () => {
          resolve(true)
        },
        { signal: done.signal },
      )
    })
    const healing = heal(db, stop)
    healing.catch(() => undefined)
    return await Promise.race([healing, stopping])
  } finally {
    done.abort()
    await disconnect(db)
  }
}
