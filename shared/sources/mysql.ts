// Records in a table of MySQL or MariaDB, MyISAM and InnoDB alike: seed 001's with `marked`, or any other, read-only.

import { Complaint } from '../config.ts'
import { readByTime } from './by-time.ts'
import { readKeyed } from './keyed.ts'
import { connectLazily, databaseIn, quoted } from './mysql-connection.ts'
import type { Mysql } from './mysql-connection.ts'
import { keyedTable, timedTable } from './mysql-tables.ts'
import type { Batch, DayPart, Format, Position, Reader, SourceRecord } from './reader.ts'

const countMs = 600_000
const countedAtOnce = 50_000

interface Table {
  name: string
  /** The column that counts the rows, if there is one. */
  key: string | undefined
  /** The column of the moment a call began. */
  began: string | undefined
  billsec: string | undefined
  marked: string | undefined
  columns: readonly string[]
}

/** `mysql://user:password@host:3306/database?table=cdr`. */
export function readMysql(url: URL, format: Format): Reader {
  const mysql = connectLazily(url)
  let table: Table | undefined
  let readOn: ((position: Position) => Promise<Batch>) | undefined

  const look = async (): Promise<{ table: Table; readOn: (position: Position) => Promise<Batch> }> => {
    table ??= await lookAt(mysql, url.searchParams.get('table') ?? 'cdr', databaseIn(url), format)
    readOn ??= wayOf(mysql, table, format)
    return { table, readOn }
  }
  return {
    open: async () => {
      await look()
    },
    read: async (position) => (await look()).readOn(position),
    countDays: async function* () {
      yield* countDays(mysql, (await look()).table)
    },
    close: () => {
      mysql.drop()
      return Promise.resolve()
    },
  }
}

async function lookAt(mysql: Mysql, name: string, database: string, format: Format): Promise<Table> {
  const found = await mysql.ask(
    `/* import: look at the table */
    select column_name as name, column_key as in_key, extra as extra, data_type as type
    from information_schema.columns
    where table_schema = database() and table_name = ?
    order by ordinal_position`,
    [name],
  )
  if (found.length === 0) throw new Complaint(await noSuchTable(mysql, name, database))
  const columns = found.map(({ name: column, in_key, extra, type }) => ({
    name: column ?? '',
    inKey: in_key ?? '',
    extra: extra ?? '',
    type: type ?? '',
  }))
  const named = (wanted: string): string | undefined =>
    columns.find((column) => column.name.toLowerCase() === wanted)?.name
  const primary = columns.filter((column) => column.inKey === 'PRI')
  const counting =
    columns.find((column) => column.extra.includes('auto_increment')) ??
    (primary.length === 1 ? primary[0] : undefined)
  const key = counting?.type.endsWith('int') ? counting.name : undefined
  const first = (wanted: readonly string[]): string | undefined =>
    wanted.map(named).find((column) => column !== undefined)
  const began = first(format.began)
  if (key === undefined && began === undefined) {
    const wanted = format.began.join(' or ')
    throw new Complaint(
      `The table ${name} has neither a whole-number key nor a column ${wanted}: there is nothing to read on by.`,
    )
  }
  return {
    name,
    key,
    began,
    billsec: first(format.billsec),
    marked: named('marked'),
    columns: columns.map((column) => column.name),
  }
}

async function noSuchTable(mysql: Mysql, name: string, database: string): Promise<string> {
  const tables = await mysql.ask(
    `/* import: which tables are there? */
    select table_name as name from information_schema.tables where table_schema = database() order by 1 limit 20`,
  )
  const there =
    tables.length > 0 ? `there are ${tables.map((table) => table['name']).join(', ')}` : 'this user sees none'
  return `There is no table ${name} in the database ${database} (${there}): name it in CDR_URL with ?table=.`
}

function wayOf(mysql: Mysql, table: Table, format: Format): (position: Position) => Promise<Batch> {
  const { key, began, marked } = table
  if (key !== undefined) {
    return readKeyed(keyedTable(mysql, { name: table.name, key, marked }, format), {
      kind: 'mysql',
      gapsFill: true,
      marked: marked !== undefined,
    })
  }
  // lookAt has made sure that there is one of the two.
  return readByTime(
    timedTable(mysql, { name: table.name, began: began ?? '', columns: table.columns }, format),
    'mysql by time',
  )
}

/** In steps where there is a key, because MyISAM lets nobody write a table while it is read. */
async function* countDays(
  mysql: Mysql,
  { name, key, began, billsec, marked }: Table,
): AsyncIterable<DayPart> {
  if (began === undefined) return
  const count = async (where: string, values: readonly unknown[]): Promise<DayPart[]> => {
    const days = await mysql.ask(
      `/* import: count the source */
      select left(cast(${quoted(began)} as char), 10) as written, count(*) as records,
        sum(${billsec === undefined ? '0' : `cast(${quoted(billsec)} as decimal(20, 6))`}) as billsec,
        ${marked === undefined ? '0' : `sum(coalesce(${quoted(marked)}, 0) <> 0)`} as marked
      from ${quoted(name)} where ${where} group by 1`,
      values,
      countMs,
    )
    return days.map(partOf)
  }
  if (key === undefined) {
    yield* await count('true', [])
    return
  }
  for (let counted = -1n; ;) {
    const [step]: SourceRecord[] = await mysql.ask(
      `/* import: the next step to count */
      select max(k) as k from (select ${quoted(key)} as k from ${quoted(name)} where ${quoted(key)} > ? order by 1 limit ?) step`,
      [counted, countedAtOnce],
    )
    const upTo = step?.['k']
    if (upTo === undefined || upTo === null) return
    yield* await count(`${quoted(key)} > ? and ${quoted(key)} <= ?`, [counted, BigInt(upTo)])
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
