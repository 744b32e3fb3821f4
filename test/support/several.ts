// Two databases on two servers, as docs/scaling.md has them: west, where people edit, and east, where that is copied.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { startPostgres } from '../../shared/embedded/server.ts'
import type { Server } from '../../shared/embedded/server.ts'
import { migrate } from '../../sql/migrate.ts'
import { asStage, createStageLogin } from './servers.ts'

export interface Place {
  server: Server
  db: Database
  url: string
  stageUrl: string
}

export interface Places {
  west: Place
  east: Place
  /** Of west, for a login that may copy and nothing else. */
  copierUrl: string
  /** As a crash of the first server does; what comes back is the same. */
  loseWest: () => Promise<void>
  regainWest: () => Promise<void>
  stop: () => Promise<void>
}

export async function startPlaces(): Promise<Places> {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-several-'))
  const [west, east] = await Promise.all([startPlace(join(folder, 'west')), startPlace(join(folder, 'east'))])
  await west.db.query(`create role copier login replication password 'copies' in role paidcalls_copier`)
  const copierUrl = west.url.replace(/\/\/postgres:\w+@/, '//copier:copies@')
  return {
    west,
    east,
    copierUrl,
    async loseWest() {
      await disconnect(west.db)
      await west.server.crash()
    },
    async regainWest() {
      await west.server.start()
      west.db = await connect(west.url, 'test')
    },
    async stop() {
      await Promise.all([disconnect(west.db), disconnect(east.db)])
      await Promise.all([west.server.stop(), east.server.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startPlace(folder: string): Promise<Place> {
  const server = await startPostgres(folder, {
    wal_level: 'logical',
    shared_buffers: '64MB',
    // Who is away is asked for again soon.
    wal_retrieve_retry_interval: '300ms',
  })
  const admin = await connect(server.url(), 'test')
  await admin.query(`create database paidcalls encoding 'UTF8' template template0`)
  await disconnect(admin)
  const url = server.url('paidcalls')
  const db = await connect(url, 'test')
  await migrate(db)
  await createStageLogin(db)
  return { server, db, url, stageUrl: asStage(url, server.url()) }
}
