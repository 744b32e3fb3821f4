import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { client } from '../../../stages/client.ts'
import {
  aCall,
  aCallerid,
  aClient,
  anOffice,
  aPlan,
  aProvider,
  aSource,
  aTarif,
  callOf,
  empty,
} from '../../support/builders.ts'
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

/** Two calls that wait for different rows of one kind, and what would heal the first of them. */
interface Waiting {
  healed: number
  other: number
  edit: string
  values?: unknown[]
  /** What the healed call costs then. */
  total?: string
}

const cases: [edited: string, problem: RegExp, set: (db: Database) => Promise<Waiting>][] = [
  [
    'a new caller ID',
    /^no client owns caller ID 900$/,
    async (db) => ({
      healed: await aCall(db, { ...trunk, source_id: office.source_id }),
      other: await aCall(db, { channel: 'SIP/901-1', src: '901', source_id: office.source_id }),
      edit: `insert into callerid (client_id, callerid) values ($1, '900')`,
      values: [office.client_id],
    }),
  ],
  [
    'a caller ID of the exchange alone',
    /^no client owns caller ID 900$/,
    async (db) => ({
      healed: await aCall(db, { ...trunk, source_id: office.source_id }),
      other: await aCall(db, { ...trunk, source_id: await aSource(db) }),
      edit: `insert into callerid (client_id, callerid, source_id) values ($1, '900', $2)`,
      values: [office.client_id, office.source_id],
    }),
  ],
  [
    'a caller ID that was mistyped',
    /^no client owns caller ID 74951110000$/,
    async (db) => {
      await aCallerid(db, office.client_id, '+7 (495) 111-00-01')
      const call = { source_id: office.source_id, channel: 'SIP/gw-1' }
      return {
        healed: await aCall(db, { ...call, src: '84951110000' }),
        other: await aCall(db, { ...call, src: '84951110002' }),
        edit: `update callerid set callerid = '+7 (495) 111-00-00' where callerid = '+7 (495) 111-00-01'`,
      }
    },
  ],
  [
    'an account',
    /^no client owns caller ID 900$/,
    async (db) => ({
      healed: await aCall(db, { ...trunk, accountcode: 'acme', source_id: office.source_id }),
      other: await aCall(db, { ...trunk, accountcode: 'acme 2', source_id: office.source_id }),
      edit: `insert into callerid (client_id, callerid, kind) values ($1, 'acme', 'accountcode')`,
      values: [office.client_id],
    }),
  ],
  [
    'the owner of a number that is called',
    /^no client owns the called number 74957654321$/,
    async (db) => {
      const incoming = { channel: 'SIP/trunk-1', dstchannel: 'SIP/201-2', source_id: office.source_id }
      return {
        healed: await aCall(db, { ...incoming, dst: '84957654321' }),
        other: await aCall(db, { ...incoming, dst: '84957654322' }),
        edit: `insert into callerid (client_id, callerid, kind) values ($1, '74957654321', 'did')`,
        values: [office.client_id],
        // Nobody charges for incoming calls here.
        total: '0.0000',
      }
    },
  ],
  [
    'a new provider',
    /^no provider has the channel SIP\/beeline$/,
    async (db) => ({
      healed: await aCall(db, { dstchannel: 'SIP/beeline-1', source_id: office.source_id }),
      other: await aCall(db, { dstchannel: 'SIP/mts-1', source_id: office.source_id }),
      edit: `insert into provider (name, channel) values ('Beeline', 'SIP/beeline')`,
    }),
  ],
  [
    "a provider's channel",
    /^no provider has the channel SIP\/beeline$/,
    async (db) => {
      await aProvider(db, { channel: 'SIP/bee' })
      return {
        healed: await aCall(db, { dstchannel: 'SIP/beeline-1', source_id: office.source_id }),
        other: await aCall(db, { dstchannel: 'SIP/mts-1', source_id: office.source_id }),
        edit: `update provider set channel = 'SIP/beeline' where channel = 'SIP/bee'`,
      }
    },
  ],
  [
    'a new prefix',
    /^"\*\*5\*84951234567" is no telephone number/,
    async (db) => ({
      healed: await aCall(db, { dst: '**5*84951234567', source_id: office.source_id }),
      other: await aCall(db, { dst: '**6*84951234567', source_id: office.source_id }),
      edit: `insert into prefix (prefix, e164) values ('**5*8', '7')`,
    }),
  ],
  [
    'a prefix of the exchange alone',
    /^"\*\*5\*84951234567" is no telephone number/,
    async (db) => {
      const there = await aSource(db)
      return {
        healed: await aCall(db, { dst: '**5*84951234567', source_id: office.source_id }),
        other: await aCall(db, { dst: '**5*84951234567', source_id: there }),
        edit: `insert into prefix (prefix, e164, source_id) values ('**5*8', '7', $1)`,
        values: [office.source_id],
      }
    },
  ],
  [
    'the country of an exchange',
    /has no country, so "984951234567" cannot be understood$/,
    async (db) => {
      const here = await aSource(db, { country: null })
      const there = await aSource(db, { country: null })
      return {
        healed: await aCall(db, { dst: '984951234567', source_id: here }),
        other: await aCall(db, { dst: '984951234567', source_id: there }),
        edit: `update source set country = 'RU' where id = $1`,
        values: [here],
      }
    },
  ],
  [
    'a new price',
    /^tariff \d+ has no code for 442079460000 on 2026-03-02$/,
    async (db) => ({
      healed: await aCall(db, { dst: '+442079460000', source_id: office.source_id }),
      other: await aCall(db, { dst: '+4930123456', source_id: office.source_id }),
      edit: `insert into tarif (tarifnum, code, price) values ($1, '4420', 0.60)`,
      values: [office.tarifnum],
    }),
  ],
  [
    'a price that ended too early',
    /^tariff \d+ has no code for 442079460000 on 2026-03-02$/,
    async (db) => {
      await aTarif(db, { tarifnum: office.tarifnum, code: '44', valid: '[2020-01-01,2026-03-01)' })
      return {
        healed: await aCall(db, { dst: '+442079460000', source_id: office.source_id }),
        other: await aCall(db, { dst: '+4930123456', source_id: office.source_id }),
        edit: `update tarif set valid = '[2020-01-01,)' where code = '44'`,
      }
    },
  ],
  [
    'a price in the base of a plan',
    /^tariff \d+ has no code for 442079460000 on 2026-03-02$/,
    async (db) => {
      const difference = await aPlan(db, { base: office.tarifnum })
      const stranger = await aPlan(db)
      await aCallerid(db, await aClient(db, { tarif_id: difference }), '202')
      await aCallerid(db, await aClient(db, { tarif_id: stranger }), '203')
      const call = { dst: '+442079460000', source_id: office.source_id }
      return {
        healed: await aCall(db, { ...call, src: '202', channel: 'SIP/202-1' }),
        other: await aCall(db, { ...call, src: '203', channel: 'SIP/203-1' }),
        edit: `insert into tarif (tarifnum, code, price) values ($1, '44', 0.60)`,
        values: [office.tarifnum],
      }
    },
  ],
  [
    'the base of a plan',
    /^tariff \d+ has no code for 74951234567 on 2026-03-02$/,
    async (db) => {
      const poor = await aPlan(db)
      await aCallerid(db, await aClient(db, { tarif_id: poor }), '202')
      await aCallerid(db, await aClient(db, { tarif_id: await aPlan(db) }), '203')
      const call = { source_id: office.source_id }
      return {
        healed: await aCall(db, { ...call, src: '202', channel: 'SIP/202-1' }),
        other: await aCall(db, { ...call, src: '203', channel: 'SIP/203-1' }),
        edit: `update tarifplan set base = $1 where tarifnum = $2`,
        values: [office.tarifnum, poor],
      }
    },
  ],
  [
    "a client's plan",
    /^client \d+ \(.*\) had no tariff on 2026-03-02$/,
    async (db) => {
      const without = await aClient(db)
      await aCallerid(db, without, '202')
      await aCallerid(db, await aClient(db), '203')
      const call = { source_id: office.source_id }
      return {
        healed: await aCall(db, { ...call, src: '202', channel: 'SIP/202-1' }),
        other: await aCall(db, { ...call, src: '203', channel: 'SIP/203-1' }),
        edit: `update client set tarif_id = $1 where id = $2`,
        values: [office.tarifnum, without],
      }
    },
  ],
  [
    "the history of a client's plans",
    /^client \d+ \(.*\) had no tariff on 2026-03-02$/,
    async (db) => {
      const without = await aClient(db)
      await aCallerid(db, without, '202')
      await aCallerid(db, await aClient(db), '203')
      const call = { source_id: office.source_id }
      return {
        healed: await aCall(db, { ...call, src: '202', channel: 'SIP/202-1' }),
        other: await aCall(db, { ...call, src: '203', channel: 'SIP/203-1' }),
        edit: `insert into client_tarif (client_id, tarifnum, valid) values ($1, $2, '[2026-01-01,2026-04-01)')`,
        values: [without, office.tarifnum],
      }
    },
  ],
]

