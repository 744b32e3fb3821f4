// What there is of paidcalls in a database, a line each: to write down what migrations make, and to compare a database with it.

import { readFileSync } from 'node:fs'

import type { Database } from './connect.ts'

const written = new URL('../../sql/catalog.txt', import.meta.url)

// Lines are names, not definitions: these PostgreSQL words differently from version to version. A function is known by its text.
const catalogQuery = `-- catalog: what is there?
with ours as (
  select relnamespace as schema from pg_class where oid = to_regclass('migration')
), relation as (
  select oid, relname, relkind, relacl, relowner from pg_class
  where relnamespace = (select schema from ours) and not relispartition
    and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
), right_on as (
  select relname as name, acl.privilege_type, acl.grantee from relation cross join aclexplode(relacl) acl where relkind in ('r', 'p', 'v', 'S')
  union all
  select relname || '.' || attname, acl.privilege_type, acl.grantee
  from relation join pg_attribute on attrelid = relation.oid and not attisdropped cross join aclexplode(attacl) acl
  union all
  select proname || '()', acl.privilege_type, acl.grantee
  from pg_proc cross join aclexplode(proacl) acl where pronamespace = (select schema from ours)
)
select 'table ' || relname as line from relation where relkind in ('r', 'p')
union all
select 'view ' || relname from relation where relkind = 'v'
union all
select 'column ' || relname || '.' || attname from relation join pg_attribute on attrelid = relation.oid
where relkind in ('r', 'p', 'v') and attnum > 0 and not attisdropped
union all
select 'index ' || index.relname || ' of ' || relation.relname
from relation join pg_index on indrelid = relation.oid join pg_class index on index.oid = indexrelid where indisvalid
union all
select 'constraint ' || conname || ' of ' || relname from relation join pg_constraint on conrelid = relation.oid
where contype in ('p', 'u', 'f', 'c', 'x')
union all
select 'trigger ' || tgname || ' of ' || relname || case tgenabled when 'R' then ' for what is copied' when 'A' then ' always' else '' end from relation join pg_trigger on tgrelid = relation.oid
where not tgisinternal and tgenabled <> 'D'
union all
select 'function ' || proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ') ' || left(md5(prosrc), 8)
from pg_proc where pronamespace = (select schema from ours)
  and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
union all
select 'right ' || grantee::regrole || ' ' || lower(privilege_type) || ' ' || name from right_on
where grantee::regrole::text like 'paidcalls\\_%' and grantee::regrole::text not like 'paidcalls\\_test%'`

/** A line for each table, view, column, index, constraint, trigger that is enabled, function, and right of our roles; in order. */
export async function catalogOf(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ line: string }>(catalogQuery)
  return rows.map(({ line }) => line).sort()
}

/** The lines that a database has when every migration of this program is applied. */
export function catalogWritten(): string[] {
  return readFileSync(written, 'utf8').trimEnd().split('\n')
}
