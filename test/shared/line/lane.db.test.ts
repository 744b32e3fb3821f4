import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { moves, waits } from '../../../shared/line/stage.ts'
import type { Stage } from '../../../shared/line/stage.ts'
import { aCall, callOf, empty } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, startLine, until } from '../../support/lines.ts'
import type { RunningLine } from '../../support/lines.ts'
import { startProxy } from '../../support/proxy.ts'

const database = useDatabase()
let running: RunningLine[] = []
let second: Database

beforeAll(async () => {
  await database.db.query(
    'create table taken (call bigint, lane integer default pg_backend_pid()); grant insert on taken to paidcalls_stage',
  )
})
beforeEach(async () => {
  await empty(database.db)
  await database.db.query('truncate taken')
  second = await connect(database.url, 'test')
})
afterEach(async () => {
  await disconnect(second)
  const stopping = running
  running = []
  await Promise.all(stopping.map((line) => line.stop()))
})

interface Facts {
  id: number
  billsec: number
}

/** Takes new records and keeps which it took. */
function aStage(over: Partial<Stage<Facts>> = {}): Stage<Facts> {
  return {
    name: 'trial',
    takes: 'new record',
    leaves: 'client defined',
    facts: 'select call.id, call.billsec from call',
    decide: () => moves(),
    settle: `with kept as (insert into taken (call) values ($1)) update paidcalls set status = 'client defined' where id = $1`,
    ...over,
  }
}

const isBad = ({ billsec }: Facts): boolean => billsec === 13

async function insertCalls(count: number): Promise<void> {
  await database.db.query(
    `insert into paidcalls (calldate, billsec) select now(), 60 from generate_series(1, $1)`,
    [count],
  )
}

async function settled(): Promise<number> {
  const { rows } = await database.db.query<{ settled: number }>(
    `select count(*)::integer as settled from paidcalls where status = 'client defined'`,
  )
  return rows[0]?.settled ?? 0
}

const untilSettled = (count: number, mostMs = 10_000): Promise<number> =>
  until(
    database.db,
    `select where (select count(*) from paidcalls where status = 'client defined') = $1`,
    [count],
    mostMs,
    20,
  )

