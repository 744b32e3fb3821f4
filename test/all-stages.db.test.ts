import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import type { Database } from '../shared/database/connect.ts'
import { aCallerid, aClient, emptyCalls } from './support/builders.ts'
import { useDatabase } from './support/database.ts'
import { insertGenerated, prepareOffices, whatIsWrong } from './support/generated.ts'
import { start } from './support/processes.ts'
import type { Started } from './support/processes.ts'

// On two cores that do nothing else three stages do about a thousand calls a second. CALLS=100000 tries more.
const calls = Number(process.env['CALLS'] ?? 12_000)
const stages = ['client', 'destination', 'tariff']

describe('the line, as real processes', () => {
  const database = useDatabase()
  const running = new Set<Started>()

  beforeAll(() => prepareOffices(database.db))
  beforeEach(() => emptyCalls(database.db))
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await Promise.all([...running].map((one) => one.ended))
    running.clear()
  })

  function startStage(stage: string): Started {
    const env = { DATABASE_URL: database.url, LANES: '4', LOG_LEVEL: 'info' }
    const started = start(`stages/${stage}.ts`, [], env)
    running.add(started)
    return started
  }

  /** Stops them as an operator does, and sees that they go without a word. */
  async function stopAll(): Promise<void> {
    const stopping = [...running]
    running.clear()
    // A process that has only just been started knows no signals yet.
    await expect.poll(() => stopping.every(({ output }) => output().includes('stage started'))).toBe(true)
    for (const { child } of stopping) child.kill('SIGTERM')
    const ended = await Promise.all(stopping.map((one) => one.ended))
    for (const { code, stderr } of ended) expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }

  it('prices every call exactly once, and the sums are those the generator meant', async () => {
    const meant = await insertGenerated(database.db, calls, true)
    const from = performance.now()
    for (const stage of [...stages, ...stages]) startStage(stage)
    await untilNothingMoves(database.db, 600_000)
    const seconds = (performance.now() - from) / 1_000
    console.info(
      `${meant.calls} calls through three stages, two processes each, in ${seconds.toFixed(1)} s: ${Math.round(meant.calls / seconds)} a second`,
    )
    await stopAll()

    expect(await whatIsWrong(database.db)).toEqual([])
    expect(await sums(database.db)).toEqual({ ...meant, of_deltas: meant.total })
  }, 660_000)

  it('prices every call exactly once while its processes are killed at random', async () => {
    const meant = await insertGenerated(database.db, calls / 4, true)
    for (const stage of [...stages, ...stages]) startStage(stage)
    let kills = 0
    // By the work that is done and not by a clock, so that a quick machine is tried as often as a slow one.
    await untilNothingMoves(database.db, 300_000, (left) => {
      if (left > (calls / 4) * (1 - (kills + 1) / 12)) return
      const victim = [...running][Math.floor(Math.random() * running.size)]
      const stage = stages.find((name) => victim?.program === `stages/${name}.ts`)
      if (!victim || !stage) return
      running.delete(victim)
      victim.child.kill('SIGKILL')
      startStage(stage)
      kills++
    })
    console.info(`${meant.calls} calls, ${kills} processes killed`)
    await stopAll()

    expect(kills).toBeGreaterThan(3)
    expect(await whatIsWrong(database.db)).toEqual([])
    expect(await sums(database.db)).toEqual({ ...meant, of_deltas: meant.total })
  }, 360_000)

  it('prices 1,000 calls of an unknown caller as soon as one row says whose they are', async () => {
    await database.db.query(
      `insert into paidcalls (source_id, calldate, src, dst, channel, dstchannel, disposition, duration, billsec)
      select 1, '2026-03-02', '250', '989161234567', 'SIP/250-00000001', 'SIP/rostelecom-00000002', 'ANSWERED', 65, 60
      from generate_series(1, 1000)`,
    )
    for (const stage of stages) startStage(stage)
    await untilNothingMoves(database.db, 60_000)
    const { rows } = await database.db.query('select status, problem, calls from parked_calls')
    expect(rows).toEqual([{ status: 'new record', problem: 'no client owns caller ID 250', calls: 1_000 }])

    const client_id = await aClient(database.db, { tarif_id: 1 })
    const from = performance.now()
    await aCallerid(database.db, client_id, '250')
    const first = untilPriced(database.db, 1, 5_000)
    await untilPriced(database.db, 1_000, 5_000)
    const allMs = performance.now() - from
    console.info(
      `1,000 waiting calls: the first priced ${Math.round((await first) - from)} ms after the edit, all after ${Math.round(allMs)} ms`,
    )
    expect(allMs).toBeLessThan(5_000)
    await stopAll()
    const { rows: totals } = await database.db.query(
      `select total::text, count(*) from paidcalls where client_id = $1 group by 1`,
      [client_id],
    )
    expect(totals).toEqual([{ total: '1.6500', count: 1_000 }])
  }, 90_000)
})

async function untilNothingMoves(
  db: Database,
  timeoutMs: number,
  look: (left: number) => void = () => undefined,
): Promise<void> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const { rows } = await db.query<{ left: number }>(
      `select count(*)::integer as left from paidcalls where status <> 'tarif defined' and problem is null`,
    )
    const left = rows[0]?.left ?? 0
    if (left === 0) return
    look(left)
    if (performance.now() > until) throw new Error(`${left} calls still move.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Waits until so many calls are priced; gives back when that was. */
async function untilPriced(db: Database, count: number, timeoutMs: number): Promise<number> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const { rows } = await db.query<{ priced: number }>(
      'select count(*)::integer as priced from rating_decision',
    )
    if ((rows[0]?.priced ?? 0) >= count || performance.now() > until) return performance.now()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function sums(db: Database): Promise<unknown> {
  const { rows } = await db.query(
    `select count(*) as calls, count(*) filter (where status = 'tarif defined') as priced, trim_scale(sum(total)) as total,
      trim_scale(sum(master_total)) as master_total, trim_scale(sum(cost)) as cost,
      (select trim_scale(sum(delta)) from rating_decision) as of_deltas
    from paidcalls`,
  )
  return rows[0]
}
