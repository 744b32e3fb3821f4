// The questions of reading on by time, in words that MySQL, MariaDB and PostgreSQL all understand.

import { createContentHash, tellingColumns } from '../incremental/content-hash.ts'
import type { Counted, TimedTable } from '../incremental/timed-table.ts'
import type { Format } from '../record/format.ts'
import { bucketsMs } from './sql-table.ts'
import type { Moment, Server, SqlTable } from './sql-table.ts'

/** The table as reading by time asks it; `began` is its column of the moment calls began. */
export function timedTable(server: Server, table: SqlTable & { began: Moment }, format: Format): TimedTable {
  const { name, began } = table
  const telling = tellingColumns(table.columns, format).map(table.quoted)
  const count = async (
    characters: number,
    where: string,
    values: readonly unknown[],
    weight: string,
  ): Promise<Map<string, Counted>> => {
    const rows = await server.ask(
      `/* import: where have rows come? */
      select case when ${began.missing} then '' else left(${began.text}, ${characters}) end as bucket, count(*) as records, sum(${weight}) as bytes
      from ${name} where ${where} group by 1`,
      values,
      bucketsMs,
    )
    return new Map(
      rows.map(({ bucket, records, bytes }) => [
        bucket ?? '',
        { rows: Number(records), bytes: Number(bytes) },
      ]),
    )
  }
  const rowsOnly = async (counted: Promise<Map<string, Counted>>): Promise<Map<string, number>> =>
    new Map([...(await counted)].map(([bucket, { rows }]) => [bucket, rows]))
  const since = `${began.column} >= ? and not (${began.missing})`
  return {
    contentOf: createContentHash(table.columns, format),
    count: (characters, from) =>
      rowsOnly(
        from === undefined ? count(characters, 'true', [], '0') : count(characters, since, [from], '0'),
      ),
    countWithin: (characters, from, to) =>
      count(characters, `${since} and ${began.column} <= ?`, [from, to], table.weight ?? '0'),
    isHeavy: table.weight !== undefined,
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
