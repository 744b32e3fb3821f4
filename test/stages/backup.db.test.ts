import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { backUp, restore } from '../../shared/embedded/backup.ts'
import { nobody } from '../../shared/embedded/binaries.ts'
import { keepPostgres, startPostgres } from '../../shared/embedded/server.ts'
import type { Server } from '../../shared/embedded/server.ts'
import { migrate } from '../../sql/migrate.ts'
import { hasDump, restoreDump } from '../support/copied.ts'
import { useDatabase } from '../support/database.ts'
import { bill, expectItGoesOn, expectSound, use, withOwn, work } from '../support/in-use.ts'
import type { InUse, Urls } from '../support/in-use.ts'
import { until } from '../support/lines.ts'
import { asStage, createStageLogin, withDatabase } from '../support/servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'backup-'))
const [archive, file] = [join(folder, 'archive'), join(folder, 'all.tar')]
const password = (server: Server): string => new URL(server.url()).password
const urlsOf = (server: Server): Urls => {
  const url = server.url('paidcalls')
  return { url, stageUrl: asStage(url, server.url()) }
}
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a base backup with the log behind it', () => {
  let inUse: InUse
  let secret: string
  /** Before the mistake. */
  let moment: string
  let lastBill: unknown[]

  beforeAll(async () => {
    // PostgreSQL does not run as root.
    chmodSync(folder, 0o755)
    mkdirSync(archive)
    chmodSync(archive, 0o777)
    const server = await startPostgres(join(folder, 'first'), {
      shared_buffers: '64MB',
      archive_mode: 'on',
      archive_command: `cp %p ${archive}/%f`,
    })
    secret = password(server)
    writeFileSync(join(server.folder, 'secrets.json'), JSON.stringify({ postgres: secret }))
    await withOwn(server.url(), (db) =>
      db.query(`create database paidcalls encoding 'UTF8' template template0`),
    )
    const urls = urlsOf(server)
    await withOwn(urls.url, async (db) => {
      await migrate(db)
      await createStageLogin(db)
    })
    inUse = await use(urls)
    await backUp(server.folder, file)
    inUse.hangUp()

    await withOwn(urls.url, async (db) => {
      await db.query(
        `insert into payment (account_id, amount, reference) select id, 5, 'bank 2' from account`,
      )
      await work(urls, inUse.office)
      const { rows } = await db.query<{ moment: string }>('select clock_timestamp()::text as moment')
      moment = rows[0]?.moment ?? ''
      lastBill = await bill(urls.url, '2026-04')
      await db.query(`delete from callerid`)
      await db.query('select pg_switch_wal()')
      await until(
        db,
        'select from pg_stat_archiver where last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1)',
      )
    })
    await server.stop()
  })

  it('goes on as the database was when it is restored', async () => {
    const home = join(folder, 'restored')
    restore(home, file, process.getuid?.() === 0 ? nobody() : undefined)
    const server = await keepPostgres(home, secret)
    await expectItGoesOn(urlsOf(server), inUse).finally(() => server.stop())
  })

  it('is brought to the moment before a mistake; records read since are read again, and the same statement is issued', async () => {
    const home = join(folder, 'earlier')
    restore(home, file, process.getuid?.() === 0 ? nobody() : undefined)
    appendFileSync(
      join(home, 'data', 'postgresql.auto.conf'),
      `restore_command = 'cp ${archive}/%f %p'\nrecovery_target_time = '${moment}'\nrecovery_target_action = 'promote'\n`,
    )
    writeFileSync(join(home, 'data', 'recovery.signal'), '')
    const server = await keepPostgres(home, secret)
    const urls = urlsOf(server)
    const db = await connect(`${urls.url}?target_session_attrs=any`, 'test')
    try {
      await until(db, 'select from (select 1) one where not pg_is_in_recovery()', [], 20_000)
      await expectSound(urls.url)
      expect((await db.query(`select reference from payment order by id`)).rows).toHaveLength(2)
      expect((await db.query('select from callerid')).rowCount).toBe(2)
      inUse.office.ring({ dst: '030560', at: '2026-05-04 12:00:00' })
      await work(urls, inUse.office)
      expect((await db.query('select from cdr')).rowCount).toBe(7)
      await expectSound(urls.url)
      expect(await bill(urls.url, '2026-04')).toEqual(lastBill)
    } finally {
      await disconnect(db)
      await server.stop()
    }
  })
})

describe('a dump', () => {
  const database = useDatabase()

  it('goes on as the database was when it is restored', async (context) => {
    context.skip(!(await hasDump(database.db)), 'pg_dump of this PostgreSQL is not at hand')
    const inUse = await use(database)
    const name = `${new URL(database.url).pathname.slice(1)}_restored`
    const url = withDatabase(database.url, name)
    await database.db.query(`create database ${name} encoding 'UTF8' template template0`)
    restoreDump(database.url, url)
    inUse.hangUp()
    await expectItGoesOn({ url, stageUrl: withDatabase(database.stageUrl, name) }, inUse).finally(() =>
      database.db.query(`drop database ${name} with (force)`),
    )
  })
})
