// What a real FreeSWITCH asked, and the records it wrote of these calls (test/fixtures/freeswitch/v1.10-authorize).

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { moneyOf, startAsked } from '../../support/asking.ts'
import type { Asked } from '../../support/asking.ts'
import { useDatabase } from '../../support/database.ts'
import { drain } from '../../support/importing.ts'
import { drainStages, rollUp } from '../../support/lines.ts'

const database = useDatabase()
const folder = fileURLToPath(new URL('../../fixtures/freeswitch/v1.10-authorize/', import.meta.url))
const kept = (name: string): string => readFileSync(`${folder}${name}`, 'utf8')
let asked: Asked

beforeAll(async () => {
  asked = await startAsked(database, 'sofia/gateway', { format: 'freeswitch' })
})
afterAll(() => asked.stop())

it('is told what it was told when it was recorded', async () => {
  const told: string[] = []
  for (const body of kept('questions.jsonl').trimEnd().split('\n')) {
    const response = await fetch(`http://127.0.0.1:${asked.port}/authorize`, {
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
  expect(await moneyOf(db)).toEqual({
    accounts: [
      { balance: '0', reserved: '0' },
      { balance: '49.91', reserved: '0' },
    ],
    reservations: [
      { settled_by: 'record', taken: '0.1' },
      { settled_by: 'record', taken: '0.02' },
      { settled_by: 'record', taken: '0.07' },
    ],
  })
})

it('was told by the dialplan and the script of docs/authorize.md', () => {
  const guide = readFileSync(new URL('../../../docs/authorize.md', import.meta.url), 'utf8')
  for (const name of ['outside.xml', 'authorized.lua']) expect(guide).toContain(kept(name))
})
