import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { startPostgres } from '../../shared/embedded/server.ts'
import type { Server } from '../../shared/embedded/server.ts'
import { migrate } from '../../sql/migrate.ts'
import { aCall } from '../support/builders.ts'
import { startPages, visitor } from '../support/pages.ts'
import type { Pages, Visitor } from '../support/pages.ts'
import { asPortal, asWeb, createStageLogin } from '../support/servers.ts'

const folder = mkdtempSync(join(tmpdir(), 'replica-'))
// What may be asked of a replica.
const late = [
  '/calls',
  '/calls.csv',
  '/calls.json',
  '/calls.xlsx',
  '/compare',
  '/countries',
  '/countries.svg',
]
late.push('/providers', '/clients')

let primary: Server
let replica: Server
let db: Database
let standby: Database
let web: Pages
let anna: Visitor

beforeAll(async () => {
  chmodSync(folder, 0o755)
  const settings = { shared_buffers: '64MB', wal_retrieve_retry_interval: '200ms' }
  primary = await startPostgres(join(folder, 'primary'), settings)
  const admin = await connect(primary.url(), 'test')
  await admin.query(`create database paidcalls encoding 'UTF8' template template0`)
  await disconnect(admin)
  const first = await connect(primary.url('paidcalls'), 'test')
  await migrate(first)
  await createStageLogin(first)
  await disconnect(first)
  await primary.crash()
  replica = await startPostgres(join(folder, 'replica'), settings, primary)
  await primary.start()
  db = await connect(primary.url('paidcalls'), 'test')
  standby = await connect(`${replica.url('paidcalls')}?target_session_attrs=any`, 'test')
  const [one, two] = [primary, replica].map((server) => new URL(server.url()).host)
  // The one that is written is named last: pages find it.
  const several = (url: string): string => url.replace(one ?? '', `${two ?? ''},${one ?? ''}`)
  web = await startPages(primary.url('paidcalls'), {
    WEB_DATABASE_URL: several(asWeb(primary.url('paidcalls'), primary.url())),
    PORTAL_DATABASE_URL: asPortal(primary.url('paidcalls'), primary.url()),
    WEB_REPLICA_URL: asWeb(replica.url('paidcalls'), replica.url()),
  })
  anna = await visitor(web, 'anna')
})
afterAll(async () => {
  await web.stop()
  await Promise.all([disconnect(db), disconnect(standby)])
  await Promise.all([replica.stop(), primary.stop()])
  rmSync(folder, { recursive: true, force: true })
})

const get = async (path: string, cookie: string): Promise<[number, string]> => {
  const answer = await fetch(`${web.base}${path}`, { headers: { cookie } })
  return [answer.status, await answer.text()]
}

describe('pages with a replica', () => {
  it('show from it what may be some seconds old, in the role of who looks', async () => {
    await db.query(`insert into web_user (name, role) values ('rita', 'reader')`)
    const rita = await visitor(web, 'rita')
    for (const path of late) {
      expect([path, (await get(path, anna.cookie))[0]]).toEqual([path, 200])
      const forWorkers = ['/compare', '/clients'].includes(path)
      expect([path, (await get(path, rita.cookie))[0]]).toEqual([path, forWorkers ? 403 : 200])
    }
    const { rowCount } = await standby.query(
      `select from pg_stat_activity where application_name = 'paidcalls web'`,
    )
    expect(rowCount).toBeGreaterThan(0)
    expect(web.output()).not.toMatch(/could not be shown|not asked/)
  })

  it('show who has just changed something what is so now', async () => {
    await standby.query('select pg_wal_replay_pause()')
    await aCall(db, { src: '74951110000' })
    for (const path of ['/calls', '/calls.csv', '/calls.json'])
      expect([path, (await get(path, anna.cookie))[1].includes('74951110000')]).toEqual([path, false])
    const body = new URLSearchParams({ csrf: await anna.csrf(), language: 'en', time_zone: 'UTC' })
    const sent = await fetch(`${web.base}/me`, {
      ...{ method: 'POST', redirect: 'manual', body, headers: { cookie: anna.cookie } },
    })
    expect(sent.headers.get('set-cookie')).toMatch(/^paidcalls_changed=1; Max-Age=10; /)
    // What was done is said by the next page.
    expect((await get('/calls', anna.cookie))[1]).toContain('74951110000')
    expect((await get('/calls', anna.cookie))[1]).not.toContain('74951110000')
    for (const path of ['/calls', '/calls.csv'])
      expect((await get(path, `${anna.cookie}; paidcalls_changed=1`))[1]).toContain('74951110000')
  })

  it('ask the server that is written when the replica is five seconds behind, and when it is away', async () => {
    const calls = () => anna.get('/calls')
    await expect.poll(calls).toContain('74951110000')
    expect(web.output()).toMatch(/It is \d+ s behind\.","msg":"the replica is not asked"/)
    await standby.query('select pg_wal_replay_resume()')
    await expect.poll(async () => (await calls()) && web.output()).toContain('the replica is asked again')
    await replica.crash()
    expect(await calls()).toContain('74951110000')
    await replica.start()
    expect(web.output()).not.toContain('could not be shown')
  })
})
