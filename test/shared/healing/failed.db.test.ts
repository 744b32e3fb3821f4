import { expect, it } from 'vitest'

import { aCall, anOffice, callOf } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages } from '../../support/lines.ts'

const database = useDatabase()

it('a call that failed by a zone no program knows goes on when the plan is mended', async () => {
  const { db } = database
  const office = await anOffice(db)
  // From before the database refused such words.
  await db.query(
    `alter table tarifplan drop constraint "a plan's time_zone is an IANA name such as Europe/Moscow"`,
  )
  await db.query(`update tarifplan set time_zone = 'MSK'`)
  await db.query(`update tarif set from_time = '08:00', to_time = '20:00'`)
  const call = await aCall(db, { source_id: office.source_id })
  for (let tries = 0; tries < 5; tries++) {
    await drainStages(database.url)
    await db.query('update paidcalls set due_at = null')
  }
  expect((await callOf(db, call))['problem']).toMatch(/^failed 5 times, the last time with: .*MSK/)
  await db.query(`update tarifplan set time_zone = 'Europe/Moscow'`)
  await drainStages(database.url)
  expect(await callOf(db, call)).toMatchObject({ status: 'tarif defined', problem: null, attempts: 0 })
})
