// Records in a table of PostgreSQL: what Asterisk's cdr_pgsql and adaptive ODBC, FreeSWITCH's mod_cdr_pg_csv and FusionPBX write, and
// cdr_import, into which cdr-pusher puts the records of any exchange.
//
// A sequence gives numbers to transactions that commit in any order, so a row may become visible below others: gaps.ts looks
// for those. A sequence that gives numbers in advance (cache) would leave gaps for as long as a session lasts; such a table
// is read by time.

import { codeOf } from '../../errors/whose-fault.ts'
import type { Format } from '../record/format.ts'
import type { Reader } from '../record/reader.ts'
import { firstColumn } from '../record/record.ts'
import { postgresServer, quoted } from './postgres-connection.ts'
import { noSuchTable, readSqlTable } from './sql-reader.ts'
import { shortText } from './sql-table.ts'
import type { Mark, Moment, Server, SqlTable } from './sql-table.ts'

// insufficient_privilege, read_only_sql_transaction, and of a view that cannot be written.
const mayNotWrite = ['42501', '25006', '55000']
const wholeNumbers = ['int2', 'int4', 'int8']
const wideTypes = ['text', 'varchar', 'bpchar', 'json', 'jsonb', 'xml', 'bytea']
const numbers = [...wholeNumbers, 'numeric', 'float4', 'float8']

interface Column {
  name: string
  type: string
  /** Characters at most, or -1. */
  length: number
  /** Alone it tells rows apart, and it grows as they come. */
  counts: boolean
}

const tablesQuery = `select relname as name from pg_class
    where relkind in ('r', 'p', 'v', 'm', 'f') and pg_table_is_visible(oid) and relnamespace <> 'pg_catalog'::regnamespace`

/** `postgres://user:password@host:5432/database?table=cdr`; `?table=schema.cdr` where it is not in the search path. */
export function readPostgres(url: URL, format: Format): Reader {
  const server = postgresServer(url)
  return readSqlTable(url, server, format, (name) => lookAt(server, name, format))
}

async function lookAt(server: Server, written: string, format: Format): Promise<SqlTable> {
  const name = written.split('.').map(quoted).join('.')
  const found = await server.ask(
    `/* import: look at the table */
    select attribute.attname as name, type.typname as type, case when atttypid in ('varchar'::regtype, 'bpchar'::regtype) then atttypmod else -1 end as length, (
        coalesce(sequence.seqcache, 1) = 1 and exists (
          select from pg_index
          where indrelid = attrelid and indisunique and indisvalid and indpred is null and indnkeyatts = 1 and indkey[0] = attnum)
      ) as counts
    from pg_attribute attribute
    join pg_type type on type.oid = atttypid
    left join (pg_depend join pg_sequence sequence on seqrelid = objid and classid = 'pg_class'::regclass)
      on refclassid = 'pg_class'::regclass and refobjid = attrelid and refobjsubid = attnum
    where attrelid = to_regclass(?) and attnum > 0 and not attisdropped
    order by sequence.seqrelid is null, attnum`,
    [name],
  )
  if (found.length === 0) throw await noSuchTable(server, written, 'the database', tablesQuery)
  const columns = found.map((column): Column => ({
    name: column['name'] ?? '',
    type: column['type'] ?? '',
    length: Number(column['length']),
    counts: column['counts'] === 't',
  }))
  const names = columns.map((column) => column.name)
  const first = (wanted: readonly string[]): Column | undefined =>
    columns.find((column) => column.name === firstColumn(names, wanted))
  const [began, mark] = [first(format.began), first([format.mark ?? 'marked'])]
  return {
    kind: 'postgres',
    name,
    columns: names,
    quoted,
    key: columns.find(({ counts, type }) => counts && wholeNumbers.includes(type))?.name,
    began: began && momentIn(began),
    billsec: secondsIn(first(format.billsec)),
    weight: weightOf(columns),
    mark: mark && markIn(mark),
    hash: (text) => `(hashtext(${text}) & 2147483647)`,
  }
}

/** Short texts need not be weighed: a thousand rows of them are no more than other rows. */
function weightOf(columns: readonly Column[]): string | undefined {
  const wide = columns.filter(
    ({ type, length }) => wideTypes.includes(type) && (length === -1 || length > shortText),
  )
  if (wide.length === 0) return undefined
  return wide.map(({ name }) => `coalesce(octet_length(${quoted(name)}::text), 0)`).join(' + ')
}

/** What is no moment of a calendar is missing: infinity, and years before 1 and after 9999. */
function momentIn({ name, type }: Column): Moment {
  const column = quoted(name)
  if (['timestamp', 'timestamptz', 'date'].includes(type))
    return {
      column,
      text: `${column}::text`,
      missing: `(${column} between '0001-01-01' and '9999-12-31 23:59:59.999999') is not true`,
    }
  const text = `(${column}::text collate "C")`
  return { column: text, text, missing: `coalesce(${column}::text, '') = ''` }
}

function secondsIn(column: Column | undefined): string {
  if (!column) return '0'
  const name = quoted(column.name)
  if (numbers.includes(column.type)) return `coalesce(${name}, 0)::numeric`
  return `case when ${name}::text ~ '^\\s*-?[0-9]{1,15}([.][0-9]*)?\\s*$' then ${name}::text::numeric else 0 end`
}

function markIn({ name, type }: Column): Mark {
  const column = quoted(name)
  const [yes, no] = type === 'bool' ? ['true', 'false'] : ['1', '0']
  return {
    column: name,
    isSet: `coalesce(${column}, ${no}) <> ${no}`,
    set: `${column} = ${yes}`,
    isForbidden: (error) => mayNotWrite.includes(codeOf(error) ?? ''),
  }
}
