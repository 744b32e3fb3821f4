// Calls that came before causes were kept: what the job fill-causes of schedule makes of them.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { judge } from '../../../shared/cdr/judge.ts'
import { fillBite } from '../../../shared/cdr/old-causes.ts'
import type { Bite } from '../../../shared/cdr/old-causes.ts'
import { store } from '../../../shared/cdr/store.ts'
import { connect, disconnect } from '../../../shared/database/connect.ts'
import type { Database } from '../../../shared/database/connect.ts'
import type { SourceRecord } from '../../../shared/sources/record/reader.ts'
import { formatOf } from '../../../shared/sources/registry.ts'
import { verifySums } from '../../../shared/sums/verify.ts'
import { anOffice, aSource, empty } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages, rollUp, until } from '../../support/lines.ts'
import { run, start } from '../../support/processes.ts'

const database = useDatabase()
let stage: Database
beforeAll(async () => {
  stage = await connect(database.stageUrl, 'test')
})
afterAll(() => disconnect(stage))

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
/** Calls on the line and in the archive. */
const all = `(select id, calldate, cause, false as archived from paidcalls union all select id, calldate, cause, true from archived_call) own`
const causes = async () => (await ask(`select cause from ${all} order by id`)).map(({ cause }) => cause)

/** What Asterisk writes of a minute to Moscow. */
const rung = (nr: number, more: SourceRecord = {}): SourceRecord => ({
  calldate: `2026-03-02 12:${String(nr % 60).padStart(2, '0')}:00`,
  src: '201',
  dst: '84951234567',
  channel: `SIP/201-${nr}`,
  dstchannel: `SIP/trunk-${nr}`,
  duration: '65',
  billsec: '60',
  disposition: 'ANSWERED',
  uniqueid: `call ${nr}`,
  hangupcause: '16',
  ...more,
})

/** Reads records into calls, as import does. */
async function read(id: number, records: readonly SourceRecord[]): Promise<void> {
  const { rows } = await database.db.query<{ format: string; mapping: unknown; filter: unknown }>(
    'select format, mapping, filter from source where id = $1',
    [id],
  )
  const [rules] = rows
  if (!rules) throw new Error('There is no such source.')
  const read = records.map((record, nr) => ({ source_key: `${id} ${nr}`, record }))
  await database.db.query('begin')
  await store(database.db, id, judge(read, formatOf(rules), { time_zone: 'UTC', latestYear: 2030 }))
  await database.db.query('commit')
}

/** All calls as they were before causes were kept, an hour after the migration. */
async function before(): Promise<void> {
  await ask(`set session_replication_role = replica`)
  await ask('update paidcalls set cause = null')
  await ask('set session_replication_role = default')
  await ask(`insert into cause_fill (source_id, noted_at) select id, now() - interval '2 hours' from source`)
}

/** As the job does; gives back what it did in each bite. */
async function fill(): Promise<Bite[]> {
  const bites: Bite[] = []
  do bites.push(await fillBite(stage))
  while (bites.at(-1)?.isLast === false && bites.at(-1)?.isHeld === false)
  return bites
}

