// Reads on in a table whose rows have a key that grows: an auto-increment in MySQL, a rowid in SQLite.
//
// - The position remembers the last row's id and content. If that row is no longer there as it was (the table was
//   truncated and its numbers began again, rows were deleted and their ids reused, the file was replaced), reading starts from the
//   beginning: what is stored already is recognised by its key.
// - A row may become visible after one with a higher id, because its transaction ended later. Ids that are missing are
//   looked up again and again for an hour.
// - A table with a column `marked` is read where marked = 0. Rows marked before were read by somebody else. A row whose mark
//   was lost, or taken back by hand, is found by going over the table in small steps, the newest first: when the
//   process starts and every ten minutes.

import { createWindow } from './keys.ts'
import type { Repeats, Window } from './keys.ts'
import type { Batch, Position, ReadRecord, SourceRecord } from './reader.ts'

export interface KeyedRow {
  id: bigint
  record: SourceRecord
}

export interface KeyedTable {
  /** Rows with this id and above, lowest first. */
  from: (id: bigint, limit: number) => Promise<KeyedRow[]>
  /** Rows whose ids lie in the ranges, ends included. */
  within: (ranges: readonly Gap[], limit: number) => Promise<KeyedRow[]>
  /** The id `steps` rows below, or the lowest there is. */
  below: (id: bigint, steps: number) => Promise<bigint | undefined>
  /** Rows not marked in a range of ids. */
  unmarked: (from: bigint, to: bigint, limit: number) => Promise<KeyedRow[]>
  /** False when it may not be written. */
  mark: (ids: readonly bigint[]) => Promise<boolean>
  /** What tells rows with the same id apart. */
  contentOf: (row: KeyedRow) => string
  /** A row keeps its id for good. Otherwise (rowids that VACUUM may change) its content and occurrence are its key. */
  keepsIds: () => boolean
  /** The rows up to this id, at most `limit`, lowest first. */
  upTo: (id: bigint, limit: number) => Promise<KeyedRow[]>
}

export interface Gap {
  from: bigint
  to: bigint
  /** When it was noticed, in milliseconds since 1970. */
  noticed: number
}

export interface Ways {
  /** Stands in the position, so that it is not taken for that of another kind of source. */
  kind: string
  /** Rows become visible out of order. */
  gapsFill: boolean
  /** There is a column marked. */
  marked: boolean
}

const batchSize = 1_000
const gapsMost = 500
const gapsWatchedMs = 3_600_000
const gapsLookMs = 500
const windowSize = 1_000
const stepRows = 20_000
const goOverMs = 600_000

