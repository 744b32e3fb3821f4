import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { client } from '../../../stages/client.ts'
import { aCall, aCallerid, anOffice, callOf, empty } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, drainStages, startLine, startStages, until } from '../../support/lines.ts'
import type { RunningLine } from '../../support/lines.ts'

const database = useDatabase()
let running: RunningLine[] = []
let office: Awaited<ReturnType<typeof anOffice>>
let second: Database

beforeEach(async () => {
  await empty(database.db)
  office = await anOffice(database.db)
  second = await connect(database.url, 'test')
})
afterEach(async () => {
  await disconnect(second)
  const stopping = running
  running = []
  await Promise.all(stopping.map((line) => line.stop()))
})

const trunk = { channel: 'SIP/900-00000001', src: '900' }

describe('an edit while a call is being parked', () => {
  // Parking waits for lock 42, so that a test can do something in between.
  beforeEach(async () => {
    await database.db.query(
      `create or replace function wait_for_test() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock_shared(42);
        return new;
      end $$;
      create trigger wait_for_test before update of problem on paidcalls
        for each row when (new.problem is not null) execute function wait_for_test()`,
    )
  })
  afterEach(async () => {
    await database.db.query('drop trigger wait_for_test on paidcalls')
  })

  it('is not missed when it commits after the claim and before the parking', async () => {
    await second.query('select pg_advisory_lock(42)')
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    running.push(startLine(client, database.url, 1))
    await until(
      database.db,
      `select from pg_locks where locktype = 'advisory' and objid = 42 and not granted`,
    )
    await aCallerid(database.db, office.client_id, '900')
    // Healing has come and found nothing.
    await until(database.db, `select where not exists (select from healing)`)
    expect(await callOf(database.db, call)).toMatchObject({ status: 'new record', problem: null })

    await second.query('select pg_advisory_unlock(42)')
    await until(database.db, `select from paidcalls where id = $1 and status = 'client defined'`, [call])
  })

  it('is not missed when it commits after the parking', async () => {
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    running.push(startLine(client, database.url, 1))
    await untilParked(call)
    await aCallerid(database.db, office.client_id, '900')
    await until(database.db, `select from paidcalls where id = $1 and status = 'client defined'`, [call])
  })
})