describe('calls of before', () => {
  let office: Awaited<ReturnType<typeof anOffice>>
  beforeEach(async () => {
    await empty(database.db)
    await database.db.query('truncate unsummed, call_sum, minute_calls, closed_sum, closed_minute')
    office = await anOffice(database.db)
  })

  const began = '2026-03-02 12:00:00'
  const sip = { src_user: '201', dst_user: '84951234567', sip_code: '486' }
  it.each<[format: string, mapping: object, record: SourceRecord, cause: string | null]>([
    ['asterisk', {}, rung(1), '16'],
    ['asterisk', {}, rung(1, { hangupcause: '' }), null],
    ['asterisk', { hangupcause: 'q850' }, rung(1, { hangupcause: null, q850: '17' }), '17'],
    [
      'freeswitch',
      {},
      {
        start_stamp: began,
        destination_number: '84951234567',
        duration: '65',
        billsec: '0',
        hangup_cause: 'USER_BUSY',
      },
      'USER_BUSY',
    ],
    [
      'kamailio',
      {},
      {
        ...sip,
        table: 'missed_calls',
        method: 'INVITE',
        callid: 'a@b',
        from_tag: '1',
        to_tag: '2',
        time: began,
      },
      '486',
    ],
    [
      'cdr-pusher',
      {},
      {
        starting_date: began,
        destination_number: '84951234567',
        duration: '65',
        billsec: '0',
        hangup_cause_id: '21',
      },
      '21',
    ],
  ])('get what the exchange wrote: %s %j', async (format, mapping, record, cause) => {
    const id = await aSource(database.db, { format, mapping, time_zone: 'UTC' })
    await read(id, [record])
    expect(await causes()).toEqual([cause])
    await before()
    await fill()
    expect(await causes()).toEqual([cause])
    expect(await ask('select from cause_fill')).toEqual([])
  })

  it('get it in the archive, too, and whatever the filter is by now; not what was forgotten or detached', async () => {
    await ask(`update client_tarif set valid = '(,)'`)
    const { source_id } = office
    const months = ['2023-01-02', '2024-03-02', '2025-05-02', '2026-03-02', '2026-03-03']
    await read(
      source_id,
      months.map((day, nr) => rung(nr, { calldate: `${day} 12:00:00` })),
    )
    await before()
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    await ask(`select archive_calls(0, now() + interval '1 day')`)
    await ask(`select bring_back_calls(array(select id from archived_call where calldate >= '2026-01-01'))`)
    const [detached] = await ask(`select detach_archive('2023-01-02') as name`)
    const forgotten = `array(select id from all_calls where calldate >= '2024-03-01' and calldate < '2024-04-01' or calldate >= '2026-03-03')`
    expect(await ask(`select forget_calls(${forgotten}) as calls`)).toEqual([{ calls: 2 }])
    await ask(`update source set filter = '{"disposition": "ANSWERED"}'`)
    await fill()
    expect(
      await ask(`select calldate::date::text as day, archived, cause from ${all} order by calldate`),
    ).toEqual([
      { day: '2024-03-02', archived: true, cause: null },
      { day: '2025-05-02', archived: true, cause: '16' },
      { day: '2026-03-02', archived: false, cause: '16' },
      { day: '2026-03-03', archived: false, cause: null },
    ])
    expect(await ask(`select cause from ${String(detached?.['name'])}`)).toEqual([{ cause: null }])
    await expect(ask(`update archived_call set cause = '17'`)).rejects.toThrow(/only grows/)
    await expect(ask(`update archived_call set cause = '17', total = 0 where cause is null`)).rejects.toThrow(
      /only grows/,
    )
  })

  it('keep status, price and place in the sums; priced again they are summed under their cause', async () => {
    await read(office.source_id, [rung(1), rung(2), rung(3, { src: 'nobody' })])
    await before()
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    const calls = `select to_jsonb(own) - 'cause' as row from paidcalls own order by id`
    const decided = 'select to_jsonb(own) as row from rating_decision own order by call_id'
    const was = [await ask(calls), await ask(decided)]
    expect((await fill())[0]).toMatchObject({ filled: 3 })
    expect(await causes()).toEqual(['16', '16', '16'])
    expect([await ask(calls), await ask(decided)]).toEqual(was)
    const summed = () => ask('select cause, calls::integer from call_sum where calls <> 0 order by cause')
    expect((await verifySums(database.db)).differences).toEqual([])
    expect(await summed()).toEqual([{ cause: 'ANSWERED', calls: 2 }])

    await ask(`select rerate(null, '-infinity', 'infinity', 'causes of before')`)
    await drainStages(database.url)
    await rollUp(database.stageUrl)
    expect((await verifySums(database.db)).differences).toEqual([])
    expect(await summed()).toEqual([{ cause: '16', calls: 2 }])
  })

  it.each([
    ['a stage has it in hand', '', 'select from paidcalls where id = any ($1) for update'],
    [
      'it is brought back from the archive',
      `select archive_calls(0, now() + interval '1 day')`,
      'select bring_back_calls($1)',
    ],
  ])('wait behind one of them while %s, and hold up nobody', async (_why, done, held) => {
    await read(office.source_id, [rung(1), rung(2), rung(3)])
    await before()
    await drainStages(database.url)
    await ask(done)
    const [, second] = await ask(`select id from ${all} order by id`)
    await database.db.query('begin')
    await ask(held, [second?.['id']])
    expect((await fill()).at(-1)).toMatchObject({ filled: 1, isHeld: true })
    expect((await fill()).at(-1)).toMatchObject({ filled: 0, isHeld: true })
    await database.db.query('commit')
    await fill()
    expect(await causes()).toEqual(['16', '16', '16'])
  })

  it('are all done once when schedule is killed in their midst', { timeout: 60_000 }, async () => {
    await read(
      office.source_id,
      Array.from({ length: 1_300 }, (_, nr) => rung(nr)),
    )
    await before()
    const [held] = await ask('select id::integer from paidcalls order by id offset 700 limit 1')
    const env = { DATABASE_URL: database.url }
    await database.db.query('begin')
    await ask('select from paidcalls where id = $1 for update', held?.['id'])
    const schedule = start('stages/schedule.ts', ['--drain'], env)
    const admin = await connect(database.url, 'test')
    await until(admin, 'select from cause_fill where reached = $1', [Number(held?.['id']) - 1], 20_000)
    schedule.child.kill('SIGKILL')
    await schedule.ended
    await database.db.query('rollback')
    await disconnect(admin)
    expect(await ask('select count(cause)::integer as filled from paidcalls')).toEqual([{ filled: 700 }])
    // None of these is looked at again.
    await ask('update paidcalls set cause = null where id < $1', held?.['id'])
    const { stdout } = await run('stages/schedule.ts', ['--drain'], { ...env, LOG_LEVEL: 'info' })
    expect(stdout).toMatch(/"calls":600,.*"msg":"calls of before have their cause"/)
    expect(await ask('select from cause_fill')).toEqual([])
  })

  it('of an exchange whose row nobody understands wait until it is mended, and others go on', async () => {
    const other = await aSource(database.db, { time_zone: 'UTC' })
    for (const id of [office.source_id, other]) await read(id, [rung(1), rung(2)])
    await before()
    // One that only a later version knows.
    await ask(`alter table source drop constraint "format is one of those in the comment of source.format"`)
    await ask(`update source set format = 'later' where id = $1`, other)
    const bites = await fill()
    expect(bites.at(-1)?.unread).toEqual([
      { source: expect.any(String) as unknown, problem: expect.stringContaining('format later') as unknown },
    ])
    expect(await causes()).toEqual(['16', '16', null, null])
    await ask(`update source set format = 'asterisk' where id = $1`, other)
    await fill()
    expect(await causes()).toEqual(['16', '16', '16', '16'])
  })

  it('cost nothing when all are done; and nothing begins while an import of a version before may be at work', async () => {
    await read(office.source_id, [rung(1)])
    await before()
    await ask('update cause_fill set noted_at = now()')
    expect(await fill()).toMatchObject([{ filled: 0, isLast: true }])
    await ask(`update cause_fill set noted_at = now() - interval '2 hours'`)
    expect(await fill()).toMatchObject([{ filled: 1 }, { filled: 0, isLast: true }])
    await database.db.query('begin; lock table paidcalls, archived_call, cdr in access exclusive mode')
    expect(await fill()).toMatchObject([{ filled: 0, isLast: true }])
    await database.db.query('rollback')
  })
})
