import { describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { verifySums } from '../../../shared/sums/verify.ts'
import { useDatabase } from '../../support/database.ts'
import { insertGenerated, prepareOffices } from '../../support/generated.ts'
import { startStages, until } from '../../support/lines.ts'
import { run, start } from '../../support/processes.ts'

const database = useDatabase()

describe('rollup beside the line', () => {
  it(
    'loses and doubles nothing when two of them are killed again and again, and an administrator holds a transaction open',
    { timeout: 120_000 },
    async () => {
      await prepareOffices(database.db)
      await insertGenerated(database.db, 3_000, true)
      const admin = await connect(database.url, 'test')
      await admin.query('begin; update client set name = name')
      const lines = startStages(database.url)
      for (let kills = 0; kills < 8; kills++) {
        const two = [1, 2].map(() => start('stages/rollup.ts', [], { DATABASE_URL: database.url }))
        await expect.poll(() => two.map(({ output }) => output()).join()).toContain('stage started')
        await new Promise((resolve) => setTimeout(resolve, 150 + kills * 90))
        for (const { child } of two) child.kill('SIGKILL')
        await Promise.all(two.map(({ ended }) => ended))
      }
      await until(
        database.db,
        `select where not exists (select from paidcalls where status <> 'tarif defined' and problem is null)`,
        [],
        60_000,
        100,
      )
      await lines.stop()
      expect(await run('stages/rollup.ts', ['--drain'], { DATABASE_URL: database.url })).toMatchObject({
        code: 0,
      })
      await admin.query('rollback')
      await disconnect(admin)
      expect((await verifySums(database.db)).differences).toEqual([])
      const {
        rows: [row],
      } = await database.db.query<Record<string, unknown>>(
        `select (select sum(calls)::integer from call_sum) as calls, (select trim_scale(sum(total)) from call_sum) as total,
        (select count(*)::integer from paidcalls where status = 'tarif defined') as priced, (select trim_scale(sum(total)) from paidcalls where status = 'tarif defined') as paid`,
      )
      expect(row?.['calls']).toBe(row?.['priced'])
      expect(row?.['total']).toBe(row?.['paid'])
      expect(row?.['calls']).toBeGreaterThan(2_000)
    },
  )
})
