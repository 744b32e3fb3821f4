// A database of its own for each test file, copied from the migrated template and dropped at the end.

import { afterAll, beforeAll, inject } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { asStage, template, withDatabase } from './servers.ts'

/** Call at the top of a test file; `db` is there from the first test on. `url` is who may do everything, `stageUrl` a stage. */
export function useDatabase(): { readonly db: Database; readonly url: string; readonly stageUrl: string } {
  const name = `test_${process.pid}_${Math.random().toString(36).slice(2)}`
  const serverUrl = inject('serverUrl')
  const url = withDatabase(serverUrl, name)
  let db: Database | undefined
  beforeAll(async () => {
    const admin = await connect(serverUrl, 'test')
    // Copies wait for each other: one at a time may read the template.
    await admin.query('select pg_advisory_lock(7281002)')
    await admin.query(`create database ${name} template ${template}`)
    await disconnect(admin)
    db = await connect(url, 'test')
  })
  afterAll(async () => {
    await disconnect(db)
    const admin = await connect(serverUrl, 'test')
    await admin.query(`drop database ${name} with (force)`)
    await disconnect(admin)
  })
  return {
    get db() {
      if (!db) throw new Error('The database is there from the first test on.')
      return db
    },
    url,
    stageUrl: asStage(url, serverUrl),
  }
}
