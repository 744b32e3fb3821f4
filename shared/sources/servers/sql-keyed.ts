// The questions of reading on by a key, in words that MySQL, MariaDB and PostgreSQL all understand.

import { createContentHash } from '../incremental/content-hash.ts'
import type { KeyedRow, KeyedTable } from '../incremental/keyed-table.ts'
import type { Format } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { bucketsMs } from './sql-table.ts'
import type { Server, SqlTable } from './sql-table.ts'

const markedAtOnce = 500

/** Of a table with a key and, if it is to be marked, a mark. */
export function keyedTable(server: Server, table: SqlTable & { key: string }, format: Format): KeyedTable {
  const { name, mark } = table
  const key = table.quoted(table.key)
  const keyColumn = table.key.toLowerCase()
  const rowsOf = (records: SourceRecord[]): KeyedRow[] =>
    records.map((record) => ({ id: BigInt(record[keyColumn] ?? '0'), record }))
  const hashOf = createContentHash(table.columns, format)
  return {
    contentOf: ({ record }) => hashOf(record),
    keepsIds: () => true,
    upTo: () => Promise.resolve([]),
    from: async (id, limit) =>
      rowsOf(
        await server.ask(
          `/* import: read on */ select * from ${name} where ${key} >= ? order by ${key} limit ?`,
          [id, limit],
        ),
      ),
    within: async (ranges, limit) =>
      rowsOf(
        await server.ask(
          `/* import: rows that came late */
          select * from ${name}
          where ${ranges.map(() => `${key} between ? and ?`).join(' or ')}
          order by ${key} limit ?`,
          [...ranges.flatMap(({ from, to }) => [from, to]), limit],
        ),
      ),
    since: async (moment) => {
      // Without a moment there is only the beginning.
      if (!table.began) return 0n
      const [found] = await server.ask(
        `/* import: where to read again from */ select min(${key}) as k from ${name} where ${table.began.column} >= ?`,
        [moment],
        bucketsMs,
      )
      const lowest = found?.['k']
      return lowest === undefined || lowest === null ? undefined : BigInt(lowest)
    },
    below: async (id, steps) => {
      const [found] = await server.ask(
        `/* import: go over the table */
        select min(k) as k from (select ${key} as k from ${name} where ${key} < ? order by ${key} desc limit ?) step`,
        [id, steps],
      )
      const lowest = found?.['k']
      return lowest === undefined || lowest === null ? undefined : BigInt(lowest)
    },
    unmarked: async (from, to, limit) =>
      rowsOf(
        await server.ask(
          `/* import: rows without a mark */
          select * from ${name}
          where ${key} between ? and ? and not (${mark?.isSet ?? 'true'})
          order by ${key} limit ?`,
          [from, to, limit],
        ),
      ),
    mark: async (ids) => {
      if (!mark) return false
      try {
        for (let done = 0; done < ids.length; done += markedAtOnce) {
          const some = ids.slice(done, done + markedAtOnce)
          await server.tell(
            `/* import: mark what is stored */ update ${name} set ${mark.set} where ${key} in (${some.map(() => '?').join()})`,
            some,
          )
        }
        return true
      } catch (error) {
        if (mark.isForbidden(error)) return false
        throw error
      }
    },
  }
}
