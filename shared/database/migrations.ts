// Which migrations this program comes with, and whether the database has seen them.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import { Complaint } from '../errors/complaint.ts'
import type { Database } from './connect.ts'

const folder = new URL('../../sql/migrations/', import.meta.url)

export interface Migration {
  /** The file. */
  name: string
  text: string
  /** SHA-256 of the text. */
  hash: string
}

/** Those of this program, in order. */
export function ownMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8')
      return { name, text, hash: createHash('sha256').update(text).digest('hex') }
    })
}

/** Hashes of those the database has seen, by name; undefined when it was never migrated. */
export async function appliedMigrations(db: Database): Promise<Map<string, string> | undefined> {
  const { rows: found } = await db.query<{ found: boolean }>(
    `-- migrations: was it ever migrated?\nselect to_regclass('migration') is not null as found`,
  )
  if (!found[0]?.found) return undefined
  const { rows } = await db.query<{ name: string; hash: string }>(
    '-- migrations: which has it seen?\nselect name, hash from migration',
  )
  return new Map(rows.map(({ name, hash }) => [name, hash]))
}

/** The schema of our tables when the search path of this login does not lead there; undefined when there are none. */
export async function schemaElsewhere(db: Database): Promise<string | undefined> {
  const { rows } = await db.query<{ schema: string }>(
    `-- migrations: are our tables in a schema of their own?
    select quote_ident(nspname) as schema from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relname = 'paidcalls' and relkind in ('r', 'p') limit 1`,
  )
  return rows[0]?.schema
}

/**
 * Throws a Complaint when the database lacks a migration that this program comes with. One that has seen more will do: hosts are
 * upgraded one after another, and migrations only add.
 */
export async function checkMigrated(db: Database): Promise<void> {
  const applied = await appliedMigrations(db)
  if (!applied) {
    const schema = await schemaElsewhere(db)
    throw new Complaint(
      schema === undefined
        ? 'The database has no table paidcalls yet: run npm run migrate.'
        : `The tables are in schema ${schema}, where this login does not look, or may not: alter role … set search_path = ${schema}.`,
    )
  }
  const missing = ownMigrations().filter(({ name }) => !applied.has(name))
  if (missing.length > 0)
    throw new Complaint(
      `The database is older than this program (it lacks ${missing.map(({ name }) => name).join(', ')}): run npm run migrate.`,
    )
}
