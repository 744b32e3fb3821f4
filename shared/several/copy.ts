// A database beside the first: what people edit there is copied here, and heals here.

import { setTimeout as pause } from 'node:timers/promises'

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { appliedMigrations } from '../database/migrations.ts'
import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { publications, thisDatabase } from './first.ts'

export const subscription = 'paidcalls_edits'
const lookMs = 500
// Of a copy that makes no progress at all.
const patienceMs = 60_000

export interface Copy {
  /** What this database is to be called. */
  name: string
  /** Of the first, as a login that may replicate. */
  firstUrl: string
  say: (line: string) => void
}

/**
 * Makes this database a copy of what people edit in the first, waits until all is here, and sets calls going that waited for it.
 * May be run again. Throws a Complaint where that cannot be.
 */
export async function makeCopy(db: Database, { name, firstUrl, say }: Copy): Promise<void> {
  await refuseUnfit(db, name, firstUrl)
  if (await isSubscribed(db)) await subscribeAnew(db)
  else {
    await refuseWorking(db)
    await subscribe(db, name, firstUrl)
  }
  await untilCopied(db, say)
  // Notes may have come before the rows they are about while tables were copied one by one.
  const { rowCount } = await db.query(
    '-- several: all that was edited before is here now\nupdate paidcalls set problem = null where problem is not null',
  )
  say(
    `what is edited in the first database is here, and comes from now on; calls set going: ${rowCount ?? 0}`,
  )
}

/** Tables come one by one: a call that is priced meanwhile could miss what has not come yet. */
async function refuseWorking(db: Database): Promise<void> {
  const { rows } = await db.query<{ stages: string | null }>(
    `-- several: who is at work?
    select string_agg(distinct stage, ', ') as stages from workers where silent_since is null and stage in ('import', 'client', 'destination', 'tariff', 'authorize')`,
  )
  if (rows[0]?.stages)
    throw new Complaint(
      `Stop the programs of this database first (${rows[0].stages} are at work): while prices are being copied nothing may be priced.`,
    )
}

async function refuseUnfit(db: Database, name: string, firstUrl: string): Promise<void> {
  const here = await thisDatabase(db)
  if (here && (!here.copied || here.name !== name))
    throw new Complaint(`This database is ${here.name} already${here.copied ? '' : ', the first'}.`)
  const first = await connect(firstUrl, 'divide').catch((error: unknown) => {
    throw new Complaint(`The first database: ${sentenceFor(error)}`)
  })
  try {
    const there = await thisDatabase(first)
    if (!there || there.copied)
      throw new Complaint('--from is not the first database: run npm run divide -- --first NAME there.')
    if (there.name === name) throw new Complaint(`The first database is called ${name}: choose another name.`)
    const [own, others] = await Promise.all([appliedMigrations(db), appliedMigrations(first)])
    const missing = [...(others?.keys() ?? [])].find((migration) => !own?.has(migration))
    if (missing !== undefined)
      throw new Complaint(`This database lacks ${missing}: run npm run migrate here first.`)
  } finally {
    await disconnect(first)
  }
  if (!here) await refuseFilled(db)
}

/** Rows of two databases under the same ids could not be told apart. */
async function refuseFilled(db: Database): Promise<void> {
  const { rows: tables } = await db.query<{ name: string }>(
    `-- several: which tables are copied?\nselect name from unnest(copied_tables()) name where name <> 'cause'`,
  )
  for (const { name } of tables) {
    const { rows } = await db.query<{ look: string }>(
      `-- several: is it empty?\nselect format('select from %I limit 1', $1::text) as look`,
      [name],
    )
    const { rowCount } = await db.query(rows[0]?.look ?? '')
    if (rowCount)
      throw new Complaint(
        `Table ${name} is not empty: a database that joins others begins without clients, exchanges and prices of its own.`,
      )
  }
}

async function isSubscribed(db: Database): Promise<boolean> {
  const { rowCount } = await db.query(
    '-- several: is it subscribed?\nselect from pg_subscription where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())',
    [subscription],
  )
  return (rowCount ?? 0) > 0
}

async function subscribe(db: Database, name: string, firstUrl: string): Promise<void> {
  const known = await thisDatabase(db)
  // The slot is made over there, outside any transaction here.
  const { rows } = await db.query<{ make: string }>(
    `-- several: how to subscribe
    select format('create subscription %I connection %L publication %I, %I with (slot_name = %L)', $1::text, $2::text, $3::text, $4::text, 'paidcalls_' || replace($5, '-', '_')) as make`,
    [subscription, firstUrl, ...publications, name],
  )
  const { rows: emptying } = await db.query<{ empty: string }>(
    `-- several: what is copied begins empty\nselect format('delete from %I', name) as empty from unnest(copied_tables()) name`,
  )
  await db.query('begin')
  // What migrations have put there comes from the first as well; so does what was copied before, when it is begun anew.
  await db.query(`-- several: as a replica does\nset local session_replication_role = replica`)
  for (const { empty } of emptying) await db.query(empty)
  await db.query(
    '-- several: name this database\ninsert into this_database (name, copied) values ($1, true) on conflict do nothing',
    [name],
  )
  await db.query('commit')
  try {
    await db.query(rows[0]?.make ?? '')
  } catch (error) {
    if (!known) await db.query('-- several: it is none of several\ndelete from this_database')
    throw new Complaint(`This database cannot subscribe to the first: ${(error as Error).message}.`)
  }
}

/** Tables that came with an upgrade are copied, too. */
async function subscribeAnew(db: Database): Promise<void> {
  const { rows } = await db.query<{ again: string }>(
    `-- several: how to look again\nselect format('alter subscription %I refresh publication', $1::text) as again`,
    [subscription],
  )
  await db.query(rows[0]?.again ?? '')
}

async function untilCopied(db: Database, say: (line: string) => void): Promise<void> {
  let last = -1
  let until = Date.now() + patienceMs
  for (;;) {
    const { rows } = await db.query<{ left: number; bytes: number }>(
      `-- several: how far is the copy?
      select count(*) filter (where srsubstate <> 'r') as left, coalesce(sum(pg_relation_size(srrelid)), 0)::bigint as bytes from pg_subscription_rel`,
    )
    const { left, bytes } = rows[0] ?? { left: 0, bytes: 0 }
    if (left === 0) return
    if (left + bytes !== last) until = Date.now() + patienceMs
    last = left + bytes
    if (Date.now() > until)
      throw new Complaint(
        `${left} tables are still not here, and nothing has come for a minute: the log of this server says why. Run this again when it is mended.`,
      )
    say(`tables still to come: ${left}`)
    await pause(lookMs)
  }
}
