// What happens to calls that were archived when their price, their record or their share of a bundle changes.

import { beforeAll, describe, expect, it } from 'vitest'

import { joinCalls } from '../../shared/cdr/join-parts.ts'
import { judge } from '../../shared/cdr/judge.ts'
import { store } from '../../shared/cdr/store.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import { runLine } from '../../shared/line/line.ts'
import { kamailio } from '../../shared/sources/formats/kamailio.ts'
import type { SourceRecord } from '../../shared/sources/record/reader.ts'
import { tariff } from '../../stages/tariff.ts'
import { archive, finish, sums } from '../support/archiving.ts'
import { aClient, aPlan, aProvider, aSource, aTarif } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { rollUp, until } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
const price = () =>
  runLine(
    tariff,
    { databaseUrl: database.stageUrl, lanes: 1, logLevel: 'silent' },
    new AbortController().signal,
    true,
  )

let source_id = 0
let provider_id = 0
beforeAll(async () => {
  source_id = await aSource(database.db, { name: 'office' })
  provider_id = await aProvider(database.db)
})

/** A client with a plan of 0.60 a minute; `seconds` are included. */
async function aPayer(seconds?: number): Promise<{ client: number; tarifnum: number }> {
  const tarifnum = await aPlan(database.db)
  await aTarif(database.db, { tarifnum, code: '7495' })
  if (seconds !== undefined) {
    await ask(
      'with new as (insert into bundle (tarifnum, seconds) values ($1, $2) returning id) insert into bundle_code select id, 7495 from new',
      tarifnum,
      seconds,
    )
  }
  return { client: await aClient(database.db, { tarif_id: tarifnum }), tarifnum }
}

/** A minute to Moscow on 2 March, priced, and as if that was in March, too. */
async function aPricedCall(client: number, minute = 0): Promise<number> {
  const [call] = await ask(
    `insert into paidcalls (status, source_id, calldate, disposition, duration, billsec, client_id, provider_id, direction, src, dst, number, kind)
     values ('destination defined', $1, timestamptz '2026-03-02 12:00+00' + $2 * interval '1 minute', 'ANSWERED', 60, 60, $3, $4, 'out', '201',
       '84951234567', '74951234567', 'national')
     returning id`,
    source_id,
    minute,
    client,
    provider_id,
  )
  await price()
  await ask(`update paidcalls set priced_at = calldate, imported_at = calldate where id = $1`, call?.['id'])
  return Number(call?.['id'])
}

const isArchived = async (call: number) =>
  (await ask('select archived from all_calls where id = $1', call)).map(({ archived }) => archived)

describe('an archived call', () => {
  it('is explained by receipt as before', async () => {
    const { client } = await aPayer()
    const call = await aPricedCall(client)
    const before = await ask('select * from receipt($1)', call)
    expect(before.length).toBeGreaterThan(10)
    await archive(database.db)
    expect(await isArchived(call)).toEqual([true])
    expect(await ask('select * from receipt($1)', call)).toEqual(before)
  })

  it('is brought back by rerate and priced again, with the next decision and the difference', async () => {
    const { client, tarifnum } = await aPayer()
    const [call, other] = [await aPricedCall(client), await aPricedCall(client, 100)]
    await archive(database.db)
    await ask('update tarif set price = 0.9 where tarifnum = $1', tarifnum)
    const span = [
      '--client',
      String(client),
      '--since',
      '2026-03-02T11:00:00Z',
      '--until',
      '2026-03-02T13:00:00Z',
    ]
    const env = { DATABASE_URL: database.url }
    const { stdout } = await run('stages/rerate.ts', [...span, '--dry-run'], env)
    expect(stdout).toMatch(/^client \d+ +national +1 +1 +0\.6000 +0\.9000 +0\.3000 /m)
    expect(stdout).toContain('1 calls looked at')
    const sent = await run('stages/rerate.ts', [...span, '--reason', 'the deck was late'], env)
    expect(sent.stdout).toBe(`rerate: 1 calls sent back to 'destination defined'.\n`)
    await price()
    expect([await isArchived(call), await isArchived(other)]).toEqual([[false], [true]])
    expect(
      await ask('select nr, reason, total, delta from rating_decision where call_id = $1 order by nr', call),
    ).toEqual([
      { nr: 1, reason: 'first rating', total: '0.6000', delta: '0.6000' },
      { nr: 2, reason: 'the deck was late', total: '0.9000', delta: '0.3000' },
    ])
    expect(await sums(database.db)).toMatchObject({ apart: 0 })
  })

  it('is not missed by a rerate that comes while it is being archived', async () => {
    const { client } = await aPayer()
    const call = await aPricedCall(client)
    const schedule = await connect(database.url, 'test')
    await schedule.query('begin')
    await schedule.query(`select archive_calls(0, now() - interval '3 months')`)
    const sentBack = ask(`select rerate($1, '2026-03-01', '2026-04-01', 'a test') as calls`, client)
    await until(
      schedule,
      `select from pg_stat_activity where wait_event = 'relation' and datname = current_database()`,
    )
    await schedule.query('commit')
    await disconnect(schedule)
    expect(await sentBack).toEqual([{ calls: 1 }])
    expect(await isArchived(call)).toEqual([false])
  })

  it('keeps the seconds it takes of a bundle, and comes back when they are shared out anew', async () => {
    const { client, tarifnum } = await aPayer(60)
    const [first, second] = [await aPricedCall(client, 0), await aPricedCall(client, 1)]
    await archive(database.db)
    expect(await ask('select sum(takes) from bundle_take where client_id = $1', client)).toEqual([
      { sum: 60 },
    ])
    await ask('update bundle set seconds = 90 where tarifnum = $1', tarifnum)
    expect([await isArchived(first), await isArchived(second)]).toEqual([[true], [false]])
    await price()
    expect(
      await ask('select trim_scale(total)::text as total from all_calls where id = any ($1) order by id', [
        first,
        second,
      ]),
    ).toEqual([{ total: '0' }, { total: '0.3' }])
  })

  it('gives its seconds to a call that was answered before it and comes late', async () => {
    const { client } = await aPayer(60)
    const archived = await aPricedCall(client, 10)
    await archive(database.db)
    const late = await aPricedCall(client, 5)
    await price()
    expect(
      await ask(
        'select id, free_sec from rating_decision join paidcalls on id = call_id where nr = decisions and id = any ($1)',
        [archived, late],
      ),
    ).toEqual(
      expect.arrayContaining([
        { id: archived, free_sec: 0 },
        { id: late, free_sec: 60 },
      ]),
    )
  })
})

