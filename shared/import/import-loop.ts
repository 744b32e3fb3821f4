// The loop of import: take the turn, read a batch, store it and the position together, and only then mark the source.

import { isDeepStrictEqual } from 'node:util'

import { joinCalls } from '../cdr/join-parts.ts'
import { judgeAgain } from '../cdr/rejudge.ts'
import type { Piece } from '../cdr/rejudge.ts'
import type { Source } from '../cdr/source.ts'
import { store } from '../cdr/store.ts'
import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { rest, stopped } from '../program/pause.ts'
import type { Reader } from '../sources/record/reader.ts'
import { formatOf } from '../sources/registry.ts'
import { asking, silentMost, SourceFailure } from './ask-source.ts'
import { refuseAnotherStore } from './moved-source.ts'
import { goAhead } from './read-ahead.ts'
import type { Ahead } from './read-ahead.ts'
import { makeTurn, movePosition, noteFailure, takeTurn } from './turn.ts'
import type { Turn } from './turn.ts'

// How long to wait: at the end of the source, 20, 40, 80 … milliseconds from the last record on; for another importer's turn to
// end, for the billing database; and how long records are judged again before the source is read on.
const [lookMs, lookMostMs] = [20, 1_000]
const turnMs = 250
const reconnectMs = 500
const againMs = 1_000
// No query of import is long; without an answer by then the server is gone.
const answerMs = 60_000
// 1, 2, 4 … 30 seconds while the source cannot be read; a draining import is waited for, and gives up in the end.
const [pauseMs, pauseMostMs, drainPauseMs, drainPausesMost] = [1_000, 30_000, 250, 120]
// A stop signal is obeyed within a second even if a server does not answer.
const stopMs = 800

export interface Importing {
  databaseUrl: string
  source: Source
  reader: Reader
  draining: boolean
  stop: AbortSignal
  log: Log
  presence: Presence
}

/** Reads on until `stop` aborts; when draining, until the end of the source. */
export async function importRecords(importing: Importing): Promise<void> {
  const { stop, reader } = importing
  const obeyed = new Promise<void>((resolve) => {
    stop.addEventListener('abort', () => setTimeout(resolve, stopMs).unref())
  })
  await Promise.race([readOn(importing), obeyed]).finally(() => reader.close())
}

async function readOn(importing: Importing): Promise<void> {
  const { databaseUrl, stop, log, draining, source } = importing
  const ahead = goAhead(importing.reader, () => source.format, log)
  let db: Database | undefined
  let opened = false
  let away = false
  let failing = false
  let pauses = 0
  let looks = 0
  let disabled = false
  try {
    while (!stopped(stop)) {
      try {
        db ??= await connectForImport(databaseUrl, source.id)
        if (away) log.warn('database is back')
        away = false
        if (!opened) await asking(db, importing.reader, () => importing.reader.open())
        opened = true
        const outcome = await readBatch(db, ahead, importing)
        if (outcome === 'elsewhere' || outcome === 'held') {
          // While another reads it, what failed here long ago says nothing any more. A draining import gives up some day.
          if (!draining) pauses = 0
          await rest(turnMs, stop)
          continue
        }
        pauses = 0
        if (failing) log.warn('source is back')
        failing = false
        if (outcome === 'disabled' && !disabled) log.info('source is not enabled')
        disabled = outcome === 'disabled'
        if (outcome === 'more' || outcome === 'some') looks = 0
        if (outcome === 'more' || (outcome === 'some' && draining)) continue
        if (draining) return
        await rest(Math.min(lookMostMs, lookMs * 2 ** looks++), stop)
      } catch (error) {
        if (stopped(stop)) return
        if (error instanceof SourceFailure) {
          const reason = await fail(db, source.id, error)
          if (!failing) log.warn({ reason }, 'source cannot be read')
          failing = true
          if (draining && (pauses >= drainPausesMost || error.reason instanceof Complaint)) throw error.reason
          await rest(draining ? drainPauseMs : Math.min(pauseMostMs, pauseMs * 2 ** pauses), stop)
          pauses++
          continue
        }
        if (!isNobodysFault(error)) throw error
        if (!away) log.warn({ reason: sentenceFor(error) }, 'database is away')
        away = true
        await disconnect(db)
        db = undefined
        await rest(reconnectMs, stop)
      }
    }
  } finally {
    await ahead.settle()
    await disconnect(db)
  }
}

