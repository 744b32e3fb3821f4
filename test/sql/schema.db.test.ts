import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { catalogOf, catalogWritten } from '../../shared/database/catalog.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import { describeSchema } from '../../sql/describe.ts'
import { migrate } from '../../sql/migrate.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

describe('the schema', () => {
  it('is described in docs/schema.md as it is (npm run schema writes it anew)', async () => {
    const page = readFileSync(new URL('../../docs/schema.md', import.meta.url), 'utf8')
    expect(await describeSchema(database.db)).toBe(page)
  })

  it('has what sql/catalog.txt says (npm run schema writes it anew)', async () => {
    expect(await catalogOf(database.db)).toEqual(catalogWritten())
  })

  it('has a comment on every table, view, column, function and type', async () => {
    const { rows } = await database.db.query<{ missing: string }>(`
      select relname as missing from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') and obj_description(oid) is null
      union all
      select relname || '.' || attname from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
        and attname <> 'id' and col_description(attrelid, attnum) is null
      union all
      select proname from pg_proc where pronamespace = 'public'::regnamespace and obj_description(oid) is null
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
      union all
      select typname from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e' and obj_description(oid) is null`)
    expect(rows.map(({ missing }) => missing)).toEqual([])
  })

  it('asks short questions in the triggers and checks of tables that calls are moved in: each statement reads them anew', async () => {
    const { rows } = await database.db.query(
      `select tgrelid::regclass::text as of_table, tgname as name, length(tgqual::text) as signs from pg_trigger
      where tgrelid in ('paidcalls'::regclass, 'rating_decision'::regclass, 'unsummed'::regclass, 'cdr'::regclass) and length(tgqual::text) > 1000
      union all
      select conrelid::regclass::text, conname, length(conbin::text) from pg_constraint
      where conrelid in ('paidcalls'::regclass, 'rating_decision'::regclass, 'unsummed'::regclass, 'cdr'::regclass) and length(conbin::text) > 1000`,
    )
    expect(rows).toEqual([])
  })

  it('names every check so that an administrator can read it, and none is cut off at 63 bytes', async () => {
    const { rows } = await database.db.query<{ conname: string }>(`
      select conname from pg_constraint
      where connamespace = 'public'::regnamespace and contype in ('c', 'x') and (conname !~ ' ' or octet_length(conname) > 62)`)
    expect(rows).toEqual([])
  })
})

describe('migrating', () => {
  it('changes nothing the second time', async () => {
    const before = await describeSchema(database.db)
    await migrate(database.db)
    expect(await describeSchema(database.db)).toBe(before)
  })

  it('may be done by several hosts at once on an empty database', async () => {
    await database.db.query('create schema other')
    const url = new URL(database.url)
    url.searchParams.set('options', '-c search_path=other,public')
    const hosts = await Promise.all([1, 2, 3].map(() => connect(url.href, 'test')))
    const said: string[] = []
    // Functions and types are found by search path, so a schema of its own is as good as an empty database.
    await Promise.all(hosts.map((host) => migrate(host, (line) => said.push(line))))
    await Promise.all(hosts.map((host) => disconnect(host)))
    const files = readdirSync(new URL('../../sql/migrations/', import.meta.url))
    expect(said.filter((line) => line.startsWith('applied'))).toHaveLength(files.length)
  })

  it('refuses a migration that was edited after it was applied', async () => {
    await database.db.query(`update migration set hash = 'another' where name like '0001%'`)
    await expect(migrate(database.db)).rejects.toThrow(
      '0001_reference.sql was edited after it was applied: add a new migration instead.',
    )
    await database.db.query(`delete from migration where name like '0001%'`)
  })

  it('refuses a database that is newer than the program', async () => {
    await database.db.query(`insert into migration values ('9999_later.sql', 'x', now())`)
    await expect(migrate(database.db)).rejects.toThrow(
      'The database is newer than this program (it has seen 9999_later.sql): upgrade the program.',
    )
  })
})