describe('the record of an archived call', () => {
  const invite = { method: 'INVITE', sip_code: '200' }
  const parts = (name: string): SourceRecord[] =>
    (
      [
        { ...invite, id: '1', time: '2026-03-02 12:00:00' },
        { method: 'BYE', sip_code: '200', id: '2', time: '2026-03-02 12:01:00' },
      ] as const
    ).map((part) => ({
      ...part,
      sip_reason: 'OK',
      callid: name,
      from_tag: 'a',
      to_tag: 'b',
      src_user: '201',
      dst_user: '84951234567',
      dst_ouser: '84951234567',
    }))

  /** Stores records as import does when it reads them in one batch. */
  async function importBatch(source: number, rows: readonly SourceRecord[]): Promise<void> {
    const records = rows.map((record) => ({ source_key: JSON.stringify(record), record }))
    const judged = judge(records, kamailio, { time_zone: 'UTC', latestYear: 2027 })
    await ask('begin')
    await store(database.db, source, judged)
    await joinCalls(
      database.db,
      { id: source, format: kamailio },
      { time_zone: 'UTC', latestYear: 2027 },
      judged,
    )
    await ask('commit')
  }

  const oldAndPriced = (source: number) => finish(database.db, source)
  const calls = (source: number) =>
    ask('select archived, billsec, status from all_calls where source_id = $1 order by id', source)

  it('makes no other call when it is read again, nor another day in the reconciliation', async () => {
    const source = await aSource(database.db, { format: 'kamailio' })
    await importBatch(source, parts('again'))
    await oldAndPriced(source)
    const before = await ask(
      'select * from reconciliation join source on source.name = reconciliation.source and source.id = $1',
      source,
    )
    await archive(database.db)
    await importBatch(source, parts('again'))
    expect(await calls(source)).toMatchObject([{ billsec: 60, status: 'tarif defined' }])
    expect(
      await ask(
        'select * from reconciliation join source on source.name = reconciliation.source and source.id = $1',
        source,
      ),
    ).toEqual(before)
  })

  it('brings it back when another record corrects it', async () => {
    const source = await aSource(database.db, { format: 'kamailio' })
    const [start, end] = parts('late')
    await importBatch(source, [start ?? {}, end ?? {}])
    await oldAndPriced(source)
    await archive(database.db)
    expect(await calls(source)).toMatchObject([{ archived: true }])
    await importBatch(source, [{ ...end, id: '3', time: '2026-03-02 12:02:00' }])
    expect(await calls(source)).toMatchObject([{ archived: false }])
  })

  it('makes no other call when its partition was detached, and is accounted for', async () => {
    const source = await aSource(database.db, { format: 'kamailio' })
    await importBatch(source, parts('detached'))
    await oldAndPriced(source)
    await archive(database.db)
    const reconciled = () =>
      ask(
        'select sum(calls) as calls, sum(joined) as joined, sum(in_progress) as open from reconciliation join source on source.name = reconciliation.source and source.id = $1',
        source,
      )
    const before = await reconciled()
    await rollUp(database.stageUrl)
    expect(await ask(`select detach_archive('2026-03-15') as detached`)).toEqual([
      { detached: 'archived_call_2026_03_04' },
      { detached: 'archived_decision_2026_03_04' },
    ])
    await importBatch(source, parts('detached'))
    expect(await calls(source)).toEqual([])
    expect(await reconciled()).toEqual(before)
    await ask('drop table archived_call_2026_03_04, archived_decision_2026_03_04')
  })
})
