import { connect as dial, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, ring, seedTable, until, useMysql } from '../../support/importing.ts'

const billing = useDatabase()
const exchange = useMysql()
let names = 0

/** A source of its own, and the name of a table of its own. */
async function aTable(
  engine: 'MyISAM' | 'InnoDB' = 'InnoDB',
  definition = seedTable,
): Promise<{ name: string; id: number; url: string }> {
  const name = `cdr${names++}`
  await exchange.my.query(definition(name, engine))
  const id = await aSource(billing.db, { name, time_zone: 'Europe/Berlin' })
  return { name, id, url: `${exchange.url}?table=${name}` }
}

const withoutMark = (name: string, engine: 'MyISAM' | 'InnoDB') =>
  seedTable(name, engine).replace(/marked .*\n/, '')
const withoutKey = (name: string, engine: 'MyISAM' | 'InnoDB') =>
  withoutMark(name, engine)
    .replace(/ID integer.*\n/, '')
    .replace(/primary key.*?\(ID\), key/, 'key')
    .replace(/unique key ID \(ID\), /, '')

const importTo = (source: { name: string; url: string }) => drain(billing.url, source.name, source.url)

async function dialled(source: { id: number }): Promise<string[]> {
  const { rows } = await billing.db.query<{ dst: string }>(
    'select dst from paidcalls where source_id = $1 order by id',
    [source.id],
  )
  return rows.map(({ dst }) => dst)
}

async function count(source: { id: number }): Promise<{ calls: number; different: number }> {
  const { rows } = await billing.db.query<{ calls: number; different: number }>(
    'select count(*)::integer as calls, count(distinct dst)::integer as different from paidcalls where source_id = $1',
    [source.id],
  )
  return rows[0] ?? { calls: 0, different: 0 }
}

async function unmarked(name: string): Promise<number> {
  const [rows] = await exchange.my.query(`select count(*) as n from ${name} where marked = 0`)
  return (rows as { n: number }[])[0]?.n ?? -1
}

const upTo = (last: number, from = 1) =>
  Array.from({ length: last - from + 1 }, (_, index) => String(from + index))

