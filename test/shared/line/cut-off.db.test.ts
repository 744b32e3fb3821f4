import { afterEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { client } from '../../../stages/client.ts'
import { aCall, aCallerid, aClient, aProvider, aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { startLine, until } from '../../support/lines.ts'
import type { RunningLine } from '../../support/lines.ts'
import { start } from '../../support/processes.ts'
import { startProxy } from '../../support/proxy.ts'
import type { Proxy } from '../../support/proxy.ts'

const database = useDatabase()
let line: RunningLine | undefined
const proxies: Proxy[] = []

afterEach(async () => {
  await line?.stop()
  line = undefined
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()))
  await database.db.query('delete from paidcalls')
})

async function aProxy(): Promise<Proxy> {
  const proxy = await startProxy(database.url)
  proxies.push(proxy)
  return proxy
}

async function settle(): Promise<void> {
  const client_id = await aClient(database.db)
  await aCallerid(database.db, client_id, '201')
  await aProvider(database.db)
}

const defined = `select from paidcalls having bool_and(status = 'client defined') and count(*) = $1`

describe('a stage', () => {
  it(
    'goes on by itself over new connections when those it has fall silent',
    { timeout: 40_000 },
    async () => {
      await settle()
      const proxy = await aProxy()
      line = startLine(client, proxy.url)
      await aCall(database.db, { source_id: await aSource(database.db) })
      await until(database.db, defined, [1])
      proxy.hush()
      await aCall(database.db)
      expect(await until(database.db, defined, [2], 25_000)).toBeGreaterThan(1_000)
    },
  )

  it(
    'goes on by itself when a server falls silent at any moment of its start',
    { timeout: 60_000 },
    async () => {
      // What it asks before its lane is at work, one silence each.
      const moments = [1, 2, 3, 4, 5, 6, 7]
      const wires = await Promise.all(moments.map(() => aProxy()))
      const lines = wires.map((proxy, at) => {
        proxy.hushAt('paidcalls client', moments[at] ?? 0)
        return startLine(client, proxy.url, 1)
      })
      // A lane that is at work asks again and again.
      await expect
        .poll(() => wires.filter((proxy) => proxy.asked('paidcalls client') < 20).length, {
          timeout: 40_000,
          interval: 200,
        })
        .toBe(0)
      await Promise.all(lines.map((one) => one.stop()))
    },
  )

  it('goes on over the next host of DATABASE_URL when the first is gone', async () => {
    const [first, second] = [await aProxy(), await aProxy()]
    const url = new URL(first.url)
    line = startLine(client, first.url.replace(url.host, `${url.host},${new URL(second.url).host}`))
    await aCall(database.db)
    await until(database.db, defined, [1])
    await first.stop()
    await aCall(database.db)
    await until(database.db, defined, [2])
    expect(second.asked('paidcalls client')).toBeGreaterThan(0)
  })

  it('waits while the server only reads, and goes on when it may be written again', async () => {
    const name = new URL(database.url).pathname.slice(1)
    line = startLine(client, database.url)
    await aCall(database.db)
    await until(database.db, defined, [1])
    const admin = await connect(`${database.url}?target_session_attrs=any`, 'test')
    await admin.query(`alter database ${name} set default_transaction_read_only = on`)
    await admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name like 'paidcalls client%'`,
      [name],
    )
    await aCall(database.db)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect((await admin.query(defined, [2])).rowCount).toBe(0)
    await admin.query(
      `set transaction_read_only = off; alter database ${name} reset default_transaction_read_only`,
    )
    await until(database.db, defined, [2])
    await disconnect(admin)
  })
})

describe('a claimed call', () => {
  it('is free within 30 s when its process is frozen', { timeout: 60_000 }, async () => {
    await database.db.query(`insert into paidcalls (calldate) select now() from generate_series(1, 2000)`)
    const frozen = start('stages/client.ts', [], { DATABASE_URL: database.url, LANES: '1' })
    try {
      await until(
        database.db,
        `select from paidcalls where status = 'client defined' or problem is not null limit 1`,
        [],
        20_000,
      )
      // A lane at work always holds a call.
      frozen.child.kill('SIGSTOP')
      const held = `select from paidcalls where status = 'new record' and problem is null`
      line = startLine(client, database.url)
      await until(database.db, `select from (${held}) held having count(*) = 1`, [], 20_000, 100)
      expect(await until(database.db, `select where not exists (${held})`, [], 30_000)).toBeGreaterThan(5_000)
    } finally {
      frozen.child.kill('SIGKILL')
      await frozen.ended
    }
  })
})
