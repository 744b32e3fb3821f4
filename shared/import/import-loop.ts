// The loop of import: batch after batch, with its pauses, for as long as the source and the billing database are there.

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { isNobodysFault, isTooLong } from '../errors/whose-fault.ts'
import { pause, stopped } from '../program/pause.ts'
import { createAway } from '../worker/away.ts'
import { askSource, silentMost, SourceFailure } from './ask-source.ts'
import { readBatch } from './batch.ts'
import type { Importing } from './batch.ts'
import { createClockCheck } from './clocks.ts'
import { readAhead } from './read-ahead.ts'
import { makeTurn, noteFailure } from './turn.ts'

// How long to wait: at the end of the source, 20, 40, 80 … milliseconds from the last record on; for another importer's turn to
// end, and for the billing database.
const [lookMs, lookMostMs] = [20, 1_000]
const turnMs = 250
const [reconnectMs, reconnectMostMs] = [500, 2_000]
// No query of import is long; without an answer by then the server is gone.
const answerMs = 60_000
// 1, 2, 4 … 30 seconds while the source cannot be read; a draining import is waited for, and gives up in the end.
const [pauseMs, pauseMostMs, drainPauseMs, drainPausesMost] = [1_000, 30_000, 250, 120]
// A stop signal is obeyed within a second even if a server does not answer.
const stopMs = 800

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
  const ahead = readAhead(importing.reader, () => source.format, log)
  const compareClocks = createClockCheck(log)
  let db: Database | undefined
  let opened = false
  const away = createAway(log)
  let losses = 0
  let failing = false
  let pauses = 0
  let looks = 0
  let disabled = false
  try {
    while (!stopped(stop)) {
      try {
        db ??= await connectForImport(databaseUrl, source.id)
        if (!opened) await askSource(db, importing.reader, () => importing.reader.open())
        opened = true
        const end = await readBatch(db, ahead, compareClocks, importing)
        away.answered(end === 'more' || end === 'some')
        losses = 0
        if (end === 'elsewhere' || end === 'held') {
          // While another reads it, what failed here long ago says nothing any more. A draining import gives up some day.
          if (!draining) pauses = 0
          await pause(turnMs, stop)
          continue
        }
        pauses = 0
        if (failing) log.warn('source is back')
        failing = false
        if (end === 'disabled' && !disabled) log.info('source is not enabled')
        disabled = end === 'disabled'
        if (end === 'more' || end === 'some') looks = 0
        if (end === 'more' || (end === 'some' && draining)) continue
        if (draining) return
        await pause(Math.min(lookMostMs, lookMs * 2 ** looks++), stop)
      } catch (error) {
        if (stopped(stop)) return
        if (error instanceof SourceFailure) {
          const reason = await fail(db, source.id, error)
          if (!failing) log.warn({ reason }, 'source cannot be read')
          failing = true
          if (draining && (pauses >= drainPausesMost || error.reason instanceof Complaint)) throw error.reason
          await pause(draining ? drainPauseMs : Math.min(pauseMostMs, pauseMs * 2 ** pauses), stop)
          pauses++
          continue
        }
        if (!isNobodysFault(error)) throw error
        away.lost(error)
        // The view sources says why nothing comes.
        if (isTooLong(error)) await fail(db, source.id, new SourceFailure(error))
        await disconnect(db)
        db = undefined
        await pause(Math.min(reconnectMs * 2 ** losses++, reconnectMostMs), stop)
      }
    }
  } finally {
    await ahead.settle()
    await disconnect(db)
  }
}

async function connectForImport(databaseUrl: string, sourceId: number): Promise<Database> {
  const db = await connect(databaseUrl, 'import', answerMs)
  // The mark in the source must not outlive the record here. What takes too long is stored in halves, whatever the server has
  // set for others.
  await db.query(
    `set synchronous_commit = on; set lock_timeout = '5s'; set statement_timeout = '${answerMs / 2}';
    set idle_in_transaction_session_timeout = '${silentMost}'`,
  )
  await makeTurn(db, sourceId)
  return db
}

/** Ends the turn, and says in the database why the source cannot be read. */
async function fail(db: Database | undefined, sourceId: number, { reason }: SourceFailure): Promise<string> {
  const sentence = sentenceFor(reason)
  await db?.query('rollback').catch(() => undefined)
  if (db) await noteFailure(db, sourceId, sentence).catch(() => undefined)
  return sentence
}
