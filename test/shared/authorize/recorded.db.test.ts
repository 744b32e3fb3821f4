// What a real Asterisk said and was told, word for word, and the records it wrote of these calls (test/fixtures/asterisk/v16-authorize).

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { moneyOf, startAsked } from '../../support/asking.ts'
import type { Asked } from '../../support/asking.ts'
import { aCallerid } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain } from '../../support/importing.ts'
import { drainStages, rollUp } from '../../support/lines.ts'

const database = useDatabase()
const folder = fileURLToPath(new URL('../../fixtures/asterisk/v16-authorize/', import.meta.url))
const kept = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
let asked: Asked

beforeAll(async () => {
  asked = await startAsked(database, 'PJSIP')
})
afterAll(() => asked.stop())

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Says what the exchange said, each time it is answered; what it was told, as it was recorded and as it is now. */
async function replay(name: string): Promise<{ recorded: string[]; now: string[] }> {
  const lines = kept(name).trimEnd().split('\n')
  const recorded = lines.filter((line) => line.startsWith('> ')).map((line) => line.replace(uuid, 'UUID'))
  const now: string[] = []
  const socket = connect(asked.port + 1, '127.0.0.1')
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
  await aCallerid(database.db, asked.second, '209')
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
  // Ten seconds; three times seven.
  expect(await moneyOf(database.db)).toEqual({
    accounts: [
      { balance: '0', reserved: '0' },
      { balance: '49.79', reserved: '0' },
    ],
    reservations: [
      { settled_by: 'record', taken: '0.07' },
      { settled_by: 'record', taken: '0' },
    ],
  })
})

it('was told by the dialplan of docs/authorize.md', () => {
  const guide = readFileSync(new URL('../../../docs/authorize.md', import.meta.url), 'utf8')
  for (const context of kept('extensions.conf').split(/\n(?=\[)/)) expect(guide).toContain(context.trimEnd())
})
