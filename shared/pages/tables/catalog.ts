// What the database says of the columns of a table, for who asks.

import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'
import type { Table } from './definition.ts'

export interface Column {
  name: string
  type: string
  /** Its comment. */
  meaning: string | null
  /** Must be given when a row is added. */
  required: boolean
  /** May be null. */
  empty: boolean
  mayInsert: boolean
  mayUpdate: boolean
  refersTo: string | null
  /** What alone may stand in it, by its rule or its type; null: anything of its type. */
  choices: string[] | null
}

export interface Rights {
  mayRead: boolean
  mayDelete: boolean
  mayInsert: boolean
}

const columnsQuery = `-- web: columns of a table
select attname as name, format_type(atttypid, null) as type, col_description(attrelid, attnum) as meaning,
  attnotnull and not atthasdef and attidentity = '' as required, not attnotnull as empty,
  has_column_privilege(attrelid, attnum, 'insert') as "mayInsert", has_column_privilege(attrelid, attnum, 'update') as "mayUpdate",
  (select confrelid::regclass::text from pg_constraint where contype = 'f' and conrelid = attrelid and conkey = array[attnum] limit 1) as "refersTo",
  coalesce(
    (select array_agg(enumlabel::text order by enumsortorder) from pg_enum where enumtypid = atttypid),
    -- CHECK ((kind = ANY (ARRAY['black'::text, 'white'::text])))
    (select array(select match[1] from regexp_matches(pg_get_constraintdef(oid), '''([^'']*)''::text', 'g') match)
      from pg_constraint where contype = 'c' and conrelid = attrelid and conkey = array[attnum]
        and pg_get_constraintdef(oid) ~ '^CHECK \\(\\(\\w+ = ANY \\(ARRAY\\[[^]]*\\]\\)\\)\\)$' limit 1)) as choices
from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`

/** The columns that may be entered, in the order of the page. */
export async function columnsOf({ ask }: Pick<Visit, 'ask'>, { name, columns }: Table): Promise<Column[]> {
  const known = new Map((await ask<Column>(columnsQuery, [name])).map((column) => [column.name, column]))
  return columns.map((column) => {
    const found = known.get(column)
    if (!found) throw new Error(`${name} has no column ${column}`)
    return found
  })
}

export async function rightsOf({ ask }: Pick<Visit, 'ask'>, { name }: Pick<Table, 'name'>): Promise<Rights> {
  const [rights] = await ask<Rights>(
    `-- web: what may be done with a table\nselect has_any_column_privilege($1, 'select') as "mayRead", has_table_privilege($1, 'delete') as "mayDelete", has_any_column_privilege($1, 'insert') as "mayInsert"`,
    [name],
  )
  if (!rights) throw new Complaint('This table is not known.')
  return rights
}
