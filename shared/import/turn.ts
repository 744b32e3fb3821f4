// Whose turn it is to read a source, and how far the source has been read.

import { clockColumns } from '../cdr/judge.ts'
import type { Database } from '../database/connect.ts'
import type { Clock } from '../sources/record/format.ts'
import type { Position } from '../sources/record/reader.ts'
import type { MappingAndFilter } from '../sources/registry.ts'

/** A source whose turn this process has until its transaction ends. */
export interface Turn extends Clock {
  position: Position
  failing: boolean
  enabled: boolean
  /** Some of its records are to be judged again. */
  rejudging: boolean
  /** It has not been said lately that the source was read to its end. */
  end_due: boolean
  rules: MappingAndFilter
  /** The clock of the database, in milliseconds since 1970. */
  nowMs: number
}

const rules = `json_build_object('format', source.format, 'mapping', source.mapping, 'filter', source.filter)`

/** The rules of a source as they are now, later than the turn was taken. */
export async function rulesOf(db: Database, sourceId: number): Promise<MappingAndFilter | undefined> {
  const { rows } = await db.query<{ rules: MappingAndFilter }>({
    name: 'rules',
    text: `-- import: the rules as they are after reading\nselect ${rules} as rules from source where id = $1`,
    values: [sourceId],
  })
  return rows[0]?.rules
}

/** Undefined when another importer has the turn. To be asked inside a transaction. */
export async function takeTurn(db: Database, sourceId: number): Promise<Turn | undefined> {
  const { rows } = await db.query<Turn>({
    name: 'take turn',
    text: `-- import: take the turn
      select source_position.position, source_position.failing_since is not null as failing, source.enabled and (source.home <> (select name from this_database)) is not true as enabled, ${clockColumns},
        (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs",
        ${rules} as rules,
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

/** Keeps how far a source was read, in the transaction that stores the records; whatever failed before is over. */
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

/** Keeps why a source cannot be read, for the view sources; since when is kept from the first failure on. */
export async function noteFailure(db: Database, sourceId: number, failure: string): Promise<void> {
  await db.query(
    `-- import: the source cannot be read
    update source_position set failing_since = coalesce(failing_since, clock_timestamp()), failure = $2 where source_id = $1`,
    [sourceId, failure],
  )
}
