// One batch of a source: the turn, what is to be judged again, the records and the position in one transaction, then the marks.

import { isDeepStrictEqual } from 'node:util'

import { joinCalls } from '../cdr/join-parts.ts'
import { judgeAgain } from '../cdr/rejudge.ts'
import type { Piece } from '../cdr/rejudge.ts'
import type { Source } from '../cdr/source.ts'
import { store } from '../cdr/store.ts'
import type { Database } from '../database/connect.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import type { Reader } from '../sources/record/reader.ts'
import { formatOf } from '../sources/registry.ts'
import { askSource } from './ask-source.ts'
import { refuseAnotherStore } from './moved-source.ts'
import type { ReadAhead } from './read-ahead.ts'
import { makeTurn, movePosition, rulesOf, takeTurn } from './turn.ts'
import type { Turn } from './turn.ts'

// How long records are judged again before the source is read on.
const againMs = 1_000

export interface Importing {
  databaseUrl: string
  source: Source
  reader: Reader
  draining: boolean
  stop: AbortSignal
  log: Log
  presence: Presence
}

/** 'some': there were records, and no more for now. */
export type BatchEnd = 'more' | 'some' | 'end' | 'elsewhere' | 'held' | 'disabled'

/** A batch of the source, after a piece of what is to be judged again. */
export async function readBatch(
  db: Database,
  ahead: ReadAhead,
  compareClocks: (databaseMs: number) => void,
  importing: Importing,
): Promise<BatchEnd> {
  const { source, reader, log, presence } = importing
  await db.query('begin')
  const taken = await takeTurn(db, source.id)
  if (taken) compareClocks(taken.nowMs)
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
  const { batch, judged } = await askSource(db, reader, async () => {
    const ready = await ahead.take(turn)
    refuseAnotherStore(source, turn.position, ready.batch)
    return ready
  })
  // Rules that were edited while it was read count for it: it is read once more.
  if (batch.records.length > 0 && !isDeepStrictEqual(await rulesOf(db, source.id), source.rules)) {
    await db.query('rollback')
    return 'more'
  }
  // While the database stores this batch, the source is asked for the next.
  if (batch.ahead && batch.more) ahead.start({ ...turn, position: batch.position })
  const kept = await store(db, source.id, judged)
  await joinCalls(db, source, turn, judged)
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
  await askSource(db, reader, () => ahead.mark(batch))
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
    piece = await judgeAgain(db, source.id, source.format, turn)
    await db.query('commit')
    await db.query('begin')
    turn = await takeTurn(db, source.id)
  }
  if (turn?.rejudging) return { turn, left: piece === 'held' ? 'held' : 'more' }
  log.info('records are judged again')
  return { turn, left: undefined }
}
