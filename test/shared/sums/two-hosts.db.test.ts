import { expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { verifySums } from '../../../shared/sums/verify.ts'
import { useDatabase } from '../../support/database.ts'
import { insertGenerated, prepareOffices } from '../../support/generated.ts'
import { startStages, until } from '../../support/lines.ts'
import { onHost, run, start } from '../../support/processes.ts'

const database = useDatabase()
const rollupOn = (host: string, ...given: string[]) =>
  [given, { DATABASE_URL: database.url, ...onHost(host) }] as const
const hosts = async () => {
  const { rows } = await database.db.query<{ host: string }>(
    `select host from stage_process where stage = 'rollup' order by host`,
  )
  return rows.map(({ host }) => host)
}

it(
  'rollup on two hosts adds each decision up once, also when one host is lost in the midst of a bite',
  { timeout: 120_000 },
  async () => {
    const { db } = database
    await prepareOffices(db)
    await insertGenerated(db, 3_000, true)
    const [east, west] = ['east', 'west'].map((host) => start('stages/rollup.ts', ...rollupOn(host)))
    if (!east || !west) throw new Error('Nothing was started.')
    await expect.poll(hosts).toEqual(['east', 'west'])
    const lines = startStages(database.url)
    await until(db, 'select from call_sum limit 1', [], 30_000)
    const admin = await connect(database.url, 'test')
    // Each has taken decisions and waits to add them up.
    await admin.query('begin; lock table call_sum in share mode')
    await until(
      db,
      `select from pg_stat_activity where datname = current_database() and application_name = 'paidcalls rollup' and wait_event_type = 'Lock' having count(*) = 2`,
      [],
      30_000,
    )
    east.child.kill('SIGKILL')
    await east.ended
    await admin.query('rollback')
    await disconnect(admin)
    await until(
      db,
      `select where not exists (select from unsummed) and not exists (select from paidcalls where status <> 'tarif defined' and problem is null)`,
      [],
      60_000,
      100,
    )
    await lines.stop()
    expect((await verifySums(db)).differences).toEqual([])
    const { rows } = await db.query<Record<string, unknown>>(
      `select (select sum(calls)::integer from call_sum) as calls, (select trim_scale(sum(total)) from call_sum) as total,
        count(*)::integer as priced, trim_scale(sum(total)) as paid from paidcalls where status = 'tarif defined'`,
    )
    expect(rows[0]).toMatchObject({ calls: rows[0]?.['priced'], total: rows[0]?.['paid'] })
    expect(rows[0]?.['calls']).toBeGreaterThan(2_000)
    // No other host can know that it is lost; the one that is back does.
    expect(await hosts()).toEqual(['east', 'west'])
    expect(await run('stages/rollup.ts', ...rollupOn('east', '--drain'))).toMatchObject({ code: 0 })
    expect(await hosts()).toEqual(['west'])
    west.child.kill('SIGTERM')
    expect(await west.ended).toMatchObject({ code: 0 })
    expect(await hosts()).toEqual([])
  },
)