describe('import from MySQL', () => {
  it.each(['MyISAM', 'InnoDB'] as const)(
    'reads the calls of a table of %s once, in their order, and marks them',
    async (engine) => {
      const source = await aTable(engine)
      await ring(exchange.my, source.name, 1, 2_500)
      await importTo(source)
      expect(await dialled(source)).toEqual(upTo(2_500))
      expect(await unmarked(source.name)).toBe(0)
      await ring(exchange.my, source.name, 2_501, 3)
      await importTo(source)
      expect(await dialled(source)).toEqual(upTo(2_503))
    },
  )

  it('fills the columns of a call', async () => {
    const source = await aTable()
    await exchange.my
      .query(`insert into ${source.name} (calldate, src, dst, dcontext, channel, dstchannel, duration, billsec, disposition)
      values ('2026-07-01 12:00:00', '201', '84951234567', 'office', 'SIP/201-1', 'SIP/trunk-2', 65, 60, 'NO ANSWER')`)
    await importTo(source)
    const { rows } = await billing.db.query('select * from paidcalls where source_id = $1', [source.id])
    expect(rows).toMatchObject([
      {
        status: 'new record',
        calldate: new Date('2026-07-01T10:00:00Z'),
        src: '201',
        dst: '84951234567',
        dcontext: 'office',
        channel: 'SIP/201-1',
        dstchannel: 'SIP/trunk-2',
        disposition: 'NO ANSWER',
        duration: 65,
        billsec: 60,
      },
    ])
  })

  it('keeps what is no call, with the reason, marks it, and goes on', async () => {
    const source = await aTable()
    await exchange.my.query(`insert into ${source.name} (dst) values ('no date')`)
    await ring(exchange.my, source.name, 1, 1)
    await importTo(source)
    expect(await dialled(source)).toEqual(['1'])
    expect(await unmarked(source.name)).toBe(0)
    const { rows } = await billing.db.query(
      `select rejected, record ->> 'dst' as dst from cdr where source_id = $1 and rejected is not null`,
      [source.id],
    )
    expect(rows).toEqual([{ rejected: 'calldate "0000-00-00 00:00:00" is no date', dst: 'no date' }])
  })

  it('leaves alone what somebody else has marked, and reads what is unmarked later', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 5)
    await exchange.my.query(`update ${source.name} set marked = 1 where ID <= 3`)
    await importTo(source)
    expect(await dialled(source)).toEqual(['4', '5'])
    await exchange.my.query(`update ${source.name} set marked = 0 where ID in (2, 4)`)
    await importTo(source)
    expect(await dialled(source)).toEqual(['4', '5', '2'])
    expect(await unmarked(source.name)).toBe(0)
  })

  it('reads a table it may not write, and says so once', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 1_200)
    await exchange.my.query(`create user 'ro_${source.name}_${process.pid}'@'%' identified by 'p:w@/';
      grant select on ${exchange.name}.${source.name} to 'ro_${source.name}_${process.pid}'@'%'`)
    const url = new URL(source.url)
    url.username = `ro_${source.name}_${process.pid}`
    url.password = encodeURIComponent('p:w@/')
    await importTo({ ...source, url: url.href })
    await ring(exchange.my, source.name, 1_201, 1)
    await importTo({ ...source, url: url.href })
    expect(await dialled(source)).toEqual(upTo(1_201))
    expect(await unmarked(source.name)).toBe(1_201)
    await exchange.my.query(`drop user 'ro_${source.name}_${process.pid}'@'%'`)
  })

  it('needs no more than to read the table and write the mark', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 30)
    const login = `least_${process.pid}`
    await exchange.my.query(`create user '${login}'@'%' identified by 'secret';
      grant select, update (marked) on ${exchange.name}.${source.name} to '${login}'@'%'`)
    const url = new URL(source.url)
    url.username = login
    url.password = 'secret'
    await importTo({ ...source, url: url.href })
    await exchange.my.query(`drop user '${login}'@'%'`)
    expect(await dialled(source)).toEqual(upTo(30))
    expect(await unmarked(source.name)).toBe(0)
  })

  it.each([
    ['with a mark', seedTable],
    ['without a mark', withoutMark],
  ])('reads the new calls when a table %s is emptied and its numbers begin again', async (_, definition) => {
    const source = await aTable('InnoDB', definition)
    await ring(exchange.my, source.name, 1, 10)
    await importTo(source)
    await exchange.my.query(`truncate ${source.name}`)
    await ring(exchange.my, source.name, 11, 10)
    await importTo(source)
    expect(await dialled(source)).toEqual(upTo(20))
    await exchange.my.query(
      `delete from ${source.name} where ID > 5; alter table ${source.name} auto_increment = 6`,
    )
    await ring(exchange.my, source.name, 21, 3)
    await importTo(source)
    expect(await dialled(source)).toEqual(upTo(23))
  })

  it('reads a row that comes to light after one with a higher number', async () => {
    const source = await aTable('InnoDB', withoutMark)
    const slow = await (await import('mysql2/promise')).createConnection(exchange.url)
    await slow.query('begin')
    await ring(slow, source.name, 1, 2)
    await ring(exchange.my, source.name, 3, 2)
    await importTo(source)
    expect(await dialled(source)).toEqual(['3', '4'])
    await slow.query('commit')
    await slow.end()
    await importTo(source)
    expect(await dialled(source)).toEqual(['3', '4', '1', '2'])
  })

  it.each(['MyISAM', 'InnoDB'] as const)(
    'reads a table of %s without any key, however late a call comes',
    async (engine) => {
      const source = await aTable(engine, withoutKey)
      await ring(exchange.my, source.name, 1, 3_000)
      await ring(exchange.my, source.name, 1, 2)
      await exchange.my.query(`insert into ${source.name} (dst) values ('no date')`)
      await importTo(source)
      expect(await count(source)).toEqual({ calls: 3_002, different: 3_000 })
      await exchange.my.query(
        `insert into ${source.name} (calldate, dst) values ('2026-02-01 00:00:00', 'old'), ('2026-03-01 00:00:30', 'new')`,
      )
      await ring(exchange.my, source.name, 5_000, 1)
      await importTo(source)
      expect(await count(source)).toEqual({ calls: 3_005, different: 3_003 })
      const { rows } = await billing.db.query(
        'select count(*)::integer as records from cdr where source_id = $1',
        [source.id],
      )
      expect(rows).toEqual([{ records: 3_006 }])
    },
  )

  it('adds nothing when a source is read again from the beginning', async () => {
    for (const definition of [withoutMark, withoutKey]) {
      const source = await aTable('InnoDB', definition)
      await ring(exchange.my, source.name, 1, 1_500)
      await ring(exchange.my, source.name, 1, 10)
      await importTo(source)
      await billing.db.query('delete from source_position where source_id = $1', [source.id])
      await importTo(source)
      expect(await count(source)).toEqual({ calls: 1_510, different: 1_500 })
    }
  })

  it('doubles nothing when several importers share a source', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 6_000)
    await Promise.all([importTo(source), importTo(source), importTo(source)])
    expect(await dialled(source)).toEqual(upTo(6_000))
    expect(await unmarked(source.name)).toBe(0)
  })

  it('rejects the one record that PostgreSQL refuses, and keeps the others', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 40)
    await billing.db.query(
      `alter table paidcalls add constraint "no 17 in this test" check (dst <> '17') not valid`,
    )
    await importTo(source).finally(() =>
      billing.db.query('alter table paidcalls drop constraint "no 17 in this test"'),
    )
    expect(await dialled(source)).toEqual(upTo(40).filter((dst) => dst !== '17'))
    const { rows } = await billing.db.query<{ rejected: string }>(
      'select rejected from cdr where source_id = $1 and rejected is not null',
      [source.id],
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.rejected).toContain('no 17 in this test')
  })

  it('stops reading while the source is not enabled', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 1)
    await billing.db.query('update source set enabled = false where id = $1', [source.id])
    await importTo(source)
    expect(await dialled(source)).toEqual([])
  })
})

