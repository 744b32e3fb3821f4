// Reads a table in a database server: by its key where it has one, else by time.

import { Complaint } from '../../errors/complaint.ts'
import { readKeyed } from '../incremental/by-key.ts'
import { readByTime } from '../incremental/by-time.ts'
import type { Format } from '../record/format.ts'
import type { Batch, Position, Reader } from '../record/reader.ts'
import { lackOf } from '../record/wanted.ts'
import { countDays } from './sql-count.ts'
import { keyedTable } from './sql-keyed.ts'
import type { Server, SqlTable } from './sql-table.ts'
import { timedTable } from './sql-timed.ts'

/**
 * `?table=` names the table; `?marked=ignore` reads all rows and marks none. What the catalog says of the table is asked for once
 * it can be, and kept.
 */
export function readSqlTable(
  url: URL,
  server: Server,
  format: Format,
  lookAt: (name: string) => Promise<SqlTable>,
): Reader {
  let looked: { table: SqlTable; readOn: (position: Position) => Promise<Batch> } | undefined
  const look = async () => {
    if (looked) return looked
    const found = await lookAt(url.searchParams.get('table') ?? 'cdr')
    const ignored = url.searchParams.get('marked') === 'ignore'
    const table = ignored ? { ...found, mark: undefined } : found
    looked = { table, readOn: wayOf(server, table, format) }
    return looked
  }
  return {
    open: async () => {
      const { table } = await look()
      const lack = lackOf(`The table ${table.name}`, table.columns, format)
      if (lack !== undefined) throw new Complaint(lack)
    },
    read: async (position) => (await look()).readOn(position),
    countDays: async function* () {
      yield* countDays(server, (await look()).table)
    },
    close: () => {
      server.drop()
      return Promise.resolve()
    },
  }
}

/** A Complaint that says which tables there are; `tablesQuery` gives their names in the column `name`. `within`: "the database x". */
export async function noSuchTable(
  server: Server,
  name: string,
  within: string,
  tablesQuery: string,
): Promise<Complaint> {
  const tables = await server.ask(`/* import: which tables are there? */ ${tablesQuery} order by 1 limit 20`)
  const there =
    tables.length > 0 ? `there are ${tables.map((table) => table['name']).join(', ')}` : 'this user sees none'
  return new Complaint(`There is no table ${name} in ${within} (${there}): name it in CDR_URL with ?table=.`)
}

function wayOf(server: Server, table: SqlTable, format: Format): (position: Position) => Promise<Batch> {
  const { kind, key, began, mark } = table
  if (key !== undefined)
    return readKeyed(keyedTable(server, { ...table, key }, format), {
      kind,
      gapsFill: true,
      mark: mark?.column.toLowerCase(),
    })
  if (began) return readByTime(timedTable(server, { ...table, began }, format), `${kind} by time`)
  throw new Complaint(
    `The table ${table.name} has neither a whole-number key nor a column ${format.began.join(' or ')}: there is nothing to read on by.`,
  )
}