describe('lanes', () => {
  it('of two processes never take one call', { timeout: 30_000 }, async () => {
    await insertCalls(2_000)
    running.push(startLine(aStage(), database.url, 4), startLine(aStage(), database.url, 4))
    await untilSettled(2_000, 25_000)
    const { rows } = await database.db.query(
      'select count(*) as taken, count(distinct call) as calls, count(distinct lane) > 1 as by_several from taken',
    )
    expect(rows).toEqual([{ taken: 2_000, calls: 2_000, by_several: true }])
  })

  it('pass over a call that somebody holds', async () => {
    await insertCalls(20)
    await second.query('begin')
    await second.query('select from paidcalls order by id limit 1 for update')
    running.push(startLine(aStage(), database.url))
    await untilSettled(19)
    await second.query('commit')
    await untilSettled(20)
  })

  it('see a call that was committed behind them', async () => {
    await second.query('begin')
    await aCall(second)
    await insertCalls(20)
    running.push(startLine(aStage(), database.url, 1))
    await untilSettled(20)
    await second.query('commit')
    await untilSettled(21, 3_000)
  })

  it('see a call committed behind them also while they are busy', async () => {
    await second.query('begin')
    const late = await aCall(second)
    await insertCalls(300)
    const slow = aStage({
      settle: `with slowly as (select pg_sleep(0.01)) update paidcalls set status = 'client defined' from slowly where id = $1`,
    })
    running.push(startLine(slow, database.url, 1))
    await until(database.db, `select from paidcalls where status = 'client defined'`)
    await second.query('commit')
    await until(
      database.db,
      `select from paidcalls where id = $1 and status = 'client defined'`,
      [late],
      2_500,
    )
    expect(await settled()).toBeLessThan(301)
  })

  it('are woken for a call within moments', async () => {
    running.push(startLine(aStage(), database.url, 1))
    await until(database.db, 'select from stage_process')
    for (let nr = 2; nr <= 120; nr += 2) {
      // The second comes at any moment of what the lane does about the first.
      await insertCalls(1)
      await new Promise((resolve) => setTimeout(resolve, (nr * 7) % 5))
      await insertCalls(1)
      expect(await untilSettled(nr)).toBeLessThan(900)
    }
  })

  it('find within moments a call that was held for a moment when it was told of', async () => {
    running.push(startLine(aStage(), database.url, 1))
    await until(database.db, 'select from stage_process')
    // Without a word at its commit, as when a lock ends.
    await second.query('set session_replication_role = replica')
    for (let nr = 1; nr <= 10; nr++) {
      await second.query('begin; insert into paidcalls (calldate) values (now())')
      await database.db.query(`select pg_notify('paidcalls new record', '')`)
      await new Promise((resolve) => setTimeout(resolve, 8))
      await second.query('commit')
      expect(await untilSettled(nr)).toBeLessThan(500)
    }
  })

  it('find within moments a call that commits after later ones were taken', async () => {
    running.push(startLine(aStage(), database.url, 1))
    await until(database.db, 'select from stage_process')
    for (let before = 0; before < 20; before += 2) {
      await second.query('begin; insert into paidcalls (calldate) values (now())')
      await insertCalls(1)
      await untilSettled(before + 1)
      await second.query('commit')
      expect(await untilSettled(before + 2)).toBeLessThan(500)
    }
  })

  it('keep no transaction open while there is nothing to do', async () => {
    await insertCalls(5)
    running.push(startLine(aStage(), database.url))
    await untilSettled(5)
    await until(database.db, `select from stage_process`)
    let open = 0
    for (let look = 0; look < 60; look++) {
      const { rowCount } = await database.db.query(
        `select from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
      )
      open += rowCount ?? 0
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(open).toBeLessThan(3)
  })

  it('let the server count what they change while they are busy, for autovacuum goes by that', async () => {
    await insertCalls(500)
    running.push(
      startLine(
        aStage({ facts: 'select call.id, call.billsec, pg_sleep(0.02)::text from call' }),
        database.url,
        2,
      ),
    )
    const changed = `select from pg_stat_user_tables where relname = 'paidcalls' and n_tup_upd > 20`
    await database.db.query('select pg_stat_reset()')
    await until(database.db, changed)
    expect(await settled()).toBeLessThan(500)
  })

  it('ask the server once a call while there is work', async () => {
    const proxy = await startProxy(database.url)
    await insertCalls(300)
    await drain(aStage(), proxy.url, 1)
    expect(await settled()).toBe(300)
    // Some more for preparing, and for finding that nothing is left.
    expect(proxy.asked('paidcalls trial')).toBeLessThan(300 + 20)
    await proxy.stop()
  })
})

describe('a call whose stage throws', () => {
  const throwing = aStage({
    decide: (facts) => {
      if (isBad(facts)) throw new Error('no such luck')
      return moves()
    },
  })

  it('is put aside while the others go on', async () => {
    const bad = await aCall(database.db, { billsec: 13 })
    await insertCalls(50)
    await drain(throwing, database.url, 4)
    expect(await settled()).toBe(50)
    expect(await callOf(database.db, bad)).toMatchObject({ status: 'new record', attempts: 1, problem: null })
  })

  it('is tried again after 1, 4, 9 and 16 minutes; the fifth time the error is its problem', async () => {
    const bad = await aCall(database.db, { billsec: 13 })
    const minutes: unknown[] = []
    for (let attempt = 1; attempt <= 4; attempt++) {
      await drain(throwing, database.url)
      const { rows } = await database.db.query<{ minutes: number }>(
        `update paidcalls set due_at = null
        where id = $1 and problem is null
        returning (select round(extract(epoch from due_at - clock_timestamp()) / 60)::integer from paidcalls) as minutes`,
        [bad],
      )
      minutes.push(rows[0]?.minutes)
    }
    expect(minutes).toEqual([1, 4, 9, 16])
    await drain(throwing, database.url)
    expect(await callOf(database.db, bad)).toMatchObject({
      attempts: 5,
      due_at: null,
      problem: 'failed 5 times, the last time with: no such luck',
    })
  })

  it('is put aside alone when its claim fails, however many lanes meet it', async () => {
    await insertCalls(100)
    const bad = await aCall(database.db, { billsec: 13 })
    await insertCalls(100)
    await drain(
      aStage({ facts: 'select call.id, call.billsec, 1 / (call.billsec - 13) as share from call' }),
      database.url,
      4,
    )
    expect(await callOf(database.db, bad)).toMatchObject({ status: 'new record', attempts: 1, problem: null })
    const { rows } = await database.db.query(
      'select status, attempts, due_at from paidcalls where id <> $1 group by 1, 2, 3',
      [bad],
    )
    expect(rows).toEqual([{ status: 'client defined', attempts: 0, due_at: null }])
  })

  it('is put aside alone when what was found cannot be written', async () => {
    const bad = await aCall(database.db, { billsec: 13 })
    await insertCalls(100)
    const settle = `update paidcalls set status = 'client defined', duration = case billsec when 13 then -1 else duration end where id = $1`
    await drain(aStage({ settle }), database.url, 4)
    expect(await settled()).toBe(100)
    const { rows } = await database.db.query('select id, attempts from paidcalls where attempts > 0')
    expect(rows).toEqual([{ id: bad, attempts: 1 }])
  })

  it('is put aside when its problem cannot be written', async () => {
    await aCall(database.db)
    const stage = aStage({ decide: () => waits('nul \u0000 in it', []) })
    await drain(stage, database.url)
    const { rows } = await database.db.query('select status, attempts from paidcalls')
    expect(rows).toEqual([{ status: 'new record', attempts: 1 }])
  })
})

describe("what is nobody's fault", () => {
  const counted = 'select from paidcalls where attempts > 0 or due_at is not null or problem is not null'

  it('leaves no mark on a call: connections cut again and again', { timeout: 40_000 }, async () => {
    await insertCalls(1_500)
    running.push(startLine(aStage(), database.url, 4))
    let cuts = 0
    const cutter = setInterval(() => {
      void second
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'paidcalls trial%'`,
        )
        .then(({ rowCount }) => (cuts += rowCount ?? 0))
    }, 150)
    // However fast the line is: until four connections have been cut there are calls to take.
    let calls = 1_500
    while (cuts < 4) {
      await insertCalls(500)
      calls += 500
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    clearInterval(cutter)
    await untilSettled(calls, 30_000)
    const { rows } = await database.db.query(
      'select count(*) as taken, count(distinct call) as calls from taken',
    )
    expect(rows).toEqual([{ taken: calls, calls }])
    expect((await database.db.query(counted)).rowCount).toBe(0)
  })

  it('leaves no mark on a call: somebody else holds what it must write', async () => {
    await database.db.query(
      `create table if not exists counter (nr integer); grant all on counter to paidcalls_stage;
      truncate counter; insert into counter values (0)`,
    )
    await insertCalls(3)
    await second.query('begin; update counter set nr = 0')
    const settle = `with next as (update counter set nr = nr + 1) update paidcalls set status = 'client defined' where id = $1`
    running.push(startLine(aStage({ settle }), database.url, 1))
    // The lane gives up the lock after two seconds, comes back, and gives up again.
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await settled()).toBe(0)
    await second.query('commit')
    await untilSettled(3)
    expect((await database.db.query(counted)).rowCount).toBe(0)
  })

  it('leaves no mark on a call: a DBA cancels its queries', async () => {
    await insertCalls(100)
    const slow = aStage({
      settle: `with slowly as (select pg_sleep(0.02)) update paidcalls set status = 'client defined' from slowly where id = $1`,
    })
    running.push(startLine(slow, database.url))
    for (let nr = 0; nr < 10; nr++) {
      await database.db.query(
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'paidcalls trial'`,
      )
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await untilSettled(100)
    expect((await database.db.query(counted)).rowCount).toBe(0)
  })
})

describe('the end of a line', () => {
  it('waits, when draining, for calls that others hold', async () => {
    await insertCalls(3)
    await second.query('begin')
    await second.query('select from paidcalls order by id limit 1 for update')
    let ended = false
    const draining = drain(aStage(), database.url).then(() => (ended = true))
    await untilSettled(2)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(ended).toBe(false)
    await second.query('commit')
    await draining
    expect(await settled()).toBe(3)
  })

  it('comes at once, when draining, past calls that wait or are put aside', async () => {
    await aCall(database.db, { problem: 'x' })
    await aCall(database.db, { due_at: '2099-01-01' })
    await drain(aStage(), database.url)
    expect(await settled()).toBe(0)
  })

  it.each([
    ['idle', 0],
    ['busy', 100_000],
  ])('comes within a second of being told, while %s', async (_state, calls) => {
    await insertCalls(calls)
    const line = startLine(aStage(), database.url, 4)
    await until(database.db, 'select from stage_process')
    if (calls > 0) await until(database.db, 'select from taken')
    const from = performance.now()
    await line.stop()
    expect(performance.now() - from).toBeLessThan(1_000)
    expect((await database.db.query('select from stage_process')).rowCount).toBe(0)
    const { rows } = await database.db.query(
      `select (select count(*) from taken) = (select count(*) from paidcalls where status = 'client defined') as whole`,
    )
    expect(rows).toEqual([{ whole: true }])
  })

  it.each([0, 5, 20, 40, 80, 160])('comes within a second also %i ms after the start', async (ms) => {
    const line = startLine(aStage(), database.url)
    await new Promise((resolve) => setTimeout(resolve, ms))
    const from = performance.now()
    await line.stop()
    expect(performance.now() - from).toBeLessThan(1_000)
  })
})
