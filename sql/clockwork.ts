// What pg-boss keeps in its schema is made here, by the owner: stages may use it, not change it.

import PgBoss from 'pg-boss'

import type { Database } from '../shared/database/connect.ts'

/** Creates the schema pgboss, or brings it to the version of the package. */
export async function migrateClockwork(db: Database): Promise<void> {
  const boss = new PgBoss({
    db: { executeSql: (text, values: unknown[]) => db.query<Record<string, unknown>>(text, values) },
    supervise: false,
    schedule: false,
  })
  await boss.start()
  await boss.stop({ graceful: false, wait: false })
}
