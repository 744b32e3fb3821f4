// What a real FreeSWITCH asked, and the records it wrote of these calls (test/fixtures/freeswitch/v1.10-authorize).

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { freePort } from '../../../shared/embedded/port.ts'
import { aCallerid, aClient, aPlan, aProvider, aSource, aTarif } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain } from '../../support/importing.ts'
import { drainStages, rollUp } from '../../support/lines.ts'
import { start, untilHealthy } from '../../support/processes.ts'
import type { Started } from '../../support/processes.ts'

const database = useDatabase()
const folder = fileURLToPath(new URL('../../fixtures/freeswitch/v1.10-authorize/', import.meta.url))
const kept = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
let running: Started
let port = 0

beforeAll(async () => {
  const { db } = database
  await aSource(db, { name: 'office', format: 'freeswitch', time_zone: 'UTC' })
  await aProvider(db, { name: 'megafon', channel: 'sofia/gateway/megafon' })
  await aProvider(db, { name: 'second', channel: 'sofia/gateway/second' })
  const tarifnum = await aPlan(db)
  await aTarif(db, { tarifnum, code: '7495', price: '0.60' })
  const one = await aClient(db, { name: 'one', tarif_id: tarifnum })
  const two = await aClient(db, { name: 'two', tarif_id: tarifnum })
  await aCallerid(db, one, '201')
  await aCallerid(db, two, '202')
  await db.query('insert into account (client_id, reserve_sec) values ($1, 3600), ($2, 7)', [one, two])
  await db.query(
    `insert into payment (account_id, amount, reference) select id, case client_id when $1 then 0.10 else 50 end, 'first' from account`,
    [one],
  )
  port = await freePort(2)
  running = start('stages/authorize.ts', [], {
    DATABASE_URL: database.url,
    AUTHORIZE_PORT: String(port),
    AGI_PORT: String(port + 1),
  })
  await untilHealthy(port)
})
afterAll(async () => {
  running.child.kill('SIGTERM')
  await running.ended
})

it('is told what it was told when it was recorded', async () => {
  const told: string[] = []
  for (const body of kept('questions.jsonl').trimEnd().split('\n')) {
    const response = await fetch(`http://127.0.0.1:${port}/authorize`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const { code, seconds } = (await response.json()) as { code: string; seconds: number | null }
    told.push(`${code} ${seconds}`)
  }
  expect(told).toEqual(['no client 0', 'ok 10', 'ok 7', 'no money 0', 'ok 7'])
})

it('wrote records that take what they cost, free what was held, and name the trunk that took the call', async () => {
  const { db } = database
  await drain(database.url, 'office', `csv://${folder}Master.csv`)
  await drainStages(database.url)
  await rollUp(database.stageUrl)
  const calls = await db.query(
    `select src, dst, dstchannel, billable_sec::integer as seconds from paidcalls where status = 'tarif defined' and billable_sec > 0 order by calldate`,
  )
  expect(calls.rows).toEqual([
    { src: '201', dst: '84951234567', dstchannel: 'sofia/gateway/megafon', seconds: 10 },
    { src: '202', dst: '84951234567', dstchannel: 'sofia/gateway/megafon', seconds: 2 },
    { src: '2 02', dst: '84951234567', dstchannel: 'sofia/gateway/second', seconds: 7 },
    { src: '202', dst: '112', dstchannel: 'sofia/gateway/second', seconds: 2 },
  ])
  const settled = await db.query(
    'select settled_by, trim_scale(taken)::text as taken from reservation order by made_at',
  )
  expect(settled.rows).toEqual([
    { settled_by: 'record', taken: '0.1' },
    { settled_by: 'record', taken: '0.02' },
    { settled_by: 'record', taken: '0.07' },
  ])
  const accounts = await db.query(
    'select trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved from account order by id',
  )
  expect(accounts.rows).toEqual([
    { balance: '0', reserved: '0' },
    { balance: '49.91', reserved: '0' },
  ])
})

it('was told by the dialplan and the script of docs/authorize.md', () => {
  const guide = readFileSync(new URL('../../../docs/authorize.md', import.meta.url), 'utf8')
  for (const name of ['outside.xml', 'authorized.lua']) expect(guide).toContain(kept(name))
})
