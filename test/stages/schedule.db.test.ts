import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { aCall, aClient, aPlan, aProvider, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { until } from '../support/lines.ts'
import { run, start } from '../support/processes.ts'
import type { Started } from '../support/processes.ts'

const database = useDatabase()
let running: Started | undefined
let listener: Database
let heard: string[] = []

beforeEach(async () => {
  await empty(database.db)
  heard = []
  listener = await connect(database.url, 'test')
  listener.on('notification', ({ channel, payload }) => heard.push(`${channel}: ${payload ?? ''}`))
  await listener.query(
    'listen "paidcalls new record"; listen "paidcalls destination defined"; listen "paidcalls reconcile"',
  )
})
afterEach(async () => {
  await disconnect(listener)
  running?.child.kill('SIGTERM')
  await running?.ended
  running = undefined
})

/** Does every job once, as the program does with --drain; gives back what it wrote to its log. */
async function doEveryJob(): Promise<string> {
  const { code, stdout, stderr } = await run('stages/schedule.ts', ['--drain'], {
    DATABASE_URL: database.url,
    LOG_LEVEL: 'info',
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('the clockwork', () => {
  it('lets calls whose time has come try again, and tells their stages', async () => {
    const past = { due_at: '2026-01-01', attempts: 3 }
    const due = await aCall(database.db, past)
    const dueLater = await aCall(database.db, { due_at: '2099-01-01', attempts: 1 })
    const inTariff = await aCall(database.db, { ...past, status: 'destination defined' })
    const hopeless = await aCall(database.db, { problem: 'failed 5 times', due_at: null, attempts: 5 })
    await doEveryJob()
    expect(await callOf(database.db, due)).toMatchObject({ due_at: null, attempts: 3, problem: null })
    expect(await callOf(database.db, inTariff)).toMatchObject({ due_at: null, attempts: 3 })
    expect(await callOf(database.db, dueLater)).toMatchObject({ due_at: new Date('2099-01-01'), attempts: 1 })
    expect(await callOf(database.db, hopeless)).toMatchObject({ problem: 'failed 5 times', attempts: 5 })
    expect(heard).toEqual(
      expect.arrayContaining(['paidcalls new record: released', 'paidcalls destination defined: released']),
    )
  })

  it('names processes that have gone silent, and forgets them after a day', async () => {
    await database.db.query(
      `insert into stage_process (stage, host, pid, lanes, seen) values
        ('client', 'one', 11, 4, now()), ('client', 'two', 22, 4, now() - interval '1 minute'), ('tariff', 'two', 33, 4, now() - interval '2 days')`,
    )
    const log = await doEveryJob()
    const silent = log.split('\n').filter((line) => line.includes('process is silent'))
    expect(silent.map((line) => (JSON.parse(line) as { pid: number }).pid)).toEqual([22, 33])
    const { rows } = await database.db.query(
      'select pid, silent_since is not null as silent from workers order by pid',
    )
    expect(rows).toEqual([
      { pid: 11, silent: false },
      { pid: 22, silent: true },
    ])
  })

  it('asks import to count its sources', async () => {
    await doEveryJob()
    await expect.poll(() => heard).toContain('paidcalls reconcile: ')
  })

  it('shows the plans of today where their history was edited ahead', async () => {
    const [before, now] = [await aPlan(database.db), await aPlan(database.db)]
    const client = await aClient(database.db, { tarif_id: before })
    const provider = await aProvider(database.db, { tarifnum: before })
    for (const [table, column, id] of [
      ['client_tarif', 'client_id', client],
      ['provider_tarif', 'provider_id', provider],
    ] as const) {
      await database.db.query(`update ${table} set valid = '(,2026-01-01)' where ${column} = ${id}`)
      await database.db.query(
        `insert into ${table} (${column}, tarifnum, valid) values (${id}, ${now}, '[2026-01-01,)')`,
      )
    }
    await doEveryJob()
    const { rows } = await database.db.query('select tarif_id, (select tarifnum from provider) from client')
    expect(rows).toEqual([{ tarif_id: now, tarifnum: now }])
    const { rows: history } = await database.db.query('select tarifnum from client_tarif order by valid')
    expect(history).toEqual([{ tarifnum: before }, { tarifnum: now }])
  })

  it('is driven by pg-boss, in every process that runs it', { timeout: 40_000 }, async () => {
    running = start('stages/schedule.ts', [], { DATABASE_URL: database.url })
    await expect.poll(running.output).toContain('stage started')
    const { rows } = await database.db.query('select name, cron from pgboss.schedule order by name')
    expect(rows).toEqual([
      { name: 'archive-old-calls', cron: '41 * * * *' },
      { name: 'ask-for-reconciliation', cron: '23 2 * * *' },
      { name: 'fill-causes', cron: '29 * * * *' },
      { name: 'follow-plan-history', cron: '7 * * * *' },
      { name: 'forget-old-numbers', cron: '51 1-5 * * *' },
      { name: 'keep-recent-calls', cron: '13 * * * *' },
      { name: 'look-for-silent-stages', cron: '* * * * *' },
      { name: 'release-due-calls', cron: '* * * * *' },
    ])
    const due = await aCall(database.db, { due_at: '2026-01-01' })
    await database.db.query(`insert into pgboss.job (name) values ('release-due-calls')`)
    await until(database.db, 'select from paidcalls where id = $1 and due_at is null', [due], 15_000)
    await until(database.db, `select from workers where stage = 'schedule' and silent_since is null`)
  })

  it('outlives a database that is away', { timeout: 60_000 }, async () => {
    running = start('stages/schedule.ts', [], { DATABASE_URL: database.url })
    await expect.poll(running.output).toContain('stage started')
    await database.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like '%schedule%'`,
    )
    await database.db.query('delete from stage_process')
    const due = await aCall(database.db, { due_at: '2026-01-01' })
    await database.db.query(`insert into pgboss.job (name) values ('release-due-calls')`)
    await until(database.db, `select from workers where stage = 'schedule'`, [], 20_000)
    await until(database.db, 'select from paidcalls where id = $1 and due_at is null', [due], 15_000)
  })

  it('outlives a database that goes away while a job is being completed', { timeout: 60_000 }, async () => {
    await database.db.query(
      `create function go_away() returns trigger language plpgsql as $$
       begin raise exception 'terminating connection due to administrator command' using errcode = '57P01'; end $$;
       create trigger go_away before update on pgboss.job for each row when (new.state = 'completed') execute function go_away()`,
    )
    running = start('stages/schedule.ts', [], { DATABASE_URL: database.url })
    await expect.poll(running.output).toContain('stage started')
    await database.db.query(`insert into pgboss.job (name) values ('release-due-calls')`)
    await expect.poll(running.output).toContain('database is away')
    await database.db.query('drop trigger go_away on pgboss.job; delete from stage_process')
    await until(database.db, `select from workers where stage = 'schedule'`)
  })
})
