// Records on their way into the billing database: whose turn it is, what is kept, and how far the source has been read.

import type { Database } from '../database/connect.ts'
import { isNobodysFault, sentenceFor } from '../errors/whose-fault.ts'
import type { Format, NewCall, Position, ReadRecord } from '../sources/record/reader.ts'
import type { Rules } from '../sources/registry.ts'
import { writtenOn } from './written-day.ts'
import type { WrittenOn } from './written-day.ts'

/** A source whose turn this process has until its transaction ends. */
export interface Turn {
  position: Position
  failing: boolean
  enabled: boolean
  /** Some of its records are to be judged again. */
  rejudging: boolean
  /** It has not been said lately that the source was read to its end. */
  end_due: boolean
  time_zone: string
  rules: Rules
}

export interface Stored {
  /** Records that were not there before. */
  kept: number
  rejected: number
}

/** Undefined when another importer has the turn. To be asked inside a transaction. */
export async function takeTurn(db: Database, sourceId: number): Promise<Turn | undefined> {
  const { rows } = await db.query<Turn>({
    name: 'take turn',
    text: `-- import: take the turn
      select source_position.position, source_position.failing_since is not null as failing, source.enabled, source.time_zone,
        json_build_object('format', source.format, 'mapping', source.mapping, 'filter', source.filter) as rules,
        exists (select from rejudging where source_id = $1 and done_at is null) as rejudging,
        coalesce(source_position.read_to_end_at < clock_timestamp() - interval '2 seconds', true) as end_due
      from source_position
      join source on source.id = source_position.source_id
      where source_position.source_id = $1
      for update of source_position skip locked`,
    values: [sourceId],
  })
  return rows[0]
}

/** There must be a row to lock; taking it away makes import read from the beginning. */
export async function makeTurn(db: Database, sourceId: number): Promise<void> {
  await db.query(
    `-- import: a source that was never read
    insert into source_position (source_id, records)
    select $1, (select count(*) from cdr where source_id = $1)
    where not exists (select from source_position where source_id = $1)
    on conflict do nothing`,
    [sourceId],
  )
}

/** Where a source has been read to. */
export interface Reached {
  position: Position
  /** Records kept since the position before. */
  kept: number
  /** There was something to read. */
  moved: boolean
  /** There is nothing more to read at this moment. */
  end: boolean
}

export async function movePosition(
  db: Database,
  sourceId: number,
  { position, kept, moved, end }: Reached,
): Promise<void> {
  await db.query({
    name: 'move position',
    text: `-- import: remember how far the source was read
      update source_position
      set position = $2, records = records + $3, failing_since = null, failure = null,
        moved_at = case when $4 then clock_timestamp() else moved_at end,
        read_to_end_at = case when $5 then clock_timestamp() else read_to_end_at end
      where source_id = $1`,
    values: [sourceId, JSON.stringify(position), kept, moved, end],
  })
}

export async function noteFailure(db: Database, sourceId: number, failure: string): Promise<void> {
  await db.query(
    `-- import: the source cannot be read
    update source_position set failing_since = coalesce(failing_since, clock_timestamp()), failure = $2 where source_id = $1`,
    [sourceId, failure],
  )
}

/** A record with what it became; the moments and numbers as PostgreSQL reads them. */
export interface Judged extends Partial<NewCall>, WrittenOn {
  source_key: string
  record: ReadRecord['record']
  rejected: string | null
  left_out?: string
  /** The call that is made of this record and others, by joining.ts. */
  part_of?: string
}

export function judge(
  records: readonly ReadRecord[],
  format: Format,
  time_zone: string,
  latestYear: number,
): Judged[] {
  return records.map(({ source_key, record, unreadable }) => {
    const { day, seconds } = writtenOn(record, format)
    if (unreadable !== undefined) return { source_key, record, day, seconds, rejected: unreadable }
    const outcome = format.toCall(record, { time_zone, latestYear })
    if ('call' in outcome) return { source_key, record, day, seconds, rejected: null, ...outcome.call }
    return { source_key, record, day, seconds, rejected: null, ...outcome }
  })
}

/**
 * Keeps the records that are not kept yet, and makes calls of those that are whole and not rejected, in the order given.
 * If PostgreSQL refuses one, that one is rejected with what PostgreSQL said and the others are kept. To be asked
 * inside a transaction.
 */
export async function store(db: Database, sourceId: number, records: readonly Judged[]): Promise<Stored> {
  const pieces = await inPieces(db, records, async (piece) => {
    const { rows } = await db.query<Stored>({
      name: 'store',
      text: storeQuery,
      values: [sourceId, JSON.stringify(piece)],
    })
    return rows[0] ?? { kept: 0, rejected: 0 }
  })
  return {
    kept: pieces.reduce((sum, { kept }) => sum + kept, 0),
    rejected: pieces.reduce((sum, { rejected }) => sum + rejected, 0),
  }
}

/** Puts all records at once, or else by halves, until the one that PostgreSQL refuses is found: that one is put as rejected. */
export async function inPieces<Put>(
  db: Database,
  records: readonly Judged[],
  put: (piece: readonly Judged[]) => Promise<Put>,
): Promise<Put[]> {
  if (records.length === 0) return []
  await db.query('savepoint piece')
  try {
    return [await put(records)]
  } catch (error) {
    if (isNobodysFault(error)) throw error
    await db.query('rollback to savepoint piece')
    const [only] = records
    if (only && records.length === 1) {
      if (only.rejected !== null) throw error
      const { source_key, record, day, seconds } = only
      return [await put([{ source_key, record, day, seconds, rejected: sentenceFor(error) }])]
    }
    const half = Math.ceil(records.length / 2)
    return [
      ...(await inPieces(db, records.slice(0, half), put)),
      ...(await inPieces(db, records.slice(half), put)),
    ]
  }
}

const storeQuery = `-- import: keep records and make calls of them
with given as materialized (
  select *, row_number() over () as nr
  from json_to_recordset($2::json) as given (
    source_key text, record jsonb, day date, seconds numeric, rejected text, left_out text, part_of text,
    calldate timestamptz, answered_at timestamptz, channel text, dstchannel text, src text, dst text, dcontext text,
    accountcode text, uniqueid text, disposition text, duration bigint, billsec bigint)
), kept as (
  insert into cdr (source_id, source_key, record, day, billsec, rejected, left_out, part_of)
  select $1, source_key, record, day, seconds, rejected, left_out, part_of from given order by nr
  on conflict (source_id, source_key) do nothing
  returning id, source_key, rejected
), called as (
  insert into paidcalls (cdr_id, source_id, calldate, answered_at, channel, dstchannel, src, dst, dcontext, accountcode,
    uniqueid, disposition, duration, billsec)
  select kept.id, $1, calldate, answered_at, channel, dstchannel, src, dst, dcontext, accountcode,
    uniqueid, disposition, duration, billsec
  from kept
  join given using (source_key)
  where kept.rejected is null and calldate is not null
  order by nr
)
select count(*) as kept, count(rejected) as rejected from kept`