describe('when the server of the source goes away', () => {
  let server: Server
  let open: Socket[] = []
  let refusing = false
  const target = new URL(exchange.url)

  // Between import and MariaDB, so that connections can be cut in the middle of a packet.
  beforeAll(async () => {
    server = createServer((socket) => {
      if (refusing) return void socket.destroy()
      const upstream = dial(Number(target.port || 3306), target.hostname)
      let passed = 0
      upstream.on('data', (chunk: Buffer) => {
        passed += chunk.length
        if (cutAfter !== undefined && passed > cutAfter) {
          cutAfter = undefined
          refusing = true
          socket.write(chunk.subarray(0, chunk.length >> 1))
          socket.destroy()
          upstream.destroy()
          return
        }
        socket.write(chunk)
      })
      socket.on('data', (chunk) => upstream.write(chunk))
      for (const [one, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        one.on('error', () => undefined)
        one.on('close', () => other.destroy())
      }
      open.push(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  let cutAfter: number | undefined

  it('loses nothing, shows since when it fails and why, and goes on when it is back', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 8_000)
    const url = new URL(source.url)
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    cutAfter = 400_000
    const importing = importTo({ ...source, url: url.href })
    const failure = async () =>
      (
        await billing.db.query<{ failure: string | null }>(
          'select failure from source_position where source_id = $1 and failing_since is not null',
          [source.id],
        )
      ).rows
    await until('a failure to be seen', async () => (await failure()).length > 0)
    expect((await count(source)).calls).toBeLessThan(8_000)
    refusing = false
    await importing
    expect(await dialled(source)).toEqual(upTo(8_000))
    expect(await unmarked(source.name)).toBe(0)
    expect(await failure()).toEqual([])
    open = []
  })
})

describe('when the billing database goes away', () => {
  it('connects again and loses nothing', async () => {
    const source = await aTable()
    await ring(exchange.my, source.name, 1, 6_000)
    const importing = importTo(source)
    await until('something to be imported', async () => (await count(source)).calls > 0)
    const killer = await connect(billing.url, 'test')
    await killer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'paidcalls import' and datname = current_database()`,
    )
    await disconnect(killer)
    await importing
    expect(await dialled(source)).toEqual(upTo(6_000))
    expect(await unmarked(source.name)).toBe(0)
  })
})
