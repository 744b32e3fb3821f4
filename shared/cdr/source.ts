// The source an importer reads: its row, its format, and the way to readers of it.

import type { Database } from '../database/connect.ts'
import { checkMigrated } from '../database/migrations.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Format } from '../sources/record/format.ts'
import type { Reader } from '../sources/record/reader.ts'
import { formatOf } from '../sources/registry.ts'
import type { MappingAndFilter } from '../sources/registry.ts'

/** A source with a way to readers of its own: to count it, reading on need not wait. */
export interface Readable {
  source: Source
  openReader: () => Reader
}

export interface Source {
  id: number
  name: string
  rules: MappingAndFilter
  /** What the rules say now: with each turn they are looked at anew. */
  format: Format
}

/** The row of table source with this name. Throws a Complaint when there is none. */
export async function findSource(db: Database, name: string): Promise<Source> {
  await checkMigrated(db)
  const { rows } = await db.query<{ id: number; name: string; elsewhere: string | null } & MappingAndFilter>(
    `-- import: find the source, or else say which there are
    select id, name, format, mapping, filter, case when home <> (select name from this_database) then home end as elsewhere
    from source order by name <> $1, name limit 20`,
    [name],
  )
  const [found] = rows
  if (found?.name === name) {
    const { id, format, mapping, filter, elsewhere } = found
    if (elsewhere !== null)
      throw new Complaint(
        `The source ${name} is read into database ${elsewhere}, not into this one: source.home says so.`,
      )
    const rules = { format, mapping, filter }
    return { id, name, rules, format: formatOf(rules) }
  }
  const there =
    rows.length > 0
      ? `there are ${rows.map((source) => source.name).join(', ')}`
      : 'the table source is empty'
  throw new Complaint(`There is no source ${name} (${there}): add a row to the table source.`)
}
