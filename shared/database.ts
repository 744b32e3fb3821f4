// Connections to the billing database.

import pg from 'pg'

import { Complaint } from './config.ts'

// Row ids and counts are far below 2^53; numeric stays text, because money never meets floating point.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const connectMs = 5_000

/**
 * A connection that names itself in pg_stat_activity as `paidcalls <role>`.
 * A connection lost later emits no error that would end the process: the next query on it fails instead.
 */
export async function connect(databaseUrl: string, role: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `paidcalls ${role}`,
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Closes a connection however it is; one that is lost cannot say goodbye. */
export async function disconnect(client: pg.Client | undefined): Promise<void> {
  if (!client) return
  await Promise.race([
    client.end().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 500).unref()),
  ])
}

/** Throws a Complaint when the database has not been migrated. */
export async function checkMigrated(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('paidcalls') is not null and to_regclass('healing') is not null as found`,
  )
  if (!rows[0]?.found) throw new Complaint('The database has no table paidcalls yet: run npm run migrate.')
}

export type Database = pg.Client
