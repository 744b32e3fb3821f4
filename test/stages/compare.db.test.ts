import { expect, it } from 'vitest'

import { aCall, aPlan, aProvider, aTarif, anOffice } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()

it('says what calls would have cost over each provider that has a price for them, and changes nothing', async () => {
  const { db } = database
  const office = await anOffice(db)
  const [cheap, dear, blank] = [await aPlan(db), await aPlan(db, { currency: 'USD' }), await aPlan(db)]
  await aTarif(db, { tarifnum: cheap, code: '7', price: '0.12' })
  await aTarif(db, { tarifnum: dear, code: '7495', price: '0.30' })
  await db.query('update provider set name = $1, tarifnum = $2', ['First', dear])
  await aProvider(db, { name: 'Second', channel: 'SIP/second', tarifnum: cheap })
  await aProvider(db, { name: 'Third', channel: 'SIP/third', tarifnum: blank })
  await aProvider(db, { name: 'Fourth', channel: 'SIP/fourth' })
  for (const billsec of [60, 120])
    await aCall(db, { source_id: office.source_id, billsec, duration: billsec + 5 })
  await aCall(db, { source_id: office.source_id, billsec: 0, disposition: 'NO ANSWER' })
  await drainStages(database.url)
  const before = (await db.query('select id, total, cost, provider_id from paidcalls order by id')).rows

  const env = { DATABASE_URL: database.url }
  const said = await run('stages/compare.ts', ['--since', '2026-03-01', '--until', '2026-04-01'], env)
  expect(said).toMatchObject({ code: 0, stderr: '' })
  const lines = said.stdout.split('\n').map((line) => line.trim().split(/ {2,}/))
  expect(lines).toContainEqual(['First', 'carried', '2', '0', '3.0', '0.9000', 'USD'])
  expect(lines).toContainEqual(['First', 'would carry all', '2', '0', '3.0', '0.9000', 'USD'])
  expect(lines).toContainEqual(['Second', 'would carry all', '2', '0', '3.0', '0.3600', 'EUR'])
  expect(lines.find(([name]) => name === 'Third')).toEqual([
    'Third',
    'would carry all',
    '2',
    '2',
    '3.0',
    'EUR',
  ])
  expect(said.stdout).not.toContain('Fourth')
  expect((await db.query('select id, total, cost, provider_id from paidcalls order by id')).rows).toEqual(
    before,
  )

  expect(
    await run('stages/compare.ts', ['--since', '2020-01-01', '--until', '2020-02-01'], env),
  ).toMatchObject({
    code: 1,
    stderr: 'compare: No priced calls left over a provider then.\n',
  })
  expect(
    await run('stages/compare.ts', ['--since', '2026-03-01', '--until', '2026-04-01', '--client', '99'], env),
  ).toMatchObject({ code: 1 })
})
