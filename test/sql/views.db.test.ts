import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { aCall, emptyCalls } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const views = ['pipeline', 'parked_calls', 'oldest_calls', 'workers', 'speed']

async function rowsOf(view: string): Promise<object[]> {
  const { rows } = await database.db.query<object>(`select * from ${view}`)
  return rows
}

describe('a DBA asks', () => {
  beforeEach(() => emptyCalls(database.db))

  it('how many calls are where', async () => {
    await aCall(database.db, { imported_at: '2026-03-02T12:00:00Z' })
    await aCall(database.db)
    await aCall(database.db, { problem: 'x', imported_at: '2026-01-01' })
    await aCall(database.db, { due_at: '2099-01-01' })
    await aCall(database.db, { status: 'client defined', problem: 'x' })
    await aCall(database.db, { status: 'destination defined' })
    await aCall(database.db, { status: 'tarif defined' })
    const none = { waiting: 0, put_aside: 0, parked: 0, oldest: null, finished: null }
    expect(await rowsOf('pipeline')).toMatchObject([
      {
        ...none,
        status: 'new record',
        waiting: 2,
        put_aside: 1,
        parked: 1,
        oldest: new Date('2026-03-02T12:00:00Z'),
      },
      { ...none, status: 'client defined', parked: 1 },
      { ...none, status: 'destination defined', waiting: 1, oldest: expect.any(Date) as unknown },
      { ...none, status: 'tarif defined', finished: 1, remark: null },
    ])
  })

  it('how many calls are where, of none', async () => {
    expect(await rowsOf('pipeline')).toHaveLength(4)
    for (const view of views.slice(1)) expect(await rowsOf(view)).toEqual([])
  })

  it('why calls wait, the most frequent reason first', async () => {
    const rare = await aCall(database.db, { status: 'destination defined', problem: 'rare', billsec: 30 })
    const first = await aCall(database.db, { problem: 'frequent', imported_at: '2026-03-02T12:00:00Z' })
    await aCall(database.db, { problem: 'frequent', billsec: 120 })
    const done = await aCall(database.db, { status: 'tarif defined' })
    await database.db.query(
      `insert into rating_decision (call_id, nr, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
      values ($1, 1, 'price', 0.5, 0, 60, 60, 0.5, 0.5, 0.5)`,
      [done],
    )
    expect(await rowsOf('parked_calls')).toEqual([
      {
        status: 'new record',
        problem: 'frequent',
        calls: 2,
        minutes: '3.0',
        money_at_stake: '1.50',
        since: new Date('2026-03-02T12:00:00Z'),
        first_call: first,
      },
      expect.objectContaining({
        problem: 'rare',
        calls: 1,
        minutes: '0.5',
        money_at_stake: '0.25',
        first_call: rare,
      }),
    ])
  })

  it('which calls are the oldest', async () => {
    const late = await aCall(database.db, { imported_at: '2026-03-02T12:00:00Z' })
    const early = await aCall(database.db, {
      status: 'client defined',
      imported_at: '2026-03-01T12:00:00Z',
      problem: 'x',
    })
    const aside = await aCall(database.db, {
      imported_at: '2026-03-03T12:00:00Z',
      due_at: '2099-01-01',
      attempts: 2,
    })
    await aCall(database.db, { status: 'tarif defined', imported_at: '2020-01-01' })
    expect(await rowsOf('oldest_calls')).toMatchObject([
      { id: early, status: 'client defined', problem: 'x' },
      { id: late, problem: null },
      { id: aside, attempts: 2 },
    ])
  })

  it('who works, how fast, and who has gone silent', async () => {
    await database.db.query(
      `insert into stage_process (stage, host, pid, lanes, calls, per_second, seen) values
        ('client', 'one', 1, 4, 100, 50.5, now()), ('client', 'two', 2, 8, 200, 20, now()),
        ('client', 'two', 3, 4, 300, 99, now() - interval '1 minute'), ('tariff', 'one', 4, 4, 0, 0, now())`,
    )
    const { rows } = await database.db.query(
      'select stage, host, pid, per_second, silent_since is not null as silent from workers',
    )
    expect(rows).toEqual([
      { stage: 'client', host: 'one', pid: 1, per_second: '50.5', silent: false },
      { stage: 'client', host: 'two', pid: 2, per_second: '20', silent: false },
      { stage: 'client', host: 'two', pid: 3, per_second: '0', silent: true },
      { stage: 'tariff', host: 'one', pid: 4, per_second: '0', silent: false },
    ])
    expect(await rowsOf('speed')).toEqual([
      { stage: 'client', processes: 2, lanes: 12, silent: 1, per_second: '70.5', p50_ms: null, p99_ms: null },
      { stage: 'tariff', processes: 1, lanes: 4, silent: 0, per_second: '0', p50_ms: null, p99_ms: null },
    ])
  })

  it('how long calls take from the record to the price, and to the sum', async () => {
    const call = await aCall(database.db, { imported_at: '2026-03-02T12:00:00Z' })
    await database.db.query(
      `insert into rating_decision (call_id, nr, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, decided_at)
      values ($1, 1, 'price', 0, 0, 0, 0, 0, 0, 0, '2026-03-02T12:00:00.040Z')`,
      [call],
    )
    await database.db.query(
      `insert into stage_process (stage, host, pid, lanes, p50_ms, p99_ms) values ('tariff', 'one', 1, 4, null, null), ('rollup', 'one', 2, 1, 12, 25.5)`,
    )
    const { rows } = await database.db.query('select stage, p50_ms, p99_ms from speed')
    expect(rows).toEqual([
      { stage: 'rollup', p50_ms: '12.0', p99_ms: '25.5' },
      { stage: 'tariff', p50_ms: '40.0', p99_ms: '40.0' },
    ])
  })
})

