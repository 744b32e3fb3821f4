// Reads on in a table whose rows have a key that grows: an auto-increment in MySQL, a rowid in SQLite.
//
// The position remembers the last row's id and content. If that row is no longer there as it was (the table was
// truncated and its numbers began again, rows were deleted and their ids reused, the file was replaced), reading starts from the
// beginning: what is stored already is recognised by its key.
//
// A table with a column `marked` is read where that is 0 or false: rows marked before were read by somebody else. The position
// { again: … } has those read too that are there at that moment: what was read may have been lost here.

import { createWindow } from '../record/keys.ts'
import type { Window } from '../record/keys.ts'
import { beginning } from '../record/reader.ts'
import type { Batch, Position, ReadRecord, SourceRecord } from '../record/reader.ts'
import { gapsIn, withoutRows } from './gaps.ts'
import { lastOf, positionOf } from './key-position.ts'
import type { Again, Last } from './key-position.ts'
import type { KeyedRow, KeyedTable } from './keyed-table.ts'
import { goOver } from './unmarked.ts'
import type { Step } from './unmarked.ts'

export interface Ways {
  /** Stands in the position, so that it is not taken for that of another kind of source. */
  kind: string
  /** Rows become visible out of order. */
  gapsFill: boolean
  /** The column that marks what has been read, if there is one. */
  mark: string | undefined
}

const batchSize = 1_000
const gapsLookMs = 500
const windowSize = 1_000
const idMost = 2n ** 63n - 1n

/** The part of a Reader that reads; it remembers between batches when it last looked where. */
export function readKeyed(table: KeyedTable, ways: Ways): (position: Position) => Promise<Batch> {
  let lookedIntoGaps = -gapsLookMs
  const { mark: markColumn } = ways
  let mayMark = markColumn !== undefined
  const goingOver = goOver(table)
  // Of a table that does not keep its ids: the occurrences up to the row with the id `windowAt`.
  let window: Window | undefined
  let windowAt: string | undefined

  const ownKey = (row: KeyedRow): string => `${row.id}:${table.contentOf(row)}`

  return async (position) => {
    const last = lastOf(position, ways.kind)
    const again = last ? last.again : await beginAgain(position)
    const { rows, more } = await table.from(last?.id ?? again?.from ?? 0n, batchSize + 1)
    if (last) {
      const anchor = rows.shift()
      if (anchor?.id !== last.id || table.contentOf(anchor) !== last.content) {
        const anew = again ? { again: beginning } : {}
        return { records: [], position: anew, more: true, ahead: false, notice: 'the source begins again' }
      }
    }
    const before = last ?? (again && { id: again.from - 1n, gaps: [] })
    const gaps = ways.gapsFill ? gapsIn(before, rows) : []
    const late: KeyedRow[] = []
    if (gaps.length > 0 && performance.now() - lookedIntoGaps >= gapsLookMs) {
      lookedIntoGaps = performance.now()
      late.push(...(await table.within(gaps, batchSize)))
    }
    const step = !more && last && mayMark ? await goingOver.step(last.id, batchSize) : undefined
    const wanted = [...late, ...(step?.rows ?? []), ...rows]
      .filter(({ id, record }) => isWanted(record) || (again !== undefined && id <= again.to))
      .sort((one, other) => (one.id < other.id ? -1 : 1))
    const newest = rows.at(-1)
    const reached = newest ? { id: newest.id, content: table.contentOf(newest) } : last
    const keyOf = table.keepsIds() ? ownKey : await occurrenceKeys(last)
    const records = wanted.map((row): ReadRecord => ({ source_key: keyOf(row), record: row.record }))
    const next = reached
      ? positionOf(ways.kind, {
          ...reached,
          gaps: withoutRows(gaps, late),
          repeats: window?.repeats() ?? [],
          again: again && reached.id < again.to ? again : undefined,
        })
      : {}
    windowAt = `${reached?.id ?? ''}`
    return {
      records,
      position: next,
      more: more || step?.more === true,
      ahead: step === undefined,
      ...(mayMark && { stored: () => mark(wanted, step) }),
    }
  }

  function isWanted(record: SourceRecord): boolean {
    return markColumn === undefined || isUnmarked(record[markColumn])
  }

  /** From where to where marked rows are read too, when a position asks for that. */
  async function beginAgain({ again }: Position): Promise<Again | undefined> {
    if (typeof again !== 'string') return undefined
    const newest = (await table.below(idMost, 1)) ?? 0n
    const from = again === beginning ? 0n : ((await table.since(again)) ?? newest)
    return { from, to: newest }
  }

  async function mark(rows: readonly KeyedRow[], step: Step | undefined): Promise<string | undefined> {
    try {
      mayMark = await table.mark(rows.map(({ id }) => id))
    } catch (error) {
      goingOver.again()
      throw error
    }
    step?.done()
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
}

function isUnmarked(mark: string | null | undefined): boolean {
  return mark === '0' || mark === 'f' || mark === null
}
