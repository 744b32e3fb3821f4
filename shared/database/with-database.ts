// A piece of work with a connection of its own.

import { connect, disconnect } from './connect.ts'
import type { Database } from './connect.ts'
import { checkMigrated } from './migrations.ts'

/** Connects as `role`, works, and disconnects, however the work ends. */
export async function withDatabase<Result>(
  databaseUrl: string,
  role: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = await connect(databaseUrl, role)
  return work(db).finally(() => disconnect(db))
}

/** The same on a database that has seen every migration of this program; throws a Complaint when it has not. */
export function withMigrated<Result>(
  databaseUrl: string,
  role: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  return withDatabase(databaseUrl, role, async (db) => {
    await checkMigrated(db)
    return work(db)
  })
}
