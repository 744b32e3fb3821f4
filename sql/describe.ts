// Writes docs/schema.md from the catalog of a migrated database: what a DBA would ask psql, on one page. And sql/catalog.txt, a line
// for each thing migrations make, which doctor compares a database with.

import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { catalogOf } from '../shared/database/catalog.ts'
import type { Database } from '../shared/database/connect.ts'
import { withDatabase } from '../shared/database/with-database.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'

const catalogFile = fileURLToPath(new URL('./catalog.txt', import.meta.url))
const schemaFile = fileURLToPath(new URL('../docs/schema.md', import.meta.url))

interface Relation {
  name: string
  kind: 'table' | 'view'
  comment: string | null
  columns: Column[]
  constraints: { name: string; definition: string }[]
  indexes: string[]
}

interface Column {
  name: string
  type: string
  required: boolean
  fallback: string | null
  comment: string | null
}

const relationsQuery = `-- describe: tables and views with their comments
select relation.relname as name, case relation.relkind when 'v' then 'view' else 'table' end as kind,
  obj_description(relation.oid) as comment,
  (
    select coalesce(json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'required', attnotnull,
      'fallback', case when attidentity <> '' then 'next number' else pg_get_expr(adbin, adrelid) end,
      'comment', col_description(attrelid, attnum)) order by attnum), '[]')
    from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = relation.oid and attnum > 0 and not attisdropped
  ) as columns,
  (
    select coalesce(json_agg(json_build_object('name', conname, 'definition', pg_get_constraintdef(oid)) order by conname collate "C"), '[]')
    from pg_constraint where conrelid = relation.oid and contype <> 'n'
  ) as constraints,
  (
    select coalesce(json_agg(pg_get_indexdef(indexrelid) order by indexrelid::regclass::text collate "C"), '[]')
    from pg_index where indrelid = relation.oid
      and not exists (select from pg_constraint where conindid = indexrelid and conrelid = relation.oid)
  ) as indexes
from pg_class relation
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'v', 'p') and not relation.relispartition
order by relation.relkind, relation.relname collate "C"`

const functionsQuery = `-- describe: functions and types with their comments
select name, comment from (
  select proname || '(' || pg_get_function_identity_arguments(oid) || ')' as name, obj_description(oid) as comment
  from pg_proc where pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all
  select typname, obj_description(oid) from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
) described
order by name collate "C"`

/** The page as Markdown. The same schema gives the same text on every supported PostgreSQL. */
export async function describeSchema(db: Database): Promise<string> {
  const { rows: relations } = await db.query<Relation>(relationsQuery)
  const { rows: functions } = await db.query<{ name: string; comment: string | null }>(functionsQuery)
  const parts = [
    '# Schema',
    'Generated from the comments in the database by `npm run schema`; a test keeps it so. To change a text, change its `comment on`.',
    ...(['view', 'table'] as const).flatMap((kind) => [
      kind === 'view' ? '## Views: what people look at' : '## Tables',
      ...relations.filter((relation) => relation.kind === kind).map(describeRelation),
    ]),
    '## Functions and types',
    table(
      ['name', 'what for'],
      functions.map(({ name, comment }) => [`\`${name}\``, comment ?? '']),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

function describeRelation({ name, kind, comment, columns, constraints, indexes }: Relation): string {
  const rows = columns.map((column) => [
    `\`${column.name}\``,
    column.type,
    ...(kind === 'table'
      ? [column.fallback ? `\`${column.fallback}\`` : column.required ? 'required' : '']
      : []),
    column.comment ?? '',
  ])
  const head = kind === 'table' ? ['column', 'type', 'default', 'meaning'] : ['column', 'type', 'meaning']
  const rules = constraints.map((constraint) => `- ${constraint.name}: \`${constraint.definition}\``)
  const parts = [`### ${name}`, comment ?? '', table(head, rows)]
  if (rules.length > 0) parts.push(rules.join('\n'))
  if (indexes.length > 0) parts.push(indexes.map((index) => `- \`${index}\``).join('\n'))
  return parts.join('\n\n')
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

runProgram(import.meta.url, 'schema', async () => {
  await withDatabase(readConfig(process.env).databaseUrl, 'schema', async (db) => {
    writeFileSync(schemaFile, await describeSchema(db))
    writeFileSync(catalogFile, `${(await catalogOf(db)).join('\n')}\n`)
  })
  process.stdout.write(`schema: wrote docs/schema.md and sql/catalog.txt\n`)
})