describe('beside 300,000 finished calls', () => {
  beforeAll(async () => {
    await emptyCalls(database.db)
    await database.db.query(
      `set session_replication_role = replica;
      insert into paidcalls (status, calldate, src, dst, disposition, billsec, billable_sec, total)
      select 'tarif defined', now(), '201', '84951234567', 'ANSWERED', 60, 60, 0.6 from generate_series(1, 300000);
      insert into paidcalls (status, calldate, billsec, problem)
      select (enum_range(null::enum_paidcalls_status))[1 + n % 3], now(), 60, 'problem ' || n % 20 from generate_series(1, 2000) n;
      insert into paidcalls (status, calldate, billsec) select (enum_range(null::enum_paidcalls_status))[1 + n % 3], now(), 60 from generate_series(1, 2000) n;
      insert into paidcalls (status, calldate, billsec, due_at) select 'new record', now(), 60, now() from generate_series(1, 200) n;
      insert into rating_decision (call_id, nr, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
      select id, 1, 'price', 0.6, 0, 60, 60, 0.6, 0.6, 0.6 from paidcalls where status = 'tarif defined' and id % 10 = 0;
      set session_replication_role = default`,
    )
    await database.db.query('vacuum analyze paidcalls')
    await database.db.query('vacuum analyze rating_decision')
  }, 120_000)

  it.each(views)('%s answers within 100 ms without reading the table whole', async (view) => {
    const { rows: plan } = await database.db.query<Record<string, unknown>>(
      `explain (format json) select * from ${view}`,
    )
    expect(wholeScans(plan[0]?.['QUERY PLAN'])).toEqual([])
    const times: number[] = []
    for (let nr = 0; nr < 5; nr++) {
      const from = performance.now()
      await rowsOf(view)
      times.push(performance.now() - from)
    }
    expect(Math.min(...times)).toBeLessThan(100)
  })

  it('pipeline estimates how many are finished', async () => {
    const { rows } = await database.db.query<{ finished: number; remark: string }>(
      `select finished, remark from pipeline where status = 'tarif defined'`,
    )
    expect(Math.abs((rows[0]?.finished ?? 0) - 300_000)).toBeLessThan(15_000)
    expect(rows[0]?.remark).toBe('finished is estimated')
  })
})

/** Tables of calls that a plan reads from end to end; a count that only a small table needs is not run on a large one. */
function wholeScans(plan: unknown): unknown[] {
  if (Array.isArray(plan)) return plan.flatMap(wholeScans)
  if (typeof plan !== 'object' || plan === null) return []
  const node = Object.fromEntries(Object.entries(plan))
  const isWhole =
    node['Node Type'] === 'Seq Scan' &&
    ['paidcalls', 'rating_decision'].includes(String(node['Relation Name']))
  const isForSmall = JSON.stringify(node['Filter'] ?? '').includes("'tarif defined'")
  return [...(isWhole && !isForSmall ? [node] : []), ...wholeScans(Object.values(node))]
}
