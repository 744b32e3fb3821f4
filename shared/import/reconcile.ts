// What a source holds, counted by a read of its own, and kept beside what was read from it.

import type { Source } from '../cdr/source.ts'
import { writtenDay } from '../cdr/written-day.ts'
import type { Database } from '../database/connect.ts'
import { countLock } from '../database/locks.ts'
import type { Format } from '../sources/record/format.ts'
import type { DayPart, Reader } from '../sources/record/reader.ts'
import { decimal, microseconds } from '../time/seconds.ts'

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
    const days = await countDays(reader.countDays(), source.format)
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
  marked: number
}

/** Puts the parts of each day together. */
export async function countDays(
  parts: AsyncIterable<DayPart>,
  { dayOf }: Pick<Format, 'dayOf'> = {},
): Promise<CountedDay[]> {
  const days = new Map<string, { records: number; micro: bigint; marked: number }>()
  for await (const { written, records, billsec, marked = 0 } of parts) {
    const day = writtenDay(written, dayOf) ?? noDay
    const counted = days.get(day) ?? { records: 0, micro: 0n, marked: 0 }
    days.set(day, {
      records: counted.records + records,
      micro: counted.micro + microseconds(billsec),
      marked: counted.marked + marked,
    })
  }
  return [...days].map(([day, { micro, ...counts }]) => ({ day, billsec: decimal(micro), ...counts }))
}

async function keep(db: Database, sourceId: number, days: readonly CountedDay[]): Promise<void> {
  await db.query(
    `-- import: keep what the source holds a day
    with counted as (
      select day, records, billsec, marked
      from json_to_recordset($2::json) as counted (day date, records bigint, billsec numeric, marked bigint)
    ), gone as (
      update source_day set records = 0, billsec = 0, marked = 0, counted_at = clock_timestamp()
      where source_id = $1 and day not in (select day from counted)
    )
    insert into source_day (source_id, day, records, billsec, marked, records_most, billsec_most)
    select $1, day, records, trim_scale(billsec), marked, records, trim_scale(billsec) from counted
    on conflict (source_id, day) do update
    set records = excluded.records, billsec = excluded.billsec, marked = excluded.marked, counted_at = clock_timestamp(),
      billsec_most = case when excluded.records >= source_day.records_most then excluded.billsec else source_day.billsec_most end,
      records_most = greatest(source_day.records_most, excluded.records)`,
    [sourceId, JSON.stringify(days)],
  )
}
