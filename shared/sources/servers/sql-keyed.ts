// The questions of reading on by a key, in words that MySQL, MariaDB and PostgreSQL all understand.

import { createContentHash } from '../incremental/content-hash.ts'
import type { KeyedRow, KeyedTable, SomeRows } from '../incremental/keyed-table.ts'
import { fitting } from '../incremental/weight.ts'
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
  /** Rows in the order of the key, as many as the limit and their weight allow. */
  const some = async (
    what: string,
    where: string,
    values: readonly unknown[],
    limit: number,
    least: number,
  ): Promise<SomeRows> => {
    let few = limit
    if (table.weight !== undefined) {
      const weighed = await server.ask(
        `/* import: how heavy are the next rows? */ select ${table.weight} as bytes from ${name} where ${where} order by ${key} limit ?`,
        [...values, limit],
      )
      few = fitting(
        weighed.map(({ bytes }) => Number(bytes)),
        least,
      )
      if (few === 0) return { rows: [], more: false }
      if (few === weighed.length) few = limit
    }
    const rows = rowsOf(
      await server.ask(`/* import: ${what} */ select * from ${name} where ${where} order by ${key} limit ?`, [
        ...values,
        few,
      ]),
    )
    return { rows, more: rows.length >= few }
  }
  return {
    contentOf: ({ record }) => hashOf(record),
    keepsIds: () => true,
    upTo: () => Promise.resolve([]),
    from: (id, limit) => some('read on', `${key} >= ?`, [id], limit, 2),
    within: async (ranges, limit) => {
      const inRanges = ranges.map(() => `${key} between ? and ?`).join(' or ')
      const ends = ranges.flatMap(({ from, to }) => [from, to])
      return (await some('rows that came late', inRanges, ends, limit, 1)).rows
    },
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
    unmarked: (from, to, limit) =>
      some(
        'rows without a mark',
        `${key} between ? and ? and not (${mark?.isSet ?? 'true'})`,
        [from, to],
        limit,
        1,
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