/** The part of a Reader that reads; it remembers between batches when it last looked where. */
export function readKeyed(table: KeyedTable, ways: Ways): (position: Position) => Promise<Batch> {
  let lookedIntoGaps = 0
  let goneOver = 0
  // Where going over the table has come to: what is above has been looked at.
  let goingDown: bigint | undefined
  let mayMark = ways.marked
  // Of a table that does not keep its ids: the occurrences up to the row with the id `windowAt`.
  let window: Window | undefined
  let windowAt: string | undefined

  const ownKey = (row: KeyedRow): string => `${row.id}:${table.contentOf(row)}`

  return async (position) => {
    const last = lastOf(position, ways.kind)
    const rows = await table.from(last?.id ?? 0n, batchSize + 1)
    if (last) {
      const anchor = rows.shift()
      if (anchor?.id !== last.id || table.contentOf(anchor) !== last.content) {
        return { records: [], position: {}, more: true, ahead: false, notice: 'the source begins again' }
      }
    }
    const gaps = ways.gapsFill ? gapsIn(last, rows) : []
    const late: KeyedRow[] = []
    if (gaps.length > 0 && Date.now() - lookedIntoGaps > gapsLookMs) {
      lookedIntoGaps = Date.now()
      late.push(...(await table.within(gaps, batchSize)))
    }
    const missed = rows.length < batchSize && last && mayMark ? await goOver(last.id) : []
    const wanted = [...late, ...missed, ...rows]
      .filter((row) => !ways.marked || isUnmarked(row.record))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
    const newest = rows.at(-1)
    const reached = newest ? { id: newest.id, content: table.contentOf(newest) } : last
    const keyOf = table.keepsIds() ? ownKey : await occurrenceKeys(last)
    const records = wanted.map((row): ReadRecord => ({ source_key: keyOf(row), record: row.record }))
    const next = reached
      ? positionOf(ways.kind, reached, withoutRows(gaps, late), window?.repeats() ?? [])
      : {}
    windowAt = `${reached?.id ?? ''}`
    return {
      records,
      position: next,
      more: rows.length >= batchSize || missed.length > 0 || goingDown !== undefined,
      ahead: true,
      ...(mayMark && wanted.length > 0 && { stored: () => mark(wanted) }),
    }
  }

  async function mark(rows: readonly KeyedRow[]): Promise<string | undefined> {
    try {
      mayMark = await table.mark(rows.map(({ id }) => id))
    } catch (error) {
      // What is not marked now is found by going over the table.
      goneOver = 0
      throw error
    }
    return mayMark ? undefined : 'the source may not be written: records are not marked there'
  }

  async function occurrenceKeys(last: Last | undefined): Promise<(row: KeyedRow) => string> {
    if (!window || windowAt !== `${last?.id ?? ''}`) {
      const before = last ? await table.upTo(last.id, windowSize) : []
      window = createWindow(windowSize, before.map(table.contentOf), last?.repeats)
    }
    const going = window
    return (row) => going.keyOf(table.contentOf(row))
  }

  /** One step of going over the table for rows without a mark. */
  async function goOver(top: bigint): Promise<KeyedRow[]> {
    if (goingDown === undefined && Date.now() - goneOver < goOverMs) return []
    if (goingDown === undefined) goneOver = Date.now()
    const to = goingDown ?? top
    const from = (await table.below(to, stepRows)) ?? to
    const found = await table.unmarked(from, to, batchSize)
    // Where there are too many for one batch, those stored now are marked before the same step is made again.
    if (found.length < batchSize) goingDown = from < to ? from : undefined
    return found
  }
}

function isUnmarked(record: SourceRecord): boolean {
  return record['marked'] === '0' || record['marked'] === null
}

interface Last {
  id: bigint
  content: string
  gaps: Gap[]
  repeats: Repeats
}

function positionOf(
  kind: string,
  last: { id: bigint; content: string },
  gaps: readonly Gap[],
  repeats: Repeats,
): Position {
  return {
    kind,
    id: String(last.id),
    content: last.content,
    ...(gaps.length > 0 && {
      gaps: gaps.map(({ from, to, noticed }) => [String(from), String(to), noticed]),
    }),
    ...(repeats.length > 0 && { repeats }),
  }
}

function lastOf(position: Position, kind: string): Last | undefined {
  if (position['kind'] !== kind) return undefined
  // Written by positionOf, above.
  const {
    id,
    content,
    gaps = [],
    repeats = [],
  } = position as {
    id: string
    content: string
    gaps?: [string, string, number][]
    repeats?: Repeats
  }
  return {
    id: BigInt(id),
    content,
    repeats,
    gaps: gaps.map(([from, to, noticed]) => ({ from: BigInt(from), to: BigInt(to), noticed })),
  }
}

/** Ids missing before and between the rows, with those missed earlier that may still come; the newest if they are too many. */
function gapsIn(last: Last | undefined, rows: readonly KeyedRow[]): Gap[] {
  const noticed = Date.now()
  const gaps = (last?.gaps ?? []).filter((gap) => noticed - gap.noticed < gapsWatchedMs)
  let before = last?.id ?? 0n
  for (const { id } of rows) {
    if (id > before + 1n) gaps.push({ from: before + 1n, to: id - 1n, noticed })
    before = id
  }
  return gaps.slice(-gapsMost)
}

function withoutRows(gaps: readonly Gap[], rows: readonly KeyedRow[]): Gap[] {
  return gaps.flatMap((gap) => {
    const left: Gap[] = []
    let from = gap.from
    for (const { id } of rows) {
      if (id < gap.from || id > gap.to) continue
      if (id > from) left.push({ from, to: id - 1n, noticed: gap.noticed })
      from = id + 1n
    }
    if (from <= gap.to) left.push({ from, to: gap.to, noticed: gap.noticed })
    return left
  })
}