describe('an edit', () => {
  it.each(cases)('of %s sets going exactly the calls that waited for it', async (_edited, problem, set) => {
    const { healed, other, edit, values, total = '0.6000' } = await set(database.db)
    await drainStages(database.url)
    expect((await callOf(database.db, healed))['problem']).toMatch(problem)
    expect((await callOf(database.db, other))['problem']).not.toBeNull()
    const untouched = await versionOf(other)

    await database.db.query(edit, values ?? [])
    await drainStages(database.url)
    expect(await callOf(database.db, healed)).toMatchObject({
      status: 'tarif defined',
      problem: null,
      waits_for: null,
      total,
    })
    expect(await versionOf(other)).toBe(untouched)
    expect(await notes()).toBe(0)
  })

  it('sets a waiting call going within a second, with no stage told but by the database', async () => {
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    running.push(startStages(database.url))
    await untilParked(call)
    await until(database.db, 'select where (select count(*) from stage_process) = 3')
    await aCallerid(database.db, office.client_id, '900')
    const tookMs = await until(
      database.db,
      `select from paidcalls where id = $1 and status = 'tarif defined'`,
      [call],
    )
    expect(tookMs).toBeLessThan(1_000)
  })

  it('releases 100,000 waiting calls within ten seconds, the first within one', async () => {
    await insertWaiting(100_000)
    await database.db.query('vacuum analyze paidcalls')
    running.push(startLine(client, database.url))
    await until(database.db, `select from stage_process`)

    const from = performance.now()
    await aCallerid(database.db, office.client_id, '900')
    await until(database.db, `select from paidcalls where problem is null limit 1`)
    const firstMs = performance.now() - from
    await until(
      database.db,
      `select where not exists (select from paidcalls where problem is not null)`,
      [],
      60_000,
      100,
    )
    const allMs = performance.now() - from
    console.info(
      `100,000 waiting calls: the first released ${Math.round(firstMs)} ms after the edit, all after ${Math.round(allMs)} ms`,
    )
    expect(firstMs).toBeLessThan(1_000)
    expect(allMs).toBeLessThan(10_000)
  }, 120_000)

  it('heals nothing when it is rolled back', async () => {
    const call = await aCall(database.db, { ...trunk, source_id: office.source_id })
    await drainStages(database.url)
    const untouched = await versionOf(call)
    await database.db.query('begin')
    await aCallerid(database.db, office.client_id, '900')
    await database.db.query('rollback')
    await drainStages(database.url)
    expect(await versionOf(call)).toBe(untouched)
    expect(await notes()).toBe(0)
  })

  it('that changes the reason a call waits for has the call say the new one', async () => {
    const call = await aCall(database.db, { dst: '+442079460000', src: '202', source_id: office.source_id })
    const without = await aClient(database.db)
    await aCallerid(database.db, without, '202')
    await drainStages(database.url)
    await database.db.query('update client set tarif_id = $1 where id = $2', [office.tarifnum, without])
    await drainStages(database.url)
    expect(await callOf(database.db, call)).toMatchObject({
      problem: `tariff ${office.tarifnum} has no code for 442079460000 on 2026-03-02`,
    })
  })
})

async function versionOf(call: number): Promise<unknown> {
  const { rows } = await database.db.query<{ version: string }>(
    'select xmin::text as version from paidcalls where id = $1',
    [call],
  )
  return rows[0]?.version
}

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
