import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { archive, pricedCalls, sums } from '../support/archiving.ts'
import { aCall, aClient, aPlan, aTarif, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { rollUp, until } from '../support/lines.ts'
import { run, start } from '../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

const archived = async () =>
  (await ask('select id from all_calls where archived order by id')).map(({ id }) => id)
const schedule = (env: Record<string, string> = {}) =>
  run('stages/schedule.ts', ['--drain'], { DATABASE_URL: database.stageUrl, LOG_LEVEL: 'info', ...env })

beforeEach(() => empty(database.db))

describe('old calls', () => {
  it('are moved out of the hot tables with all their decisions, and younger ones stay', async () => {
    const [old, older, young] = await pricedCalls(database.db, [3.2, 14, 2.8])
    const unpriced = await aCall(database.db, { imported_at: '2020-01-01', problem: 'no client owns it' })
    const before = await sums(database.db)
    const { stdout } = await schedule()
    expect(JSON.parse(stdout)).toMatchObject({ msg: 'calls archived', calls: 2 })
    expect(await archived()).toEqual([old, older])
    expect(await ask('select id from paidcalls order by id')).toEqual([{ id: young }, { id: unpriced }])
    expect(await sums(database.db)).toEqual(before)
  })

  it('are moved when KEEP_MONTHS says so', async () => {
    const [old] = await pricedCalls(database.db, [14, 10])
    await schedule({ KEEP_MONTHS: '12' })
    expect(await archived()).toEqual([old])
    const { code, stderr } = await schedule({ KEEP_MONTHS: '0' })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'schedule: Configuration: KEEP_MONTHS must be a whole number from 1 to 1200, not "0".\n',
    })
  })

  it('are moved once: the next time there is nothing to move', async () => {
    await pricedCalls(database.db, [5, 5])
    expect(await archive(database.db)).toBe(2)
    expect(await archive(database.db)).toBe(0)
  })

  it('stand in partitions named by their two months, in UTC', async () => {
    const [call] = await pricedCalls(database.db, [4])
    await ask(`update paidcalls set calldate = '2024-11-01 00:00+00' where id = $1`, call)
    await ask(`set time zone 'Asia/Tokyo'`)
    await archive(database.db)
    await ask(`reset time zone`)
    expect(await ask('select tableoid::regclass || $1 as partition from archived_call', '')).toEqual([
      { partition: 'archived_call_2024_11_12' },
    ])
    expect(await ask('select tableoid::regclass || $1 as partition from archived_decision', '')).toEqual(
      Array<unknown>(1).fill({ partition: 'archived_decision_2024_11_12' }),
    )
  })

  it('stay while somebody else has them in hand', async () => {
    const [held, free] = await pricedCalls(database.db, [5, 5])
    const other = await connect(database.url, 'test')
    await other.query('begin')
    await other.query('select from paidcalls where id = $1 for update', [held])
    await archive(database.db)
    await disconnect(other)
    expect(await archived()).toEqual([free])
    await archive(database.db)
    expect(await archived()).toEqual([held, free])
  })

  it('whatever their ages, are all there with all they cost, half way and at the end', async () => {
    const ages = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(ages, fc.integer({ min: 1, max: 60 }), async (monthsAgo, keepMonths) => {
        const calls = await pricedCalls(database.db, monthsAgo)
        const before = await sums(database.db)
        await archive(database.db, 61 - keepMonths)
        expect(await sums(database.db)).toEqual(before)
        await archive(database.db, keepMonths)
        expect(await sums(database.db)).toEqual(before)
        await ask('select bring_back_calls($1)', calls)
        expect(await sums(database.db)).toEqual(before)
      }),
      { numRuns: 10 },
    )
  })

  it('are neither lost nor doubled when the move is killed', { timeout: 40_000 }, async () => {
    await pricedCalls(database.db, Array<number>(12_000).fill(5))
    const before = await sums(database.db)
    // The second transaction stops after it has deleted calls.
    await ask(`create sequence moves`)
    await ask(
      `create function stop_midway() returns trigger language plpgsql security definer as
         'begin if nextval(''public.moves'') = 2 then perform pg_sleep(60); end if; return null; end'`,
    )
    await ask(
      'create trigger z_stop_midway after delete on paidcalls for each statement execute function stop_midway()',
    )
    const killed = start('stages/schedule.ts', ['--drain'], { DATABASE_URL: database.stageUrl })
    const sleeping = `from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
    await until(database.db, `select ${sleeping}`, [], 20_000)
    killed.child.kill('SIGKILL')
    await killed.ended
    await ask(`select pg_terminate_backend(pid) ${sleeping}`)
    await until(database.db, `select where not exists (select ${sleeping})`)
    expect(await archived()).toHaveLength(5_000)
    expect(await sums(database.db)).toEqual(before)
    await ask('drop trigger z_stop_midway on paidcalls')
    await schedule()
    expect(await archived()).toHaveLength(12_000)
    expect(await sums(database.db)).toEqual(before)
  })
})

describe('the archive', () => {
  beforeEach(async () => {
    await pricedCalls(database.db, [5, 1])
    await archive(database.db)
  })

  it.each([
    ['a call on the line', 'delete from paidcalls', /was priced and cannot be deleted/],
    ['its decisions', 'delete from rating_decision', /rating_decision only grows/],
    ['all calls', 'truncate paidcalls', /calls were priced and cannot be deleted/],
    ['an archived call', 'delete from archived_call', /archived_call_\w+ only grows/],
    ['an archived decision', 'delete from archived_decision', /archived_decision_\w+ only grows/],
    ['an archived total', 'update archived_call set total = 0', /archived_call_\w+ only grows/],
    ['an archived price', 'update archived_decision set total = 0', /archived_decision_\w+ only grows/],
    ['the whole archive', 'truncate archived_call', /archived_call only grows/],
    ['all archived decisions', 'truncate archived_decision', /archived_decision only grows/],
  ])('lets nobody take away %s, not even the owner', async (_what, query, reason) => {
    await expect(ask(query)).rejects.toThrow(reason)
  })

  it('holds for its partitions, too', async () => {
    const [{ partition } = {}] = await ask(
      'select tableoid::regclass || $1 as partition from archived_call',
      '',
    )
    await expect(ask(`delete from ${String(partition)}`)).rejects.toThrow('only grows')
  })

  it('keeps the clients and prices its calls refer to', async () => {
    const tarifnum = await aPlan(database.db)
    const [client, tarif] = [
      await aClient(database.db),
      await aTarif(database.db, { tarifnum, code: '7495' }),
    ]
    const [call] = await pricedCalls(database.db, [5])
    await ask('update paidcalls set client_id = $2, code_id = $3 where id = $1', call, client, tarif)
    await archive(database.db)
    expect(await archived()).toContain(call)
    await expect(ask('delete from client where id = $1', client)).rejects.toThrow(
      `client ${client} cannot be deleted: call ${call} refers to it`,
    )
    await expect(ask('delete from tarif where id = $1', tarif)).rejects.toThrow(`call ${call} refers to it`)
  })

  it('takes calls in again after their partition was detached', async () => {
    await rollUp(database.stageUrl)
    const [detached = {}] = await ask(`select detach_archive(calldate) as partition from archived_call`)
    expect(await archived()).toEqual([])
    await pricedCalls(database.db, [5])
    await archive(database.db)
    const again = `${String(detached['partition'])}_2`
    expect(await ask('select tableoid::regclass || $1 as partition from archived_call', '')).toEqual([
      { partition: again },
    ])
    await ask(`drop table ${String(detached['partition'])}`)
  })

  it('gives a call back as it was', async () => {
    const [call] = await pricedCalls(database.db, [5])
    const before = await callOf(database.db, call ?? 0)
    await archive(database.db)
    expect(await archived()).toContain(call)
    expect(await ask('select bring_back_calls($1)', [call])).toEqual([{ bring_back_calls: 1 }])
    expect(await callOf(database.db, call ?? 0)).toEqual(before)
  })

  it.each([
    ['paidcalls', 'archived_call'],
    ['rating_decision', 'archived_decision'],
  ])('has for %s the same columns in the same order', async (table, archive) => {
    const columns = (of: string) =>
      ask(
        `select attname, atttypid::regtype, attname = 'calldate' or attnotnull as needed from pg_attribute
         where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
        of,
      )
    expect(await columns(archive)).toEqual(await columns(table))
  })
})
