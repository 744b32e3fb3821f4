import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, ring, seedTable, until, useMysql } from '../../support/importing.ts'
import { start } from '../../support/processes.ts'
import type { Started } from '../../support/processes.ts'
import { startProxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'

const billing = useDatabase()
const exchange = useMysql()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-turns-'))
const proxies: Proxy[] = []
const started: Started[] = []
let names = 0

afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL')
  await Promise.all(started.map(({ ended }) => ended))
  await Promise.all(proxies.map((proxy) => proxy.stop()))
  rmSync(folder, { recursive: true, force: true })
})

async function proxyTo(url: string): Promise<Proxy> {
  const proxy = await startProxy(url)
  proxies.push(proxy)
  return proxy
}

async function aTable(): Promise<{ name: string; id: number; url: string }> {
  const name = `cdr${names++}`
  await exchange.my.query(seedTable(name, 'InnoDB'))
  return { name, id: await aSource(billing.db, { name }), url: `${exchange.url}?table=${name}` }
}

function importer(env: Record<string, string>): Started {
  const process = start('stages/import.ts', [], { DATABASE_URL: billing.url, ...env })
  started.push(process)
  return process
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function calls({ id }: { id: number }): Promise<number> {
  const { rows } = await billing.db.query<{ calls: number }>(
    'select count(*)::integer as calls from paidcalls where source_id = $1',
    [id],
  )
  return rows[0]?.calls ?? 0
}

async function states(): Promise<Record<string, unknown>> {
  const { rows } = await billing.db.query<{ source: string; state: string }>(
    'select source, state from sources',
  )
  return Object.fromEntries(rows.map(({ source, state }) => [source, state]))
}

// They wait more than they work.
describe.concurrent('another importer goes on within seconds', () => {
  it.each([
    ['the one whose turn it is has frozen', ({ child }: Started) => child.kill('SIGSTOP')],
    [
      'the host of the one whose turn it is has vanished without a word',
      (_: Started, database: Proxy) => {
        database.hush()
      },
    ],
  ])('when %s', async (_, lose) => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 10)
    const [database, server] = [await proxyTo(billing.url), await proxyTo(exchange.url)]
    const held = importer({
      DATABASE_URL: database.url,
      SOURCE: source.name,
      CDR_URL: source.url.replace(new URL(exchange.url).host, new URL(server.url).host),
    })
    await until('the first calls, marked', async () => (await states())[source.name] === 'up to date')
    // The source is asked every second, and now never answers: the turn is held while it is waited for.
    server.hush()
    let freeAt = performance.now()
    await until('the turn to be held for longer than a batch takes', async () => {
      const { rowCount } = await billing.db.query(
        'select from source_position where source_id = $1 for update skip locked',
        [source.id],
      )
      if (rowCount === 1) freeAt = performance.now()
      return performance.now() - freeAt > 1_500
    })
    lose(held, database)
    await ring(exchange.my, source.name, 11, 10)
    const since = performance.now()
    await drain(billing.url, source.name, source.url)
    expect(performance.now() - since).toBeLessThan(20_000)
    expect(await calls(source)).toBe(20)
  })
})

describe('an importer to which a source was lost', () => {
  it('does not wait long for it once others have read it meanwhile', async () => {
    const source = await aTable()
    importer({ SOURCE: source.name, CDR_URL: source.url })
    await until('the end of the source', async () => (await states())[source.name] === 'up to date')
    const away = `${source.name}_away`
    await exchange.my.query(`rename table ${source.name} to ${away}`)
    await until('it to fail', async () => (await states())[source.name] === 'cannot be read')
    // It fails again after 1 s, after 2 more, and would do so after 4 and 8 more.
    await pause(3_500)
    const other = await connect(billing.url, 'test')
    await other.query('begin')
    await other.query('select from source_position where source_id = $1 for update', [source.id])
    await pause(5_500)
    await disconnect(other)
    await pause(700)
    await exchange.my.query(`rename table ${away} to ${source.name}`)
    await ring(exchange.my, source.name, 1, 10)
    const since = performance.now()
    await until('its records', async () => (await calls(source)) === 10)
    expect(performance.now() - since).toBeLessThan(4_000)
  })
})

describe('several sources in one process', () => {
  it('are read side by side; one that is down or silent shows why, and the others go on', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 10)
    const path = join(folder, 'text.csv')
    writeFileSync(path, 'this is no CSV\n'.repeat(20))
    for (const name of ['down', 'silent', 'no CSV', 'idle']) await aSource(billing.db, { name })
    // A server that listens has an address.
    const { port } = silent.address() as AddressInfo
    const { output } = importer({
      SOURCE_1: 'down',
      CDR_URL_1: 'mysql://u:p@127.0.0.1:1/db',
      SOURCE_2: source.name,
      CDR_URL_2: source.url,
      SOURCE_3: 'silent',
      CDR_URL_3: `mysql://u:p@127.0.0.1:${port}/db`,
      SOURCE_4: 'no CSV',
      CDR_URL_4: pathToFileURL(path).href.replace('file:', 'csv:'),
    })
    await until('all to be known', async () => {
      const known = await states()
      return (
        known[source.name] === 'up to date' &&
        ['down', 'silent', 'no CSV'].every((name) => known[name] === 'cannot be read')
      )
    })
    expect(await states()).toMatchObject({ idle: 'never read' })
    const { rows } = await billing.db.query(
      `select source, records, failure, failing_since is not null as since, lag < interval '30 seconds' as near
       from sources where source in ('down', $1) order by source`,
      [source.name],
    )
    expect(rows).toEqual([
      { source: source.name, records: 10, failure: null, since: false, near: true },
      {
        source: 'down',
        records: 0,
        failure: expect.stringMatching(/^The server cannot be reached/) as unknown,
        since: true,
        near: null,
      },
    ])
    await ring(exchange.my, source.name, 11, 5)
    await until('the calls of the other', async () => (await calls(source)) === 15)
    expect(output()).not.toContain('error')
    silent.close()
  })
})
