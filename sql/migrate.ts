// Brings the database to the newest schema: each file of sql/migrations once, in order, each in a transaction of its
// own, then the indexes that are missing, every view of sql/views and every grant anew, and what pg-boss keeps. Several hosts may run it
// at once and as often as they like.

import { readdirSync, readFileSync } from 'node:fs'

import type { Database } from '../shared/database/connect.ts'
import { migrateLock, takeLock } from '../shared/database/locks.ts'
import { appliedMigrations, ownMigrations } from '../shared/database/migrations.ts'
import { withDatabase } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { passes } from '../shared/errors/whose-fault.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { printable } from '../shared/text/printable.ts'
import { migrateClockwork } from './clockwork.ts'
import { makeIndexes } from './indexes.ts'

const views = new URL('./views/', import.meta.url)
const grants = new URL('./grants.sql', import.meta.url)
// A deadlock is noticed after a second.
const triesMost = 20

/**
 * Applies what is missing and says what it did, a line each. Throws a Complaint when a migration that was applied
 * has been edited since, or when the database is newer than these files.
 */
export async function migrate(db: Database, say: (line: string) => void = () => undefined): Promise<void> {
  db.on('notice', ({ severity, message }) => {
    if (severity === 'WARNING') say(printable(message ?? ''))
  })
  await takeLock(db, [migrateLock], 300, 'The database is being migrated')
  try {
    await db.query('set client_min_messages = warning')
    await db.query(
      `create table if not exists migration (name text primary key, hash text not null, applied_at timestamptz not null default now());
       comment on table migration is 'Which files of sql/migrations this database has seen.';
       comment on column migration.name is 'The file.';
       comment on column migration.hash is 'SHA-256 of its text.';
       comment on column migration.applied_at is 'When.'`,
    )
    const applied = (await appliedMigrations(db)) ?? new Map<string, string>()
    const own = ownMigrations()
    const unknown = [...applied.keys()].find((name) => !own.some((one) => one.name === name))
    if (unknown !== undefined)
      throw new Complaint(
        `The database is newer than this program (it has seen ${unknown}): upgrade the program.`,
      )
    for (const { name, text, hash } of own) {
      const before = applied.get(name)
      if (before !== undefined && before !== hash)
        throw new Complaint(`${name} was edited after it was applied: add a new migration instead.`)
      if (before !== undefined) continue
      await inTransaction(db, async () => {
        await db.query(text)
        await db.query('insert into migration (name, hash) values ($1, $2)', [name, hash])
      })
      say(`applied ${name}`)
    }
    await makeIndexes(db, say)
    await inTransaction(db, async () => {
      for (const text of viewTexts()) await db.query(text)
    })
    await migrateClockwork(db)
    await inTransaction(db, async () => {
      await db.query(readFileSync(grants, 'utf8'))
    })
    say(`views and grants are up to date`)
  } finally {
    await db.query(`select pg_advisory_unlock(${migrateLock})`).catch(() => undefined)
  }
}

function viewTexts(): string[] {
  return readdirSync(views)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(new URL(name, views), 'utf8'))
}

/** Stages work meanwhile: who meets them in a deadlock begins again. */
async function inTransaction(db: Database, work: () => Promise<void>, triesLeft = triesMost): Promise<void> {
  await db.query('begin')
  try {
    await work()
    await db.query('commit')
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    if (!passes(error) || triesLeft <= 1) throw error
    await inTransaction(db, work, triesLeft - 1)
  }
}

runProgram(import.meta.url, 'migrate', async () => {
  await withDatabase(readConfig(process.env).databaseUrl, 'migrate', (db) =>
    migrate(db, (line) => process.stdout.write(`migrate: ${line}\n`)),
  )
})
