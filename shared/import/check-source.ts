// Try before you trust: what the first records of a source would become. Nothing is written, here or there.

import { isDeepStrictEqual } from 'node:util'

import { clockColumns, judge } from '../cdr/judge.ts'
import type { Judged } from '../cdr/judge.ts'
import { createTwins } from '../cdr/twins.ts'
import type { Readable } from '../cdr/source.ts'
import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Clock } from '../sources/record/format.ts'
import type { Batch, Position, ReadRecord } from '../sources/record/reader.ts'
import { reportOf } from './check-report.ts'
import type { Report } from './check-report.ts'

const readMost = 10_000

interface Origin extends Clock {
  format: string
  country: string | null
}

export interface Looked {
  origin: Origin
  judged: Judged[]
  /** How many of the records are here already. */
  known: number
  /** Everything there is was read. */
  isAll: boolean
}

/** Reads up to ten thousand records and judges them. Throws what keeps the source from being read. */
export async function lookAt(db: Database, { source, openReader }: Readable): Promise<Looked> {
  const reader = openReader()
  try {
    const origin = await originOf(db, source.id)
    await reader.open()
    const records = await firstRecords((position) => reader.read(position))
    const judged = createTwins()(judge(records, source.format, origin))
    const known = await knownAmong(db, source.id, judged)
    return { origin, judged, known, isAll: records.length < readMost }
  } finally {
    await reader.close()
  }
}

/** What was found, for people: the first ten records, and a sum of all. */
export function checkInWords({ source }: Readable, { origin, judged, known, isAll }: Looked): Report {
  const begins = `${source.name}: format ${origin.format}, clock of ${origin.time_zone}, country ${origin.country ?? 'not set'}.`
  return reportOf(begins, judged, { timeZone: origin.time_zone, known, isAll })
}

/** Says what the source would become; in a session that can write nothing. */
export async function checkSource(
  databaseUrl: string,
  readable: Readable,
  write: (text: string) => void,
): Promise<void> {
  const db = await connect(databaseUrl, 'import check')
  try {
    await db.query('set default_transaction_read_only = on')
    const { records, sums } = checkInWords(readable, await lookAt(db, readable))
    write(`${records}\n${sums}\n`)
  } finally {
    await disconnect(db)
  }
}

async function originOf(db: Database, sourceId: number): Promise<Origin> {
  const { rows } = await db.query<Origin>(
    `-- import: how is the source written?\nselect format, ${clockColumns}, country from source where id = $1`,
    [sourceId],
  )
  const [origin] = rows
  if (!origin) throw new Complaint('The source was deleted meanwhile: see the table source.')
  return origin
}

/** From the beginning, as long as the reader moves on by itself: what is stored and marked stays as it is. */
async function firstRecords(read: (position: Position) => Promise<Batch>): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  for (let position: Position = {}; ;) {
    const batch = await read(position)
    records.push(...batch.records)
    if (!batch.more || records.length >= readMost || isDeepStrictEqual(batch.position, position)) break
    position = batch.position
  }
  return records.slice(0, readMost)
}

async function knownAmong(db: Database, sourceId: number, judged: readonly Judged[]): Promise<number> {
  const { rows } = await db.query<{ known: number }>(
    '-- import: which records are here already?\nselect count(*) as known from cdr where source_id = $1 and source_key = any ($2)',
    [sourceId, judged.map(({ source_key }) => source_key)],
  )
  return rows[0]?.known ?? 0
}
