import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../../shared/database/connect.ts'
import type { Database } from '../../../../shared/database/connect.ts'
import { aSource } from '../../../support/builders.ts'
import { useDatabase } from '../../../support/database.ts'
import { drain } from '../../../support/importing.ts'
import { run } from '../../../support/processes.ts'

const billing = useDatabase()
const roles = ['cdr_pusher', 'cdr_looker'].map((role) => `${role}_${process.pid}`) as [string, string]
const [pusher, looker] = roles
let pushing: Database
let names = 0

const asRole = (name: string) => {
  const url = new URL(billing.url)
  url.username = name
  url.password = 'secret'
  return url.href
}

beforeAll(async () => {
  for (const role of roles) await billing.db.query(`create role ${role} login password 'secret'`)
  // What docs/sources.md tells an administrator to grant.
  await billing.db
    .query(`grant insert on cdr_import to ${pusher}; grant usage on sequence cdr_import_id_seq to ${pusher};
    grant usage, create on schema public to ${pusher}; grant select on cdr_import to ${looker}`)
  pushing = await connect(asRole(pusher), 'test')
})

afterAll(async () => {
  await disconnect(pushing)
  await billing.db.query('truncate cdr_import')
  for (const role of roles) await billing.db.query(`drop owned by ${role}; drop role ${role}`)
})

/** As cdr-pusher does: it makes sure of the table, and puts calls into it by the names of their columns. */
async function push(first: number, count: number): Promise<void> {
  const schema = readFileSync(new URL('../../../fixtures/cdr-pusher/cdr_import.sql', import.meta.url), 'utf8')
  await pushing.query(schema.replace('CREATE TABLE', 'create table if not exists'))
  await pushing.query('begin')
  for (let nr = first; nr < first + count; nr++)
    await pushing.query(
      `insert into cdr_import (switch, cdr_source_type, callid, caller_id_number, caller_id_name, destination_number, starting_date,
         duration, billsec, hangup_cause_id, accountcode, extradata)
       values ('203.0.113.9', 1, 'c' || $1::text, '1001', 'Anna', $1::text, '2026-03-01 12:00:00+00', 70, 60, 16, 'acme', '{}')`,
      [nr],
    )
  await pushing.query('commit')
}

async function aPushed(): Promise<{ name: string; id: number; url: (options?: string) => string }> {
  const name = `pushed ${names++}`
  const id = await aSource(billing.db, { name, format: 'cdr-pusher' })
  return { name, id, url: (options = '') => `${billing.url}?table=cdr_import${options}` }
}

async function dialled(id: number): Promise<string[]> {
  const { rows } = await billing.db.query<{ dst: string }>(
    'select dst from paidcalls where source_id = $1 order by id',
    [id],
  )
  return rows.map(({ dst }) => dst)
}

async function imported(): Promise<boolean[]> {
  const { rows } = await billing.db.query<{ imported: boolean }>(
    'select imported from cdr_import order by id',
  )
  return rows.map((row) => row.imported)
}

describe('cdr_import in the billing database', () => {
  it('takes what cdr-pusher pushes, and every call of it is imported once', async () => {
    await push(1, 3)
    const { name, id, url } = await aPushed()
    const env = { DATABASE_URL: billing.url, SOURCE: name, CDR_URL: url() }
    for (let times = 0; times < 2; times++) {
      const { code, stderr } = await run('stages/import.ts', ['--drain'], env)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    }
    expect(await dialled(id)).toEqual(['1', '2', '3'])
    expect(await imported()).toEqual([true, true, true])
    const { rows } = await billing.db.query(
      `select calldate, channel, dstchannel, src, accountcode, disposition, billsec from paidcalls where source_id = $1 limit 1`,
      [id],
    )
    expect(rows).toEqual([
      {
        calldate: new Date('2026-03-01T12:00:00Z'),
        channel: 'switch/203.0.113.9/in',
        dstchannel: 'switch/203.0.113.9/out',
        src: '1001',
        accountcode: 'acme',
        disposition: 'ANSWERED',
        billsec: 60,
      },
    ])
  })

  it('leaves alone what another reader has, unless it is told to ignore that', async () => {
    await push(4, 2)
    const [second, third] = [await aPushed(), await aPushed()]
    await drain(billing.url, second.name, second.url())
    expect(await dialled(second.id)).toEqual(['4', '5'])
    await drain(billing.url, third.name, third.url('&marked=ignore'))
    expect(await dialled(third.id)).toEqual(['1', '2', '3', '4', '5'])
  })

  it('is read once, and not marked, by a login that may only read', async () => {
    await push(6, 2)
    const { name, id } = await aPushed()
    const url = `${asRole(looker)}?table=cdr_import`
    for (let times = 0; times < 2; times++) await drain(billing.url, name, url)
    expect(await dialled(id)).toEqual(['6', '7'])
    expect((await imported()).slice(-2)).toEqual([false, false])
  })
})

describe('the SQLite file of FreeSWITCH', () => {
  it('is imported once, however often it is read', async () => {
    const path = fileURLToPath(new URL('../../../fixtures/freeswitch/cdr.db', import.meta.url))
    const id = await aSource(billing.db, { name: 'freeswitch', format: 'freeswitch' })
    const env = {
      DATABASE_URL: billing.url,
      SOURCE: 'freeswitch',
      CDR_URL: pathToFileURL(path).href.replace('file:', 'sqlite:'),
    }
    for (let times = 0; times < 2; times++) {
      const { code, stderr } = await run('stages/import.ts', ['--drain'], env)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    }
    const { rows } = await billing.db.query(
      `select count(*)::integer as calls, sum(billsec)::integer as seconds, min(dstchannel) as dstchannel from paidcalls where source_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ calls: 50, seconds: 9_875, dstchannel: 'context//out' }])
  })
})
