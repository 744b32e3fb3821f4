// Records that are handed in, instead of read: the same turn, the same judging, the same table, the same transaction.

import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import { joinCalls } from '../cdr/join-parts.ts'
import { judge } from '../cdr/judge.ts'
import { judgeAgain } from '../cdr/rejudge.ts'
import { store } from '../cdr/store.ts'
import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { contentHash } from '../sources/record/keys.ts'
import type { ReadRecord, SourceRecord } from '../sources/record/reader.ts'
import { recordOf } from '../sources/record/record.ts'
import { lackOf } from '../sources/record/wanted.ts'
import { formatOf, recordHandedIn } from '../sources/registry.ts'
import { refuseAnotherStore } from './moved-source.ts'
import { makeTurn, movePosition, takeTurn } from './turn.ts'
import type { Turn } from './turn.ts'

const kind = 'push'
// Others hand in records of the same source for so long at most, or nearly.
const [lookMs, looksMost] = [20, 100]

export interface HandedIn {
  /** The exchange's own name for the record, if it has one that never comes back. */
  key?: string
  record: Record<string, unknown>
}

/** new: kept, and a call or part of one; there: it was kept already, and nothing was done; other: what was kept under its key is another record. */
export interface Became {
  became: 'new' | 'there' | 'rejected' | 'left out' | 'other'
  /** Why it is no call. */
  reason: string | null
  record_id: string | null
  call_id: string | null
}

interface Kept {
  source_key: string
  id: string
  record: SourceRecord
  rejected: string | null
  left_out: string | null
  call_id: string | null
}

const keptQuery = `-- import: what is kept of these records
select source_key, cdr.id::text as id, record, rejected, left_out, paidcalls.id::text as call_id
from cdr left join paidcalls on paidcalls.cdr_id = cdr.id
where cdr.source_id = $1 and source_key = any ($2)`

/**
 * Keeps the records that are not kept yet and makes calls of them, in the caller's transaction; says of each what became of it, in the
 * order given. `isAll`: there are no others up to now. Throws a Complaint when none can be taken; null: others are at it, try again.
 */
export async function keepHandedIn(
  db: Database,
  source: { id: number; name: string },
  handedIn: readonly HandedIn[],
  isAll: boolean,
): Promise<Became[] | null> {
  // Who was told that a record is kept forgets it.
  await db.query('set local synchronous_commit = on')
  await makeTurn(db, source.id)
  const turn = await waitForTurn(db, source.id)
  if (!turn) return null
  if (!turn.enabled)
    throw new Complaint(
      `${source.name} is not read here: source.enabled is false, or source.home names another database.`,
    )
  const format = formatOf(turn.rules)
  if (turn.rejudging) await judgeAgain(db, source.id, format, turn)
  const records = handedIn.map(({ key, record }) => readRecord(key, whole(recordHandedIn(record))))
  const columns = [...new Set(records.flatMap(({ record }) => Object.keys(record)))]
  const lack = records.length > 0 ? lackOf('What was handed in', columns, format) : undefined
  if (lack !== undefined) throw new Complaint(lack)
  refuseAnotherStore(source, turn.position, { records, position: { kind } })

  const before = await keptOf(db, source.id, records)
  const fresh = new Map<string, ReadRecord>()
  for (const read of records)
    if (!before.has(read.source_key) && !fresh.has(read.source_key)) fresh.set(read.source_key, read)
  const judged = judge([...fresh.values()], format, turn)
  const { kept } = await store(db, source.id, judged)
  await joinCalls(db, { id: source.id, format }, turn, judged)
  await movePosition(db, source.id, { position: { kind }, kept, moved: kept > 0, end: isAll })
  const after = await keptOf(db, source.id, records)
  return records.map((read) =>
    becameOf(read, after.get(read.source_key), fresh.get(read.source_key) === read),
  )
}

async function waitForTurn(db: Database, sourceId: number): Promise<Turn | undefined> {
  for (let look = 0; look < looksMost; look++) {
    const turn = await takeTurn(db, sourceId)
    if (turn) return turn
    await pause(lookMs)
  }
  return undefined
}

// Half a sign, as only escapes of JSON can write it, which no database takes.
const half = /[\ud800-\udfff]/gu

function whole(record: SourceRecord): SourceRecord {
  const mended = (text: string): string => text.replace(half, '\ufffd')
  const names = Object.keys(record).map(mended)
  const texts = Object.values(record)
  return recordOf(names, (at) => texts[at]?.replace(half, '\ufffd') ?? null)
}

/** A record without a key is known by all it says. */
function readRecord(key: string | undefined, record: SourceRecord): ReadRecord {
  const columns = Object.keys(record).sort()
  const content = contentHash({ ...record, '': columns.join() }, ['', ...columns])
  return { source_key: key === undefined ? `${kind}#${content}` : `${kind}:${key}`, record }
}

async function keptOf(
  db: Database,
  sourceId: number,
  records: readonly ReadRecord[],
): Promise<ReadonlyMap<string, Kept>> {
  const keys = records.map(({ source_key }) => source_key)
  const { rows } = await db.query<Kept>(keptQuery, [sourceId, keys])
  return new Map(rows.map((kept) => [kept.source_key, kept]))
}

function becameOf({ record }: ReadRecord, kept: Kept | undefined, isFresh: boolean): Became {
  if (!kept) throw new Error('a record that was handed in is not kept')
  const ids = { record_id: kept.id, call_id: kept.call_id }
  if (!isFresh && !isDeepStrictEqual(record, kept.record))
    return {
      became: 'other',
      reason: 'under its key another record is kept: records never change, and a key is for one',
      ...ids,
    }
  const reason = kept.rejected ?? kept.left_out
  if (!isFresh) return { became: 'there', reason, ...ids }
  if (kept.rejected !== null) return { became: 'rejected', reason, ...ids }
  return { became: kept.left_out === null ? 'new' : 'left out', reason, ...ids }
}
