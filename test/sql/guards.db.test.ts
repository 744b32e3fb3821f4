import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { aCall, anOffice, callOf } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drain, drainStages } from '../support/lines.ts'
import { client } from '../../stages/client.ts'

const database = useDatabase()
const admin = `test_guard_admin_${Math.random().toString(36).slice(2)}`
let stage: Database
let office: Awaited<ReturnType<typeof anOffice>>
let priced = 0
let ready = 0

beforeAll(async () => {
  const { db } = database
  office = await anOffice(db)
  priced = await aCall(db, { source_id: office.source_id })
  await drainStages(database.url)
  ready = await aCall(db, { source_id: office.source_id })
  await drain(client, database.url)
  await db.query(`create role ${admin} login password 'x' in role paidcalls_admin`)
  stage = await connect(database.stageUrl, 'test')
})
afterAll(async () => {
  await disconnect(stage)
  await database.db.query(`drop owned by ${admin}; drop role ${admin}`)
})

const decision = (call: number, nr: number, total: string, delta: string): string =>
  `insert into rating_decision (call_id, nr, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
  values (${call}, ${nr}, 'price', 1, 0, 60, 60, 1, ${total}, ${delta})`

describe('a login of the stages', () => {
  it.each<[what: string, query: () => string, sentence: RegExp]>([
    [
      'change what a finished call came to',
      () => `update paidcalls set total = 0 where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'change whose a finished call is',
      () => `update paidcalls set client_id = 1 where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'give a finished call a problem',
      () => `update paidcalls set problem = 'x' where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'send a finished call back without a reason',
      () => `update paidcalls set status = 'new record' where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'send a finished call back at another price',
      () => `update paidcalls set status = 'new record', rerate_reason = 'x', total = 0 where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'send a finished call back as somebody else’s',
      () =>
        `update paidcalls set status = 'new record', rerate_reason = 'x', client_id = null where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'send a finished call back to be priced for another number',
      () =>
        `update paidcalls set status = 'destination defined', rerate_reason = 'x', number = '4' where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'send a finished call back as a shorter one past the stages that judge it',
      () =>
        `update paidcalls set status = 'destination defined', rerate_reason = 'x', billsec = 1 where id = ${priced}`,
      /call \d+ is finished/,
    ],
    [
      'add a finished call',
      () => `insert into paidcalls (status, calldate, total) values ('tarif defined', now(), 0)`,
      /cannot be finished so: its price is not that of its latest decision/,
    ],
    [
      'finish a call without a decision',
      () => `update paidcalls set status = 'tarif defined', total = 0 where id = ${ready}`,
      /cannot be finished so/,
    ],
    [
      'bring back an older price',
      () =>
        `update paidcalls set status = 'destination defined', rerate_reason = 'x' where id = ${priced};
        ${decision(priced, 2, '0.7', '0.1')};
        update paidcalls set status = 'tarif defined', rerate_reason = null where id = ${priced}`,
      /cannot be finished so/,
    ],
    ['price a finished call again', () => decision(priced, 2, '0', '-0.6'), /is not to be priced now/],
    ['price a call whose turn it is not', () => decision(ready, 1, '0', '0'), /is not to be priced now/],
    ['price a call that is not there', () => decision(999_999, 1, '0', '0'), /is not to be priced now/],
    [
      'change a record that is a call',
      () => `update cdr set billsec = 0 where id = (select cdr_id from paidcalls where id = ${priced})`,
      /record \d+ is a call already/,
    ],
    ['write shares of bundles by hand', () => 'delete from bundle_take', /permission denied/],
    ['write counters of bundles by hand', () => 'update bundle_month set taken = 0', /permission denied/],
    [
      'give a client another plan, by a table of its own in the place of the history',
      () =>
        `create temp table client_tarif (client_id integer, tarifnum integer, valid tstzrange default '(,)');
        update client set tarif_id = (select max(tarifnum) from tarifplan)`,
      /permission denied/,
    ],
    ['rewrite a schedule’s queue', () => 'delete from pgboss.queue', /permission denied/],
    ['change the version of pg-boss', () => 'update pgboss.version set version = 1', /permission denied/],
    ['forget a schedule', () => 'delete from pgboss.schedule', /permission denied/],
  ])('cannot %s', async (_, query, sentence) => {
    const { db } = database
    const cdr = await db.query<{ id: number }>(
      `insert into cdr (source_id, source_key, record) values ($1, $2, '{}') returning id`,
      [office.source_id, String(Math.random())],
    )
    await db.query('update paidcalls set cdr_id = $1 where id = $2 and cdr_id is null', [
      cdr.rows[0]?.id,
      priced,
    ])
    await db.query(
      `insert into tarifplan (tarifnum, name, currency) values (77, 'other', 'EUR') on conflict do nothing`,
    )
    const before = await callOf(db, priced)
    await stage.query('begin')
    await expect(stage.query(query())).rejects.toThrow(sentence)
    await stage.query('rollback')
    expect(await callOf(db, priced)).toEqual(before)
  })

  it('sends a finished call back with a reason, as the line does', async () => {
    await stage.query('begin')
    await stage.query(
      `update paidcalls set status = 'new record', rerate_reason = 'its record was corrected' where id = $1`,
      [priced],
    )
    await stage.query('rollback')
  })
})

it('nobody finishes a call with a problem, the owner neither', async () => {
  const { db } = database
  await expect(
    db.query(`update paidcalls set problem = 'x' where id = $1 and status = 'tarif defined'`, [priced]),
  ).rejects.toThrow(`call ${priced} cannot be finished with a problem`)
  await expect(
    db.query(`insert into paidcalls (status, calldate, problem) values ('tarif defined', now(), 'x')`),
  ).rejects.toThrow('cannot be finished with a problem')
})

describe('who forbids to delete', () => {
  it.each(['client', 'provider', 'tarif', 'source'])(
    'is not blinded by temporary tables: a %s that calls refer to stays',
    async (table) => {
      const url = new URL(database.url)
      url.username = admin
      url.password = 'x'
      const db = await connect(url.href, 'test')
      try {
        await db.query('begin')
        await db.query(
          `create temp table rating_decision (call_id bigint, client_id integer, provider_id integer, tarif_id integer, total numeric);
          create temp table archived_decision (like pg_temp.rating_decision);
          create temp table paidcalls (id bigint, client_id integer, provider_id integer, prefix_id integer, code_id integer, source_id integer, cdr_id bigint);
          create temp table archived_call (like pg_temp.paidcalls);
          create temp table cdr (id bigint, source_id integer)`,
        )
        await db.query('delete from callerid')
        await expect(db.query(`delete from ${table}`)).rejects.toThrow(/cannot be deleted/)
      } finally {
        await disconnect(db)
      }
    },
  )

  it('nor are the guards of decisions for their owner', async () => {
    const db = await connect(database.url, 'test')
    try {
      await db.query('begin')
      await db.query('create temp table archived_decision as select * from rating_decision')
      await expect(db.query('delete from rating_decision')).rejects.toThrow(/rating_decision only grows/)
    } finally {
      await disconnect(db)
    }
  })

  it('are all functions that say where they look, temporary tables last', async () => {
    const { rows } = await database.db.query<{ name: string }>(
      `select pg_proc.oid::regprocedure::text as name from pg_proc join pg_language on pg_language.oid = prolang
      where pronamespace in ('public'::regnamespace) and lanname in ('sql', 'plpgsql') and prosqlbody is null
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
        and not exists (select from unnest(proconfig) setting where setting ~ '^search_path=.*, pg_temp$')`,
    )
    expect(rows.map(({ name }) => name)).toEqual([])
  })
})

describe('the view price_not_decided', () => {
  it('names what the owner wrote past the stages, and the archive leaves it where it is', async () => {
    const { db } = database
    expect((await db.query('select * from price_not_decided')).rows).toEqual([])
    await db.query('begin')
    await db.query(
      `update paidcalls set total = total + 1, priced_at = '2020-01-01', imported_at = '2020-01-01' where id = $1`,
      [priced],
    )
    const { rows } = await db.query('select id, what from price_not_decided')
    expect(rows).toEqual([{ id: priced, what: 'the latest decision says another price' }])
    const { rows: moved } = await db.query(`select moved from archive_calls(0, now() - interval '3 months')`)
    expect(moved).toEqual([{ moved: 0 }])
    await db.query('rollback')
  })
})

describe('whoever edits plans', () => {
  it('is told for whom he waits when somebody holds their lock', async () => {
    const holder = await connect(database.stageUrl, 'test')
    await holder.query(`select pg_advisory_lock(hashtext('tarifplan.base'))`)
    const { db } = database
    await expect(
      db.query(`insert into tarifplan (tarifnum, name, currency, base) values (78, 'x', null, 77)`),
    ).rejects.toThrow(
      /^plans are being edited by \S+ \(paidcalls test, pid \d+\): try again when that is over/,
    )
    await disconnect(holder)
  })
})
