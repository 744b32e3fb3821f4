// Records in a table of MySQL or MariaDB, MyISAM and InnoDB alike: seed 001's with `marked`, or any other, read-only.

import { codeOf } from '../../errors/whose-fault.ts'
import type { Format } from '../record/format.ts'
import type { Reader } from '../record/reader.ts'
import { firstColumn } from '../record/record.ts'
import { databaseIn, mysqlServer, quoted } from './mysql-connection.ts'
import { noSuchTable, readSqlTable } from './sql-reader.ts'
import { shortText } from './sql-table.ts'
import type { Moment, Server, SqlTable } from './sql-table.ts'

const mayNotWrite = [
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
]

const tablesQuery = `select table_name as name from information_schema.tables where table_schema = database()`

/** `mysql://user:password@host:3306/database?table=cdr`. */
export function readMysql(url: URL, format: Format): Reader {
  const server = mysqlServer(url)
  return readSqlTable(url, server, format, (name) => lookAt(server, name, databaseIn(url), format))
}

async function lookAt(server: Server, name: string, database: string, format: Format): Promise<SqlTable> {
  const found = await server.ask(
    `/* import: look at the table */
    select column_name as name, column_key as in_key, extra as extra, data_type as type, character_maximum_length as length
    from information_schema.columns
    where table_schema = database() and table_name = ?
    order by ordinal_position`,
    [name],
  )
  if (found.length === 0) throw await noSuchTable(server, name, `the database ${database}`, tablesQuery)
  const columns = found.map(({ name: column, in_key, extra, type, length }) => ({
    name: column ?? '',
    inKey: in_key ?? '',
    extra: extra ?? '',
    type: type ?? '',
    isWide: Number(length ?? 0) > shortText || type === 'json',
  }))
  const first = (wanted: readonly string[]): string | undefined =>
    firstColumn(
      columns.map((column) => column.name),
      wanted,
    )
  const primary = columns.filter((column) => column.inKey === 'PRI')
  const counting =
    columns.find((column) => column.extra.includes('auto_increment')) ??
    (primary.length === 1 ? primary[0] : undefined)
  const began = first(format.began)
  const [billsec, mark] = [first(format.billsec), first([format.mark ?? 'marked'])].map(
    (column) => column && quoted(column),
  )
  return {
    kind: 'mysql',
    name: quoted(name),
    columns: columns.map((column) => column.name),
    quoted,
    key: counting?.type.endsWith('int') ? counting.name : undefined,
    began: began
      ? momentIn(began, columns.find(({ name: column }) => column === began)?.type ?? '')
      : undefined,
    weight:
      columns
        .filter(({ isWide }) => isWide)
        .map((column) => `coalesce(octet_length(${quoted(column.name)}), 0)`)
        .join(' + ') || undefined,
    billsec: billsec ? `cast(${billsec} as decimal(20, 6))` : '0',
    mark: mark
      ? {
          column: first([format.mark ?? 'marked']) ?? '',
          isSet: `coalesce(${mark}, 0) <> 0`,
          set: `${mark} = 1`,
          isForbidden: (error) => mayNotWrite.includes(codeOf(error) ?? ''),
        }
      : undefined,
    hash: (text) => `crc32(${text})`,
  }
}

/** Text is compared by its bytes: a collation may put the letters of a moment into any order. */
function momentIn(name: string, type: string): Moment {
  const column = quoted(name)
  if (!/char|text/.test(type))
    return { column, text: `cast(${column} as char)`, missing: `${column} is null` }
  return { column: `cast(${column} as binary)`, text: column, missing: `coalesce(${column}, '') = ''` }
}
