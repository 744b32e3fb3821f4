import { beforeEach, describe, expect, it } from 'vitest'

import { biteQuery } from '../../shared/sums/bite.ts'
import { rebuildSums, verifySums } from '../../shared/sums/verify.ts'
import { aCall, aClient, anOffice, aTarif, empty, emptyCalls } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()

async function emptySums(): Promise<void> {
  await emptyCalls(database.db)
  await database.db.query(
    `truncate unsummed, call_sum, minute_calls, closed_sum, closed_minute; delete from source_position`,
  )
}

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

/** All sums as one row, and that they are what the decisions say. */
async function sums() {
  expect((await verifySums(database.db)).differences).toEqual([])
  const [row] = await ask(
    `select sum(calls)::integer as calls, sum(answered)::integer as answered, trim_scale(sum(total)) as total,
      (select sum(begun - ended)::integer from minute_calls) as going_on from call_sum`,
  )
  return row
}

describe('sums of decisions', () => {
  let office: Awaited<ReturnType<typeof anOffice>>
  beforeEach(async () => {
    await emptySums()
    await empty(database.db)
    office = await anOffice(database.db)
  })

  it('hold each decision once, under all it is summed by', async () => {
    await aCall(database.db, { source_id: office.source_id, calldate: '2026-03-02T12:20:00Z', cause: '16' })
    await aCall(database.db, { source_id: office.source_id, disposition: 'NO ANSWER', billsec: 0 })
    await drainStages(database.url)
    expect(await ask('select count(*)::integer as waits from unsummed')).toEqual([{ waits: 2 }])
    await rollUp(database.stageUrl)
    await rollUp(database.stageUrl)
    expect(await ask('select count(*)::integer as waits from unsummed')).toEqual([{ waits: 0 }])
    const [total] = await ask('select trim_scale(sum(total)) as total from paidcalls')
    expect(await sums()).toEqual({ calls: 2, answered: 1, total: total?.['total'], going_on: 0 })
    expect(
      await ask(
        `select starts_at at time zone 'UTC' || '' as at, source_id, client_id, provider_id, direction, kind, cause, currency, calls::integer
        from call_sum where answered > 0`,
      ),
    ).toEqual([
      {
        at: '2026-03-02 12:15:00',
        source_id: office.source_id,
        client_id: office.client_id,
        provider_id: office.provider_id,
        direction: 'out',
        kind: 'national',
        cause: '16',
        currency: 'EUR',
        calls: 1,
      },
    ])
  })

  it('say what part of the calls was answered, what part reached the called side, and how long they took', async () => {
    const of = { source_id: office.source_id, calldate: '2026-03-02T12:00:00Z' }
    await aCall(database.db, { ...of, cause: '16', billsec: 90 })
    for (const call of [
      { disposition: 'BUSY' },
      { disposition: 'FAILED', cause: '34' },
      { disposition: 'FAILED', cause: 'unheard of' },
    ])
      await aCall(database.db, { ...of, billsec: 0, ...call })
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    expect(
      await ask(
        'select sum(calls)::integer as calls, max(asr) as asr, max(ner) as ner, max(acd_sec) as acd_sec from country_calls',
      ),
    ).toEqual([{ calls: 4, asr: '25.00', ner: '50.00', acd_sec: '90.0' }])
  })

  it('are taken in a bite row by row, also where the table was found empty when it was analyzed last', async () => {
    const { db } = database
    await db.query('begin; set local enable_seqscan = off')
    // As autovacuum leaves it between two bites: pages, and no row in them.
    await db.query(`update pg_class set relpages = 300, reltuples = 0 where oid = 'unsummed'::regclass`)
    await db.query('insert into unsummed (call_id, nr) select n, 1 from generate_series(1, 3000) n')
    const { rows } = await db.query<{ 'QUERY PLAN': string }>(
      `explain (analyze, timing off) ${biteQuery.replace('$1', '0')}`,
    )
    await db.query('rollback')
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Delete on unsummed .*rows=3000/)
    // Each taken with each would be nine million.
    expect(plan).not.toContain('Rows Removed by Join Filter')
  })

  it('follow a call to another client, and from one currency to another, in one bite or in two', async () => {
    for (const inOneBite of [true, false]) {
      await emptySums()
      await aCall(database.db, { source_id: office.source_id })
      await drainStages(database.url)
      if (!inOneBite) await rollUp(database.stageUrl)
      const other = await aClient(database.db, { tarif_id: office.tarifnum })
      await database.db.query('update callerid set client_id = $1', [other])
      await database.db.query(`select rerate(null, '-infinity', 'infinity', 'test', 'new record')`)
      await drainStages(database.url)
      await rollUp(database.stageUrl)
      expect(await sums()).toMatchObject({ calls: 1 })
      expect(await ask('select client_id, calls::integer from call_sum where calls <> 0')).toEqual([
        { client_id: other, calls: 1 },
      ])
    }
  })

  it('say what differs when one is falsified, and are right again when they are made anew', async () => {
    await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    expect(await run('stages/rollup.ts', ['--verify'], { DATABASE_URL: database.url })).toMatchObject({
      code: 0,
      stdout: 'all sums are what 1 decisions say\n',
    })
    await database.db.query('update call_sum set total = total + 0.000001')
    const found = await run('stages/rollup.ts', ['--verify'], { DATABASE_URL: database.url })
    expect(found).toMatchObject({ code: 1, stdout: '' })
    expect(found.stderr).toMatch(
      /call_sum 2026-03-02 .* EUR.*: the sums say calls 1, .*; the decisions say calls 1, /,
    )
    expect(found.stderr).toContain('npm run rollup -- --rebuild makes them anew.')
    expect(await run('stages/rollup.ts', ['--rebuild'], { DATABASE_URL: database.url })).toMatchObject({
      code: 0,
      stdout: 'made anew: 1 sums were not what the decisions say, and are now\n',
    })
    expect((await verifySums(database.db)).differences).toEqual([])
  })

  it.each([
    [
      'a prefix that was mended',
      `insert into prefix (prefix, e164, kind) values ('8495123', '44207123', 'international')`,
      { country: 'GB', kind: 'international', day: '2026-03-02' },
    ],
    [
      'a clock that was wrong',
      `update paidcalls set calldate = calldate + interval '1 day' where status <> 'tarif defined'`,
      { country: 'RU', kind: 'national', day: '2026-03-03' },
    ],
  ])('follow %s between two decisions, summed in one bite or in two', async (_what, mended, after) => {
    for (const inOneBite of [true, false]) {
      await emptySums()
      await database.db.query('delete from prefix')
      await aTarif(database.db, { tarifnum: office.tarifnum, code: '44', price: '0.20' }).catch(
        () => undefined,
      )
      await aCall(database.db, { source_id: office.source_id })
      await drainStages(database.url)
      if (!inOneBite) await rollUp(database.stageUrl)
      await database.db.query(`select rerate(null, '-infinity', 'infinity', 'test', 'new record')`)
      await database.db.query(mended)
      await drainStages(database.url)
      await rollUp(database.stageUrl)
      expect(await sums()).toMatchObject({ calls: 1 })
      expect(
        await ask(
          `select country, kind, (starts_at at time zone 'UTC')::date::text as day from call_sum where calls <> 0`,
        ),
      ).toEqual([after])
      expect(await ask(`select country, kind, day::text from day_sum where calls <> 0`)).toEqual([after])
      expect(await ask('select day::text from client_day where calls <> 0')).toEqual([{ day: after.day }])
    }
  })

  it.each(['day_sum', 'client_day'])('of days say what differs when one is falsified: %s', async (table) => {
    await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    await database.db.query(`update ${table} set calls = calls + 1`)
    expect((await verifySums(database.db)).differences).toEqual([
      expect.stringMatching(
        new RegExp(`^${table} .*: the sums say calls 2, .*; call_sum says calls 1, `),
      ) as string,
    ])
    expect(await rebuildSums(database.db)).toBe(1)
    expect((await verifySums(database.db)).differences).toEqual([])
  })

  it('keep what was archived and brought back, and what months were worth that are detached and dropped', async () => {
    await aCall(database.db, { source_id: office.source_id, calldate: '2024-03-02T12:00:00Z' })
    await aCall(database.db, { source_id: office.source_id })
    await database.db.query(`update client_tarif set valid = '(,)'`)
    await drainStages(database.url)
    const { db } = database
    await db.query('begin; lock table paidcalls in access exclusive mode')
    await db.query(`select archive_calls(0, now() + interval '1 day')`)
    await db.query('commit')
    // Archived before it was summed.
    await rollUp(database.stageUrl)
    const before = await sums()
    expect(before).toMatchObject({ calls: 2 })
    await db.query('select bring_back_calls(array(select id from archived_call))')
    await rollUp(database.stageUrl)
    expect(await sums()).toEqual(before)
    await db.query(`select archive_calls(0, now() + interval '1 day')`)
    const detached = await ask(`select detach_archive('2024-03-02') as name`)
    for (const { name } of detached) await db.query(`drop table ${String(name)}`)
    expect(await sums()).toEqual(before)
    await rebuildSums(db)
    expect(await sums()).toEqual(before)
  })

  it('get the calls of before, in bites, and what is priced again meanwhile once', async () => {
    const { db } = database
    await aCall(db, { source_id: office.source_id })
    await aCall(db, { source_id: office.source_id })
    await drainStages(database.url)
    // As they were before there were sums.
    await db.query(`set session_replication_role = replica;
      update rating_decision set calldate = null, source_id = null, answered = null, duration = null, direction = null, kind = null, country = null, cause = null;
      truncate unsummed; set session_replication_role = default;
      update sum_fill set line_reached = 0, line_last = (select max(id) from paidcalls)`)
    await db.query(`select rerate(null, '-infinity', 'infinity', 'test', 'new record')`)
    await db.query(`update paidcalls set problem = 'held' where id = (select min(id) from paidcalls)`)
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    expect(await sums()).toMatchObject({ calls: 2 })
    await db.query('update paidcalls set problem = null')
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    expect(await sums()).toMatchObject({ calls: 2 })
  })
})
