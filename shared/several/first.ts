// The first of several databases: here people edit, and from here what they edit is copied to the others.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'

/** What the others subscribe to: what people edit, and what an edit heals. */
export const publications = ['paidcalls_edits', 'paidcalls_healing'] as const

/** Which of several databases this is; undefined where there is only one. */
export async function thisDatabase(db: Database): Promise<{ name: string; copied: boolean } | undefined> {
  const { rows } = await db.query<{ name: string; copied: boolean }>(
    '-- several: which database is this?\nselect name, copied from this_database',
  )
  return rows[0]
}

/**
 * Makes this database the first of several: clients and exchanges without a home are at home here. May be run again, as after
 * an upgrade that brought tables. Throws a Complaint where that cannot be.
 */
export async function makeFirst(db: Database, name: string): Promise<void> {
  const { rows } = await db.query<{ wal_level: string }>(
    `-- several: what does the log say?\nselect current_setting('wal_level') as wal_level`,
  )
  if (rows[0]?.wal_level !== 'logical')
    throw new Complaint(
      `wal_level of the server is ${rows[0]?.wal_level ?? 'not known'}: set wal_level = logical in its postgresql.conf and restart it.`,
    )
  const here = await thisDatabase(db)
  if (here?.copied)
    throw new Complaint(`This database is ${here.name}, a copy: the first is the one it is copied from.`)
  if (here && here.name !== name) throw new Complaint(`This database is ${here.name} already, not ${name}.`)
  await db.query('begin')
  await db.query(
    '-- several: name this database\ninsert into this_database (name, copied) values ($1, false) on conflict do nothing',
    [name],
  )
  await db.query(
    '-- several: whoever has no home is at home here\nupdate client set home = $1 where home is null',
    [name],
  )
  await db.query('-- several: every exchange, too\nupdate source set home = $1 where home is null', [name])
  await publish(db)
  await db.query('commit')
}

/** What is published is inserted, changed and deleted; a note of what an edit heals is only ever added. */
async function publish(db: Database): Promise<void> {
  const { rows } = await db.query<{ make: string }>(
    `-- several: what is to be published
    select case when exists (select from pg_publication where pubname = wanted.name)
      then format('alter publication %I set table %s', wanted.name, wanted.tables)
      else format('create publication %I for table %s with (publish = %L)', wanted.name, wanted.tables, wanted.what) end as make
    from (values
      ($1, (select string_agg(format('%I', name), ', ') from unnest(copied_tables()) name), 'insert, update, delete'),
      ($2, 'healing', 'insert')
    ) wanted (name, tables, what)`,
    [...publications],
  )
  for (const { make } of rows) await db.query(make)
}
