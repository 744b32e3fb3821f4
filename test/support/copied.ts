// A database in a server that was made anew: nothing of the old one came along but its rows.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'vitest'

import type { Database } from '../../shared/database/connect.ts'
import { startPostgres } from '../../shared/embedded/server.ts'
import { migrate } from '../../sql/migrate.ts'
import { withOwn } from './in-use.ts'
import type { Urls } from './in-use.ts'
import { asStage, createStageLogin } from './servers.ts'

/** A new server with a database that is migrated and empty, and another that has nothing; both know the logins of tests. */
export async function freshServer(): Promise<{ migrated: Urls; bare: Urls; stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-fresh-'))
  const server = await startPostgres(folder, { shared_buffers: '64MB' })
  const [migrated, bare] = ['migrated', 'bare'].map((name) => ({
    url: server.url(name),
    stageUrl: asStage(server.url(name), server.url()),
  })) as [Urls, Urls]
  await withOwn(server.url(), async (db) => {
    for (const name of ['migrated', 'bare'])
      await db.query(`create database ${name} encoding 'UTF8' template template0`)
  })
  await withOwn(migrated.url, async (db) => {
    await migrate(db)
    await createStageLogin(db)
  })
  return {
    migrated,
    bare,
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whether pg_dump is at hand and knows this server. */
export async function hasDump(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ server: number }>(
    `select current_setting('server_version_num')::integer / 10000 as server`,
  )
  const version = spawnSync('pg_dump', ['--version'], { encoding: 'utf8' })
  const own = version.status === 0 ? Number(/\d+/.exec(version.stdout)?.[0]) : 0
  return own >= (rows[0]?.server ?? Infinity)
}

/** Copies all by pg_dump and pg_restore, into a database that has nothing. */
export function restoreDump(from: string, to: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-dump-'))
  const dump = join(folder, 'paidcalls.dump')
  for (const [program, ...args] of [
    ['pg_dump', '-Fc', '-f', dump, from],
    ['pg_restore', '--exit-on-error', '-d', to, dump],
  ] as const)
    expect(spawnSync(program, args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  rmSync(folder, { recursive: true })
}

/** Copies the rows of each table, as a script of somebody's would, into a database that is migrated; numbers go on where they were. */
export async function copyRows(from: Database, to: Database): Promise<void> {
  const { rows: tables } = await to.query<{ name: string; columns: string }>(
    `select relname as name, string_agg(quote_ident(attname), ', ' order by attnum) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and attnum > 0 and not attisdropped
       and attgenerated = '' and relname <> 'migration'
     group by relname`,
  )
  await to.query('set session_replication_role = replica')
  await to.query(`truncate ${tables.map(({ name }) => name).join(', ')}`)
  for (const { name, columns } of tables) {
    const { rows } = await from.query<{ all: string }>(
      `select coalesce(json_agg(own), '[]')::text as all from (select ${columns} from ${name}) own`,
    )
    await to.query(
      `insert into ${name} (${columns}) overriding system value select ${columns} from json_populate_recordset(null::${name}, $1)`,
      [rows[0]?.all],
    )
  }
  const { rows: counters } = await from.query<{ name: string; last: number }>(
    `select sequencename as name, last_value as last from pg_sequences where schemaname = 'public' and last_value is not null`,
  )
  for (const { name, last } of counters) await to.query('select setval($1::regclass, $2)', [name, last])
  await to.query('set session_replication_role = default')
}
