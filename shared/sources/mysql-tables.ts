// The questions that reading on asks a table of MySQL or MariaDB.

import { codeOf } from '../faults.ts'
import type { TimedTable } from './by-time.ts'
import { contentHash } from './keys.ts'
import type { KeyedRow, KeyedTable } from './keyed.ts'
import { quoted } from './mysql-connection.ts'
import type { Mysql } from './mysql-connection.ts'
import type { Format, SourceRecord } from './reader.ts'

const markedAtOnce = 500
const countMs = 120_000

const mayNotWrite = [
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
]

export function keyedTable(
  mysql: Mysql,
  table: { name: string; key: string; marked: string | undefined },
  format: Format,
): KeyedTable {
  const [name, key, marked] = [quoted(table.name), quoted(table.key), quoted(table.marked ?? '')]
  const keyColumn = table.key.toLowerCase()
  const rowsOf = (records: SourceRecord[]): KeyedRow[] =>
    records.map((record) => ({ id: BigInt(record[keyColumn] ?? '0'), record }))
  const markSome = async (ids: readonly bigint[]): Promise<void> => {
    if (ids.length === 0) return
    await mysql.tell(
      `/* import: mark what is stored */ update ${name} set ${marked} = 1 where ${key} in (?)`,
      [ids],
    )
  }
  return {
    contentOf: ({ record }) => contentHash(record, format.identity),
    keepsIds: () => true,
    upTo: () => Promise.resolve([]),
    from: async (id, limit) =>
      rowsOf(
        await mysql.ask(
          `/* import: read on */ select * from ${name} where ${key} >= ? order by ${key} limit ?`,
          [id, limit],
        ),
      ),
    within: async (ranges, limit) =>
      rowsOf(
        await mysql.ask(
          `/* import: rows that came late */
          select * from ${name}
          where ${ranges.map(() => `${key} between ? and ?`).join(' or ')}
          order by ${key} limit ?`,
          [...ranges.flatMap(({ from, to }) => [from, to]), limit],
        ),
      ),
    below: async (id, steps) => {
      const [found] = await mysql.ask(
        `/* import: go over the table */
        select min(k) as k from (select ${key} as k from ${name} where ${key} < ? order by ${key} desc limit ?) step`,
        [id, steps],
      )
      const lowest = found?.['k']
      return lowest === undefined || lowest === null ? undefined : BigInt(lowest)
    },
    unmarked: async (from, to, limit) =>
      rowsOf(
        await mysql.ask(
          `/* import: rows without a mark */
          select * from ${name}
          where ${key} between ? and ? and coalesce(${marked}, 0) = 0
          order by ${key} limit ?`,
          [from, to, limit],
        ),
      ),
    mark: async (ids) => {
      try {
        for (let done = 0; done < ids.length; done += markedAtOnce)
          await markSome(ids.slice(done, done + markedAtOnce))
        return true
      } catch (error) {
        if (mayNotWrite.includes(codeOf(error) ?? '')) return false
        throw error
      }
    },
  }
}

export function timedTable(
  mysql: Mysql,
  table: { name: string; began: string; columns: readonly string[] },
  format: Format,
): TimedTable {
  const [name, began] = [quoted(table.name), quoted(table.began)]
  const telling = table.columns.filter((column) => format.identity.includes(column.toLowerCase())).map(quoted)
  const count = async (
    characters: number,
    where: string,
    values: readonly unknown[],
  ): Promise<Map<string, number>> => {
    const rows = await mysql.ask(
      `/* import: where have rows come? */
      select left(cast(${began} as char), ${characters}) as bucket, count(*) as records
      from ${name} where ${where} group by 1`,
      values,
      countMs,
    )
    return new Map(rows.map((row) => [row['bucket'] ?? '', Number(row['records'])]))
  }
  return {
    identity: format.identity,
    count: (characters, from) =>
      from === undefined ? count(characters, 'true', []) : count(characters, `${began} >= ?`, [from]),
    countWithin: (characters, from, to) => count(characters, `${began} >= ? and ${began} <= ?`, [from, to]),
    read: ({ from, to, parts, part }) => {
      const share = `crc32(concat_ws(',', ${telling.join(', ')})) % ? = ?`
      const within = from === '' ? `${began} is null` : `${began} >= ? and ${began} <= ?`
      return mysql.ask(
        `/* import: read rows by time */ select * from ${name} where ${within} and ${share} order by ${began}`,
        [...(from === '' ? [] : [from, to]), parts, part],
      )
    },
  }
}
