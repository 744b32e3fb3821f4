// What decisions are in no sum yet is said by rows, not by transaction ids: these begin anew in another server.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { Database } from '../../../shared/database/connect.ts'
import { verifySums } from '../../../shared/sums/verify.ts'
import { copyRows, freshServer, hasDump, restoreDump } from '../../support/copied.ts'
import { useDatabase } from '../../support/database.ts'
import { insertGenerated, prepareOffices } from '../../support/generated.ts'
import { withOwn } from '../../support/in-use.ts'
import type { Urls } from '../../support/in-use.ts'
import { drainStages, rollUp } from '../../support/lines.ts'
import { run } from '../../support/processes.ts'

const database = useDatabase()
let fresh: Awaited<ReturnType<typeof freshServer>>
afterAll(() => fresh.stop())

const ask = async (db: Database, question: string) => {
  const { rows } = await db.query<Record<string, unknown>>(question)
  return rows[0] ?? {}
}
const transaction = async (db: Database) =>
  Number((await ask(db, 'select pg_current_xact_id()::text as id'))['id'])
const waiting = `select (select count(*)::integer from unsummed) as unsummed,
  (select count(*)::integer from paidcalls where status = 'destination defined' and problem is null) as unpriced`

/** Some calls are summed; some priced since, for the first time or again; some are on their way. */
beforeAll(async () => {
  const { db, url, stageUrl } = database
  fresh = await freshServer()
  await prepareOffices(db)
  await insertGenerated(db, 600, true)
  await db.query('drop table generated')
  await db.query(`update paidcalls set due_at = 'infinity' where id > 500`)
  await drainStages(url)
  await rollUp(stageUrl)
  await db.query(`update paidcalls set due_at = null`)
  await db.query(`select rerate(2, '-infinity', 'infinity', 'in use')`)
  await drainStages(url)
  await db.query(`select rerate(3, '-infinity', 'infinity', 'in use')`)
  await db.query('do $$ begin for nr in 1..30000 loop perform pg_current_xact_id(); commit; end loop; end $$')
})

async function expectItGoesOn({ url, stageUrl }: Urls): Promise<void> {
  await withOwn(url, async (db) => {
    const left = await ask(db, waiting)
    expect(left).toEqual(await ask(database.db, waiting))
    expect(Math.min(...Object.values(left).map(Number))).toBeGreaterThan(20)
    expect(await transaction(db)).toBeLessThan(await transaction(database.db))
    expect((await verifySums(db)).differences).toEqual([])
    await drainStages(stageUrl)
    expect(await run('stages/rollup.ts', ['--drain'], { DATABASE_URL: stageUrl })).toMatchObject({ code: 0 })
    expect(await ask(db, waiting)).toEqual({ unsummed: 0, unpriced: 0 })
    const { decisions } = await ask(db, 'select count(*)::integer as decisions from rating_decision')
    expect(await run('stages/rollup.ts', ['--verify'], { DATABASE_URL: stageUrl })).toMatchObject({
      code: 0,
      stdout: `all sums are what ${String(decisions)} decisions say\n`,
    })
    const summed = await ask(
      db,
      'select sum(calls)::integer as calls, trim_scale(sum(total)) as total from call_sum',
    )
    expect(summed).toEqual(
      await ask(
        db,
        `select count(*)::integer as calls, trim_scale(sum(total)) as total from paidcalls where status = 'tarif defined'`,
      ),
    )
  })
}

describe('a database in use goes on with its sums in a fresh server', { timeout: 120_000 }, () => {
  it('when its rows are copied', async () => {
    await withOwn(fresh.migrated.url, (to) => copyRows(database.db, to))
    await expectItGoesOn(fresh.migrated)
  })

  it('when it is dumped and restored', async ({ skip }) => {
    skip(!(await hasDump(database.db)), 'pg_dump of this PostgreSQL is not at hand')
    restoreDump(database.url, fresh.bare.url)
    await expectItGoesOn(fresh.bare)
  })
})
