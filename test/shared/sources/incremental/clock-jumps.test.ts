import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { readKeyed } from '../../../../shared/sources/incremental/by-key.ts'
import { readByTime } from '../../../../shared/sources/incremental/by-time.ts'
import { gapsIn } from '../../../../shared/sources/incremental/gaps.ts'
import type { KeyedRow, KeyedTable } from '../../../../shared/sources/incremental/keyed-table.ts'

const day = 86_400_000

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'] }))
afterEach(() => vi.useRealTimers())

/** As when somebody sets it, or the time service does: what counts on, counts on. */
function setClock(byMs: number): void {
  vi.setSystemTime(Date.now() + byMs)
}

function aRow(id: number): KeyedRow {
  return { id: BigInt(id), record: { id: String(id) } }
}

function aTable(rows: KeyedRow[]): KeyedTable {
  return {
    from: (id) => Promise.resolve({ rows: rows.filter((row) => row.id >= id), more: false }),
    within: (ranges) =>
      Promise.resolve(rows.filter(({ id }) => ranges.some(({ from, to }) => id >= from && id <= to))),
    since: () => Promise.resolve(undefined),
    below: () => Promise.resolve(undefined),
    unmarked: () => Promise.resolve({ rows: [], more: false }),
    mark: () => Promise.resolve(true),
    contentOf: ({ id }) => String(id),
    keepsIds: () => true,
    upTo: () => Promise.resolve([]),
  }
}

describe('when the clock of the host jumps', () => {
  it('a missing id is watched as long as otherwise', () => {
    const gaps = gapsIn(undefined, [{ id: 1n }, { id: 3n }])
    setClock(day)
    expect(gapsIn({ id: 3n, gaps }, [])).toEqual(gaps)
  })

  it('a row that comes late is found as soon as otherwise', async () => {
    const rows = [aRow(1), aRow(3)]
    const read = readKeyed(aTable(rows), { kind: 'test', gapsFill: true, mark: undefined })
    const { position } = await read({})
    setClock(-day)
    vi.advanceTimersByTime(1_000)
    rows.splice(1, 0, aRow(2))
    expect((await read(position)).records).toHaveLength(1)
  })

  it('a table without a key is looked at as often as otherwise', async () => {
    const rows = [{ calldate: '2026-11-21 08:00:00' }]
    const read = readByTime(
      {
        contentOf: (row) => JSON.stringify(row),
        count: (characters) =>
          Promise.resolve(new Map([[rows[0]?.calldate.slice(0, characters) ?? '', rows.length]])),
        isHeavy: false,
        countWithin: () => Promise.resolve(new Map()),
        read: () => Promise.resolve([...rows]),
      },
      'test',
    )
    const first = await read({})
    await first.stored?.()
    setClock(-day)
    vi.advanceTimersByTime(61_000)
    rows.push({ calldate: '2026-11-21 08:00:01' })
    expect((await read(first.position)).records).toHaveLength(2)
  })
})
