import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { aCall, anOffice } from '../../support/builders.ts'
import { drainStages, rollUp } from '../../support/lines.ts'
import { run } from '../../support/processes.ts'
import { startPlaces } from '../../support/several.ts'
import type { Places } from '../../support/several.ts'

let places: Places
let hub: Database
let hubUrl: string

const asHub = (url: string): string => url.replace(/\/\/postgres:\w+@/, '//hub:asks@')
const command = (...args: string[]) => run('stages/hub.ts', args, { DATABASE_URL: hubUrl })

beforeAll(async () => {
  places = await startPlaces()
  for (const { db, stageUrl } of [places.west, places.east]) {
    await db.query(`create role hub login password 'asks' in role paidcalls_hub`)
    await db.query(`insert into client_reader (role_name) values ('paidcalls_hub')`)
    const { source_id } = await anOffice(db)
    await aCall(db, { source_id })
    await aCall(db, { source_id, src: '900', channel: 'SIP/900-1' })
    await drainStages(stageUrl)
    await rollUp(stageUrl)
  }
  await places.east.db.query('create database hub')
  hubUrl = places.east.server.url('hub')
  for (const name of ['west', 'east'] as const)
    expect(await command('--add', name, asHub(places[name].url))).toMatchObject({ code: 0, stderr: '' })
  hub = await connect(hubUrl, 'test')
})
afterAll(async () => {
  await disconnect(hub)
  await places.stop()
})

describe('the hub', () => {
  it('shows the line of every database, why calls wait, and what they came to', async () => {
    const { rows: waiting } = await hub.query(
      `select database, parked from pipeline where status = 'new record' order by database desc`,
    )
    expect(waiting).toEqual([
      { database: 'west', parked: 1 },
      { database: 'east', parked: 1 },
    ])
    const { rows: problems } = await hub.query(
      'select problem, away, sum(calls)::integer as calls from parked_calls group by 1, 2',
    )
    expect(problems).toEqual([{ away: null, problem: 'no client owns caller ID 900', calls: 2 }])
    const { rows: days } = await hub.query(
      'select day::text, sum(calls)::integer as calls, sum(total)::text as total from day_calls group by 1',
    )
    expect(days).toEqual([{ day: '2026-03-02', calls: 2, total: '1.2000' }])
    for (const view of ['workers', 'speed', 'sources', 'open_alerts', 'country_calls', 'provider_month'])
      expect((await hub.query(`select from ${view} where away is not null`)).rowCount, view).toBe(0)
  })

  it('names clients that were charged in more than one database', async () => {
    const { rows } = await hub.query('select client_id, databases, which from clients_in_several')
    expect(rows).toEqual([{ client_id: 1, databases: 2, which: 'east, west' }])
  })

  it('is asked by whoever is a paidcalls_hub_reader, who sees no table and no password', async () => {
    await hub.query(`create role anna login password 'x' in role paidcalls_hub_reader`)
    const anna = await connect(hubUrl.replace(/\/\/postgres:\w+@/, '//anna:x@'), 'test')
    try {
      expect((await anna.query('select from pipeline')).rowCount).toBe(8)
      await expect(anna.query('select from paidcalls_west.pipeline')).rejects.toThrow('permission denied')
      const { rows } = await anna.query('select umoptions from pg_user_mappings')
      expect(JSON.stringify(rows)).not.toContain('asks')
    } finally {
      await disconnect(anna)
    }
  })

  it('asks by a login that may read those views and nothing else', async () => {
    const login = await connect(asHub(places.west.url), 'test')
    try {
      for (const table of ['paidcalls', 'client', 'client_calls', 'accounts'])
        await expect(login.query(`select from ${table}`), table).rejects.toThrow('permission denied')
      await expect(login.query('update paidcalls set problem = null')).rejects.toThrow('permission denied')
    } finally {
      await disconnect(login)
    }
  })

  it('says which database does not answer within five seconds, and answers for the other', async () => {
    const { db } = places.west
    await db.query('begin; lock table stage_process')
    const from = performance.now()
    const { rows } = await hub.query('select database, away from workers')
    await db.query('rollback')
    expect(rows).toEqual([{ database: 'west', away: expect.stringMatching(/statement timeout/) as string }])
    expect(performance.now() - from).toBeLessThan(7_000)
    expect((await hub.query('select from workers where away is not null')).rowCount).toBe(0)
  })

  it('says why a database is away, and answers for the other', async () => {
    await places.loseWest()
    const from = performance.now()
    const { rows } = await hub.query(
      `select database, status, away from pipeline where database = 'west' or status = 'new record'`,
    )
    expect(performance.now() - from).toBeLessThan(4_000)
    expect(rows).toEqual([
      { database: 'east', status: 'new record', away: null },
      {
        database: 'west',
        status: null,
        away: expect.stringMatching(/could not connect to server "paidcalls_west": .*refused/) as string,
      },
    ])
    await places.regainWest()
    expect((await hub.query('select from pipeline where away is not null')).rowCount).toBe(0)
  })

  it('stops when who asks gives up', async () => {
    const { db } = places.west
    await db.query('begin; lock table stage_process')
    try {
      await hub.query(`set application_name = 'gives up'`)
      const asking = hub.query('select from workers')
      const given = expect(asking).rejects.toThrow('canceling statement due to user request')
      await new Promise((resolve) => setTimeout(resolve, 300))
      await places.east.db.query(
        `select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'gives up'`,
      )
      await given
    } finally {
      await db.query('rollback')
    }
  })

  it.each<[wrong: string, args: () => string[], said: string]>([
    ['nothing', () => [], 'Say --add NAME URL, or --remove NAME.'],
    [
      'a name with capitals',
      () => ['--add', 'West', places.west.url],
      '--add must be a name of small letters',
    ],
    [
      'a database that is away',
      () => ['--add', 'north', 'postgres://hub:x@127.0.0.1:1/none'],
      'The database to be asked: The server cannot be reached',
    ],
    [
      'a database that is none of ours',
      () => ['--add', 'north', hubUrl],
      'The database to be asked has no view pipeline',
    ],
    ['one it does not ask', () => ['--remove', 'north'], 'The hub asks no database north.'],
  ])('refuses %s with one sentence', async (_, args, said) => {
    const { code, stderr } = await command(...args())
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).not.toContain('hub:x')
  })

  it('refuses to be made in a database of calls', async () => {
    const { code, stderr } = await run('stages/hub.ts', ['--remove', 'west'], {
      DATABASE_URL: places.west.url,
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('make an empty one for the hub')])
  })

  it('asks one that was removed no longer', async () => {
    expect(await command('--remove', 'west')).toMatchObject({ code: 0 })
    expect((await hub.query('select distinct database from pipeline')).rows).toEqual([{ database: 'east' }])
  })
})
