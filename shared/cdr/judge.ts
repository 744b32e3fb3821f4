// What a record becomes: a call, a part of one, rejected or left out, whatever way it came here.

import type { Clock, Format, NewCall } from '../sources/record/format.ts'
import type { ReadRecord, SourceRecord } from '../sources/record/reader.ts'
import { writtenOn } from './written-day.ts'
import type { WrittenOn } from './written-day.ts'

/** A record with what it became; the moments and numbers as PostgreSQL reads them. */
export interface Judged extends Partial<NewCall>, WrittenOn {
  source_key: string
  record: ReadRecord['record']
  rejected: string | null
  left_out?: string
  /** The call that is made of this record and others, by join-parts.ts. */
  part_of?: string
}

/**
 * Columns of a query over `source`: the clock its records are read by. Which year it is, the database says: the clock of a host
 * may be wrong.
 */
export const clockColumns = `source.time_zone, extract(year from now() at time zone 'UTC')::integer + 1 as "latestYear"`

/** What the format makes of each record; one that could not be read is rejected with the reason. Pure. */
export function judge(records: readonly ReadRecord[], format: Format, clock: Clock): Judged[] {
  return records.map(({ source_key, record, unreadable }) => {
    const { day, seconds } = writtenOn(record, format)
    if (unreadable !== undefined) return { source_key, record, day, seconds, rejected: unreadable }
    const outcome = format.toCall(record, clock)
    if ('call' in outcome) return { source_key, record, day, seconds, rejected: null, ...outcome.call }
    return { source_key, record, day, seconds, rejected: null, ...outcome }
  })
}

export interface Kept {
  id: number
  record: SourceRecord
  rejected: string | null
}

/** What could not even be read as a record keeps its reason: there are no columns to judge. */
export function judgeKept(records: readonly Kept[], format: Format, clock: Clock): Judged[] {
  return judge(
    records.map(({ id, record, rejected }) => ({
      source_key: String(id),
      record,
      ...(rejected !== null && isLine(record) && { unreadable: rejected }),
    })),
    format,
    clock,
  )
}

function isLine(record: SourceRecord): boolean {
  return Object.keys(record).join() === 'line'
}
