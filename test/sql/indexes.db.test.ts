import { expect, it } from 'vitest'

import { migrate } from '../../sql/migrate.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

it('makes indexes that are missing, and anew those that were broken off', async () => {
  const { db } = database
  const whole = async () =>
    (
      await db.query<{ name: string; whole: boolean }>(
        `select indexrelid::regclass::text as name, indisvalid as whole from pg_index where indexrelid::regclass::text ~ '^rating_decision_' order by 1`,
      )
    ).rows
  const before = await whole()
  expect(before).toContainEqual({ name: 'rating_decision_calldate', whole: true })
  await db.query(
    `drop index rating_decision_calldate; update pg_index set indisvalid = false where indexrelid = 'rating_decision_client'::regclass`,
  )
  const said: string[] = []
  await migrate(db, (line) => said.push(line))
  expect(await whole()).toEqual(before)
  expect(said.filter((line) => line.startsWith('made'))).toEqual([
    'made index rating_decision_calldate',
    'made index rating_decision_client',
  ])
})
