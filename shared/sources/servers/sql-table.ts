// A table of records in a database server, and the questions that reading on asks it, in words that MySQL, MariaDB and PostgreSQL
// all understand. What they say each in a way of their own is in the table's description.

import type { TimedTable } from '../incremental/by-time.ts'
import { createContentHash, tellingColumns } from '../incremental/content-hash.ts'
import type { KeyedRow, KeyedTable } from '../incremental/keyed-table.ts'
import type { DayPart, Format, SourceRecord } from '../record/reader.ts'

export interface Server {
  /** Rows by column name in small letters, cells as text; `?` stands for a value. Throws what the server or the driver says. */
  ask: (sql: string, values?: readonly unknown[], timeoutMs?: number) => Promise<SourceRecord[]>
  /** For statements that return no rows. */
  tell: (sql: string, values: readonly unknown[]) => Promise<void>
  /** What is under way fails; the next question connects anew. */
  drop: () => void
}

/** Names and expressions stand as in a query. They come from the administrator's URL and the catalog; values never go this way. */
export interface SqlTable {
  /** Stands in the position, so that it is not taken for that of another kind of source. */
  kind: string
  name: string
  columns: readonly string[]
  quoted: (column: string) => string
  /** The column that counts the rows, if there is one. */
  key: string | undefined
  began: Moment | undefined
  /** The seconds spoken, as a number. */
  billsec: string
  mark: Mark | undefined
  /** A whole number from 0 on, the same for the same text. */
  hash: (text: string) => string
}

export interface Moment {
  /** Compares with a text such as 2026-11-21 12:00:00, by an index if there is one. */
  column: string
  text: string
  /** Some rows bear none. */
  missing: string
}

export interface Mark {
  column: string
  isSet: string
  set: string
  /** The user may read, and not write. */
  isForbidden: (error: unknown) => boolean
}

const markedAtOnce = 500
const bucketsMs = 120_000
const countMs = 600_000
const countedAtOnce = 50_000

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

export function timedTable(server: Server, table: SqlTable & { began: Moment }, format: Format): TimedTable {
  const { name, began } = table
  const telling = tellingColumns(table.columns, format).map(table.quoted)
  const count = async (
    characters: number,
    where: string,
    values: readonly unknown[],
  ): Promise<Map<string, number>> => {
    const rows = await server.ask(
      `/* import: where have rows come? */
      select case when ${began.missing} then '' else left(${began.text}, ${characters}) end as bucket, count(*) as records
      from ${name} where ${where} group by 1`,
      values,
      bucketsMs,
    )
    return new Map(rows.map((row) => [row['bucket'] ?? '', Number(row['records'])]))
  }
  const since = `${began.column} >= ? and not (${began.missing})`
  return {
    contentOf: createContentHash(table.columns, format),
    count: (characters, from) =>
      from === undefined ? count(characters, 'true', []) : count(characters, since, [from]),
    countWithin: (characters, from, to) => count(characters, `${since} and ${began.column} <= ?`, [from, to]),
    read: ({ from, to, parts, part }) => {
      const within = from === '' ? began.missing : `${since} and ${began.column} <= ?`
      return server.ask(
        `/* import: read rows by time */
        select * from ${name}
        where ${within} and ${table.hash(`concat_ws(',', ${telling.join(', ')})`)} % ? = ?
        order by ${began.column}`,
        [...(from === '' ? [] : [from, to]), parts, part],
      )
    },
  }
}

/** In steps where there is a key, because MyISAM lets nobody write a table while it is read. */
export async function* countDays(server: Server, table: SqlTable): AsyncIterable<DayPart> {
  const { name, began, billsec, mark } = table
  if (!began) return
  const count = async (where: string, values: readonly unknown[]): Promise<DayPart[]> => {
    const days = await server.ask(
      `/* import: count the source */
      select left(${began.text}, 10) as written, count(*) as records, sum(${billsec}) as billsec,
        sum(case when ${mark?.isSet ?? 'false'} then 1 else 0 end) as marked
      from ${name} where ${where} group by 1`,
      values,
      countMs,
    )
    return days.map(partOf)
  }
  if (table.key === undefined) {
    yield* await count('true', [])
    return
  }
  const key = table.quoted(table.key)
  for (let counted = -1n; ;) {
    const [step]: SourceRecord[] = await server.ask(
      `/* import: the next step to count */
      select max(k) as k from (select ${key} as k from ${name} where ${key} > ? order by 1 limit ?) step`,
      [counted, countedAtOnce],
    )
    const upTo = step?.['k']
    if (upTo === undefined || upTo === null) return
    yield* await count(`${key} > ? and ${key} <= ?`, [counted, BigInt(upTo)])
    counted = BigInt(upTo)
  }
}

function partOf(day: SourceRecord): DayPart {
  return {
    written: day['written'] ?? '',
    records: Number(day['records']),
    billsec: day['billsec'] ?? '0',
    marked: Number(day['marked']),
  }
}
