// What a source holds, counted by a read of its own, and kept beside what was read from it.

import { connect, disconnect } from './database.ts'
import type { Database } from './database.ts'
import { decimal, microseconds, writtenDay } from './days.ts'
import { sentenceFor } from './faults.ts'
import type { Source } from './importing.ts'
import type { Log } from './log.ts'
import { createPresence, heartbeatMs } from './presence.ts'
import type { Presence } from './presence.ts'
import { rest, stopped } from './rest.ts'
import type { DayPart, Reader } from './sources/reader.ts'

const reconnectMs = 500
// Each query of the ear is short; without an answer by then the server is gone.
const answerMs = 10_000
const channel = 'paidcalls reconcile'
// Any number that nothing else uses as the first half of an advisory lock.
const countLock = 7_281_003
// The day of records whose moment is no date.
const noDay = '-infinity'

/** Counts the source and keeps the figures in source_day. Returns the number of records, or undefined when another process counts. */
export async function reconcile(db: Database, source: Source, reader: Reader): Promise<number | undefined> {
  const { rows } = await db.query<{ mine: boolean }>(
    `-- import: only one counts\nselect pg_try_advisory_lock($1, $2) as mine`,
    [countLock, source.id],
  )
  if (!rows[0]?.mine) return undefined
  try {
    const days = await countDays(reader.countDays())
    await keep(db, source.id, days)
    return days.reduce((sum, { records }) => sum + records, 0)
  } finally {
    await db
      .query('-- import: let others count\nselect pg_advisory_unlock($1, $2)', [countLock, source.id])
      .catch(() => undefined)
  }
}

interface CountedDay {
  day: string
  records: number
  billsec: string
}

/** Puts the parts of each day together. */
export async function countDays(parts: AsyncIterable<DayPart>): Promise<CountedDay[]> {
  const days = new Map<string, { records: number; micro: bigint }>()
  for await (const { written, records, billsec } of parts) {
    const day = writtenDay(written) ?? noDay
    const counted = days.get(day) ?? { records: 0, micro: 0n }
    days.set(day, { records: counted.records + records, micro: counted.micro + microseconds(billsec) })
  }
  return [...days].map(([day, { records, micro }]) => ({ day, records, billsec: decimal(micro) }))
}

async function keep(db: Database, sourceId: number, days: readonly CountedDay[]): Promise<void> {
  await db.query(
    `-- import: keep what the source holds a day
    with counted as (
      select day, records, billsec from json_to_recordset($2::json) as counted (day date, records bigint, billsec numeric)
    ), gone as (
      update source_day set records = 0, billsec = 0, counted_at = clock_timestamp()
      where source_id = $1 and day not in (select day from counted)
    )
    insert into source_day (source_id, day, records, billsec, records_most, billsec_most)
    select $1, day, records, trim_scale(billsec), records, trim_scale(billsec) from counted
    on conflict (source_id, day) do update
    set records = excluded.records, billsec = excluded.billsec, counted_at = clock_timestamp(),
      billsec_most = case when excluded.records >= source_day.records_most then excluded.billsec else source_day.billsec_most end,
      records_most = greatest(source_day.records_most, excluded.records)`,
    [sourceId, JSON.stringify(days)],
  )
}

export interface Attending {
  databaseUrl: string
  source: Source
  /** A reader of its own for a count, so that reading on does not wait for it. */
  openReader: () => Reader
  presence: Presence
  log: Log
  stop: AbortSignal
}

/**
 * Until `stop` aborts: says that this process is at work, and counts the source when asked to on the channel.
 * A count under way then is left alone; what it had not kept is counted the next time.
 */
export async function attend({
  databaseUrl,
  source,
  openReader,
  presence,
  log,
  stop,
}: Attending): Promise<void> {
  const { beat, leave } = createPresence(presence)
  let counting: Promise<void> | undefined
  const count = async (): Promise<void> => {
    const [reader, db] = [openReader(), await connect(databaseUrl, 'import count')]
    const abandon = (): void => void reader.close()
    stop.addEventListener('abort', abandon)
    try {
      const records = await reconcile(db, source, reader)
      if (records !== undefined) log.info({ records }, 'source counted')
    } catch (error) {
      if (!stopped(stop)) log.warn({ reason: sentenceFor(error) }, 'source could not be counted')
    } finally {
      stop.removeEventListener('abort', abandon)
      await reader.close()
      await disconnect(db)
    }
  }
  while (!stopped(stop)) {
    let db: Database | undefined
    try {
      db = await connect(databaseUrl, 'import ear', answerMs)
      db.on('notification', ({ payload }) => {
        if (payload !== '' && payload !== String(source.id)) return
        counting ??= count()
          .catch(() => undefined)
          .finally(() => (counting = undefined))
      })
      await db.query(`listen "${channel}"`)
      while (!stopped(stop)) {
        await beat(db)
        await rest(heartbeatMs, stop)
      }
      await leave(db)
    } catch (error) {
      log.debug({ reason: sentenceFor(error) }, 'ear lost its connection')
      await rest(reconnectMs, stop)
    } finally {
      await disconnect(db)
    }
  }
}
