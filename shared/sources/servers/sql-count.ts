// What a table in a database server holds, counted by day.

import type { DayPart, SourceRecord } from '../record/reader.ts'
import type { Server, SqlTable } from './sql-table.ts'

const countMs = 600_000
const countedAtOnce = 50_000

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