describe('a note of an edit', () => {
  it('whose calls somebody holds locked is kept, holds up no other, and works when they are free', async () => {
    const held = await aCall(database.db, { ...trunk, source_id: office.source_id })
    const other = await aCall(database.db, { src: '901', channel: 'SIP/901-1', source_id: office.source_id })
    running.push(startLine(client, database.url))
    await untilParked(held)
    await untilParked(other)
    await until(database.db, `select where not exists (select from healing)`)
    await second.query('begin')
    await second.query('select from paidcalls where id = $1 for update', [held])

    await aCallerid(database.db, office.client_id, '900')
    await aCallerid(database.db, office.client_id, '901')
    await until(
      database.db,
      `select from paidcalls where id = $1 and status = 'client defined'`,
      [other],
      1_000,
    )
    await until(database.db, `select where (select count(*) from healing) = 1`)
    expect((await callOf(database.db, held))['problem']).not.toBeNull()

    await second.query('commit')
    await until(database.db, `select from paidcalls where id = $1 and status = 'client defined'`, [held])
    expect(await notes()).toBe(0)
  })

  it('is worked off by a stage that starts after the edit', async () => {
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    await drainStages(database.url)
    await aCallerid(database.db, office.client_id, '900')
    expect(await notes()).toBe(1)
    running.push(startLine(client, database.url))
    await until(database.db, `select from paidcalls where id = $1 and status = 'client defined'`, [call])
  })

  it('that mends nothing sends each call round once, and no more', async () => {
    await insertWaiting(3_000)
    await database.db.query(
      `create table released (call bigint);
      grant insert on released to paidcalls_stage;
      create function count_release() returns trigger language plpgsql as $$
      begin
        insert into released values (new.id);
        return new;
      end $$;
      create trigger count_release before update of problem on paidcalls
        for each row when (new.problem is null and old.problem is not null) execute function count_release()`,
    )
    running.push(startLine(client, database.url))
    await until(database.db, 'select from stage_process')
    await database.db.query(`update source set enabled = false where id = $1`, [office.source_id])
    await until(database.db, `select where not exists (select from healing)`, [], 20_000)
    await until(
      database.db,
      `select where (select count(*) from paidcalls where problem is not null) = 3000`,
      [],
      20_000,
    )
    const { rows } = await database.db.query(
      'select count(*) as released, count(distinct call) as calls from released',
    )
    await database.db.query('drop trigger count_release on paidcalls')
    expect(rows).toEqual([{ released: 3_000, calls: 3_000 }])
  })

  it('does not keep a process that is told to stop', async () => {
    await insertWaiting(2_000)
    await database.db.query(
      `create function release_slowly() returns trigger language plpgsql as $$
      begin
        perform pg_sleep(0.002);
        return new;
      end $$;
      create trigger release_slowly before update of problem on paidcalls
        for each row when (new.problem is null) execute function release_slowly()`,
    )
    const line = startLine(client, database.url)
    await until(database.db, 'select from stage_process')
    await aCallerid(database.db, office.client_id, '900')
    await until(
      database.db,
      `select from pg_stat_activity where query like '-- healing: release%' and state = 'active'`,
    )
    const from = performance.now()
    await line.stop()
    expect(performance.now() - from).toBeLessThan(1_000)
    await database.db.query('drop trigger release_slowly on paidcalls')

    running.push(startLine(client, database.url))
    await until(
      database.db,
      `select where (select count(*) from paidcalls where status = 'client defined') = 2000`,
    )
  })

  it('is quick also where an import of prices left thousands of them', async () => {
    await drain(client, database.url)
    await database.db.query(
      `do $$ begin for code in 1000..2999 loop insert into tarif (tarifnum, code) values (${office.tarifnum}, code); end loop; end $$`,
    )
    expect(await notes()).toBe(2_000)
    const from = performance.now()
    await drain(client, database.url)
    expect(await notes()).toBe(0)
    expect(performance.now() - from).toBeLessThan(5_000)
  })
})

describe('a problem cleared by hand', () => {
  it('sends the call back to its stage', async () => {
    const call = await aCall(database.db, {
      problem: 'failed 5 times',
      attempts: 5,
      source_id: office.source_id,
    })
    running.push(startStages(database.url))
    await until(database.db, `select from stage_process where stage = 'client'`)
    await database.db.query('update paidcalls set problem = null where id = $1', [call])
    await until(
      database.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [call],
      1_000,
    )
    expect(await callOf(database.db, call)).toMatchObject({ attempts: 0, total: '0.6000' })
  })

  it('comes back when nothing has been mended', async () => {
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    await drainStages(database.url)
    const before = await callOf(database.db, call)
    await database.db.query('update paidcalls set problem = null')
    await drainStages(database.url)
    expect(await callOf(database.db, call)).toEqual(before)
  })
})

/** So many calls of an unknown caller that wait as the stage has them wait. */
async function insertWaiting(count: number): Promise<void> {
  const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
  await drain(client, database.url)
  await database.db.query(
    `insert into paidcalls (source_id, calldate, src, dst, channel, dstchannel, disposition, duration, billsec, problem, waits_for)
    select source_id, calldate, src, dst, channel, dstchannel, disposition, duration, billsec, problem, waits_for
    from paidcalls, generate_series(2, $2) where id = $1`,
    [call, count],
  )
}

async function notes(): Promise<number | undefined> {
  const { rows } = await database.db.query<{ notes: number }>(
    'select count(*)::integer as notes from healing',
  )
  return rows[0]?.notes
}

async function untilParked(call: number): Promise<void> {
  await until(database.db, 'select from paidcalls where id = $1 and problem is not null', [call])
  // The second look is over too.
  await until(
    database.db,
    `select where not exists (select from pg_stat_activity where state like 'idle in transaction%' and datname = current_database() and application_name like 'paidcalls client')`,
  )
}
