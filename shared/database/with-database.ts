// A piece of work with a connection of its own.

import { connect, disconnect } from './connect.ts'
import type { Database } from './connect.ts'
import { checkMigrated } from './migrations.ts'
import { refusePooler } from './pooler.ts'

/**
 * Connects as `role`, works, and disconnects, however the work ends. Throws a Complaint where a pooler shares sessions. `answerMs`: a query
 * that is not answered by then fails as if the connection were lost.
 */
export async function withDatabase<Result>(
  databaseUrl: string,
  role: string,
  work: (db: Database) => Promise<Result>,
  answerMs?: number,
): Promise<Result> {
  const db = await connect(databaseUrl, role, answerMs)
  try {
    await refusePooler(db, databaseUrl)
    return await work(db)
  } finally {
    await disconnect(db)
  }
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
