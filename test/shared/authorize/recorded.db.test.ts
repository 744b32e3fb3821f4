// What a real Asterisk said and was told, word for word, and the records it wrote of these calls (test/fixtures/asterisk/v16-authorize).

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
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
const folder = fileURLToPath(new URL('../../fixtures/asterisk/v16-authorize/', import.meta.url))
const kept = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
let running: Started
let [agiPort, second] = [0, 0]

beforeAll(async () => {
  const { db } = database
  await aSource(db, { name: 'office', time_zone: 'UTC' })
  await aProvider(db, { name: 'megafon', channel: 'PJSIP/megafon' })
  await aProvider(db, { name: 'second', channel: 'PJSIP/second' })
  const tarifnum = await aPlan(db)
  await aTarif(db, { tarifnum, code: '7495', price: '0.60' })
  const one = await aClient(db, { name: 'one', tarif_id: tarifnum })
  second = await aClient(db, { name: 'two', tarif_id: tarifnum })
  await aCallerid(db, one, '201')
  await aCallerid(db, second, '202')
  await db.query('insert into account (client_id, reserve_sec) values ($1, 3600), ($2, 7)', [one, second])
  await db.query(
    `insert into payment (account_id, amount, reference) select id, case client_id when $1 then 0.10 else 50 end, 'first' from account`,
    [one],
  )
  const port = await freePort(2)
  agiPort = port + 1
  running = start('stages/authorize.ts', [], {
    DATABASE_URL: database.url,
    AUTHORIZE_PORT: String(port),
    AGI_PORT: String(agiPort),
  })
  await untilHealthy(port)
})
afterAll(async () => {
  running.child.kill('SIGTERM')
  await running.ended
})

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Says what the exchange said, each time it is answered; what it was told, as it was recorded and as it is now. */
async function replay(name: string): Promise<{ recorded: string[]; now: string[] }> {
  const lines = kept(name).trimEnd().split('\n')
  const recorded = lines.filter((line) => line.startsWith('> ')).map((line) => line.replace(uuid, 'UUID'))
  const now: string[] = []
  const socket = connect(agiPort, '127.0.0.1')
  let at = 0
  const say = (): void => {
    for (; lines[at]?.startsWith('< '); at++) socket.write(`${lines[at]?.slice(2) ?? ''}\n`)
  }
  say()
  for await (const told of createInterface(socket)) {
    now.push(`> ${told.replace(uuid, 'UUID')}`)
    at++
    say()
  }
  return { recorded, now: [...now, '> (closes)'] }
}

it('is told what it was told when it was recorded: refused, allowed, hung up while it waits', async () => {
  const refused = await replay('agi-refused.txt')
  expect(refused.now).toEqual(refused.recorded)
  await aCallerid(database.db, second, '209')
  for (const name of ['agi-allowed.txt', 'agi-hung-up.txt']) {
    const { now, recorded } = await replay(name)
    expect(now, name).toEqual(recorded)
  }
  const { rows } = await database.db.query(
    'select trim_scale(reserved)::text as reserved from account order by id',
  )
  expect(rows).toEqual([{ reserved: '0' }, { reserved: '0.14' }])
})

it('wrote records that take what they cost, free what was held, and leave what was left on its accounts', async () => {
  await drain(database.url, 'office', `csv://${folder}Master.csv`)
  await drainStages(database.url)
  await rollUp(database.stageUrl)
  const { rows } = await database.db.query(
    'select trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved from account order by id',
  )
  // Ten seconds; three times seven.
  expect(rows).toEqual([
    { balance: '0', reserved: '0' },
    { balance: '49.79', reserved: '0' },
  ])
  const settled = await database.db.query(
    'select settled_by, trim_scale(taken)::text as taken from reservation order by made_at',
  )
  expect(settled.rows).toEqual([
    { settled_by: 'record', taken: '0.07' },
    { settled_by: 'record', taken: '0' },
  ])
})

it('was told by the dialplan of docs/authorize.md', () => {
  const guide = readFileSync(new URL('../../../docs/authorize.md', import.meta.url), 'utf8')
  for (const context of kept('extensions.conf').split(/\n(?=\[)/)) expect(guide).toContain(context.trimEnd())
})
