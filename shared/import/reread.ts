// A source that holds records which are not here, though it was read to its end, is read again from its beginning: that adds
// nothing that is here already.

import type { Database } from '../database/connect.ts'
import { pause, stopped } from '../program/pause.ts'

// As long it may take import to come to the end of what was counted; otherwise the next count decides.
const endMs = 120_000
const lookMs = 500

export interface Missing {
  missing: number
  /** False: it was read again lately, and that did not help. */
  again: boolean
}

/** From the beginning, or from records that began at a moment as the source writes it; marked or not. */
export async function readAgain(db: Database, sourceId: number, from: string): Promise<void> {
  await db.query(
    `-- import: read the source again, marked or not
    update source_position set position = $2, read_to_end_at = null where source_id = $1`,
    [sourceId, JSON.stringify({ again: from })],
  )
}

/**
 * To be asked after a count. What does not come although the source was read again makes the pauses longer: a day, two, four,
 * up to a month; the view reconciliation says what remains. Undefined when nothing is missing, or import is not at the end.
 */
export async function readAgainIfMissing(
  db: Database,
  sourceId: number,
  stop: AbortSignal,
): Promise<Missing | undefined> {
  if (!(await hasComeToTheEnd(db, sourceId, stop))) return undefined
  const { rows } = await db.query<{ missing: number }>(
    `-- import: are records missing that the source still holds?
    with here as (select day, count(*) as records from cdr where source_id = $1 group by day)
    select coalesce(sum(greatest(source_day.records - coalesce(here.records, 0)
      - greatest(source_day.marked - coalesce(here.records, 0), 0), 0)), 0)::bigint as missing
    from source_day
    left join here on coalesce(here.day, '-infinity') = source_day.day
    where source_day.source_id = $1`,
    [sourceId],
  )
  const missing = rows[0]?.missing ?? 0
  if (missing === 0) {
    await db.query(
      `-- import: nothing is missing\nupdate source_position set rereads = 0 where source_id = $1 and rereads > 0`,
      [sourceId],
    )
    return undefined
  }
  const { rowCount } = await db.query(
    `-- import: read the source again from its beginning
    update source_position
    set position = '{}', read_to_end_at = null, rereads = rereads + 1, reread_at = clock_timestamp()
    where source_id = $1
      and (rereads = 0 or reread_at < clock_timestamp() - interval '23 hours' * least(2 ^ (rereads - 1), 30))`,
    [sourceId],
  )
  return { missing, again: rowCount === 1 }
}

/** Import has come to the end of the source after this moment. */
async function hasComeToTheEnd(db: Database, sourceId: number, stop: AbortSignal): Promise<boolean> {
  const { rows } = await db.query<{ now: string }>(
    '-- import: when was this?\nselect clock_timestamp()::text as now',
  )
  for (const since = performance.now(); performance.now() - since < endMs && !stopped(stop);) {
    const { rowCount } = await db.query(
      `-- import: has the source been read to its end?
      select from source_position where source_id = $1 and read_to_end_at > $2::timestamptz`,
      [sourceId, rows[0]?.now],
    )
    if (rowCount === 1) return true
    await pause(lookMs, stop)
  }
  return false
}