async function connectForImport(databaseUrl: string, sourceId: number): Promise<Database> {
  const db = await connect(databaseUrl, 'import', answerMs)
  // The mark in the source must not outlive the record here.
  await db.query(
    `set synchronous_commit = on; set lock_timeout = '5s'; set idle_in_transaction_session_timeout = '${silentMost}'`,
  )
  await makeTurn(db, sourceId)
  return db
}

/** 'some': there were records, and no more for now. */
type Outcome = 'more' | 'some' | 'end' | 'elsewhere' | 'held' | 'disabled'

/** A batch of the source, after a piece of what is to be judged again. */
async function readBatch(db: Database, ahead: Ahead, importing: Importing): Promise<Outcome> {
  const { source, reader, log, presence } = importing
  await db.query('begin')
  const taken = await takeTurn(db, source.id)
  if (taken && !isDeepStrictEqual(taken.rules, source.rules)) {
    source.rules = taken.rules
    source.format = formatOf(taken.rules)
    log.info(source.rules, 'source has other rules')
  }
  const again = taken?.enabled && taken.rejudging ? await workOff(db, importing, taken) : undefined
  const turn = again ? again.turn : taken
  if (!turn?.enabled) {
    await db.query('rollback')
    // It may have been taken away by hand, to read the source again.
    if (!turn) await makeTurn(db, source.id)
    return turn ? 'disabled' : 'elsewhere'
  }
  const { batch, judged } = await asking(db, reader, async () => {
    const ready = await ahead.take(turn)
    refuseAnotherStore(source, turn.position, ready.batch)
    return ready
  })
  // While the database stores this batch, the source is asked for the next.
  if (batch.ahead && batch.more) ahead.start({ ...turn, position: batch.position })
  const kept = await store(db, source.id, judged)
  await joinCalls(db, source, turn.time_zone, judged)
  const { position, records, more } = batch
  const moved = records.length > 0 || !isDeepStrictEqual(position, turn.position)
  const end = !more && records.length === 0
  if (moved || turn.failing || (end && turn.end_due)) {
    await movePosition(db, source.id, { position, kept: kept.kept, moved, end })
  }
  await db.query('commit')
  presence.calls += kept.kept
  if (batch.notice) log.warn({ notice: batch.notice }, 'source has changed')
  if (records.length > 0) log.debug({ read: records.length, ...kept }, 'records stored')
  await asking(db, reader, () => ahead.mark(batch))
  if (more) return 'more'
  return again?.left ?? (end ? 'end' : 'some')
}

/** Judges records again for a second at most, and takes the turn anew: what is done counts, whatever the source says. */
async function workOff(
  db: Database,
  { source, log }: Importing,
  first: Turn,
): Promise<{ turn: Turn | undefined; left: 'more' | 'held' | undefined }> {
  let turn: Turn | undefined = first
  let piece: Piece = 'done'
  for (
    const since = performance.now();
    turn?.rejudging && piece === 'done' && performance.now() - since < againMs;
  ) {
    piece = await judgeAgain(db, source.id, source.format, turn.time_zone)
    await db.query('commit')
    await db.query('begin')
    turn = await takeTurn(db, source.id)
  }
  if (turn?.rejudging) return { turn, left: piece === 'held' ? 'held' : 'more' }
  log.info('records are judged again')
  return { turn, left: undefined }
}

/** Ends the turn, and says in the database why the source cannot be read. */
async function fail(db: Database | undefined, sourceId: number, { reason }: SourceFailure): Promise<string> {
  const sentence = sentenceFor(reason)
  await db?.query('rollback').catch(() => undefined)
  if (db) await noteFailure(db, sourceId, sentence).catch(() => undefined)
  return sentence
}
