// The first database is lost for good: a copy takes its place, and people edit here from now on.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { subscription } from './copy.ts'
import { makeFirst, thisDatabase } from './first.ts'

/** Ends the copying, goes on numbering where the first was, and makes this the first. Gives back its name; throws a Complaint when it is no copy. */
export async function takeOver(db: Database): Promise<string> {
  const here = await thisDatabase(db)
  if (!here?.copied) throw new Complaint('This database is no copy: there is nothing to take over.')
  await unsubscribe(db)
  await db.query('begin')
  const { rows } = await db.query<{ set: string }>(
    `-- several: go on behind the highest number that came
    select format('select setval(pg_get_serial_sequence(%L, %L), greatest((select max(%I) from %I), 1))', relname, attname, attname, relname) as set
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relname = any (copied_tables()) and relnamespace = (select relnamespace from pg_class where oid = to_regclass('migration')) and attidentity <> ''`,
  )
  for (const { set } of rows) await db.query(set)
  await db.query('-- several: people edit here\nupdate this_database set copied = false')
  await db.query('commit')
  await makeFirst(db, here.name)
  return here.name
}

async function unsubscribe(db: Database): Promise<void> {
  const { rows } = await db.query<{ name: string }>(
    '-- several: what is subscribed\nselect quote_ident(subname) as name from pg_subscription where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())',
    [subscription],
  )
  for (const { name } of rows) {
    await db.query(`alter subscription ${name} disable`)
    // The slot over there goes with its server; nobody waits for one that is gone.
    await db.query(`alter subscription ${name} set (slot_name = none)`)
    await db.query(`drop subscription ${name}`)
  }
}
