import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { forgetDue } from '../../shared/forget/due.ts'
import { verifyStatements } from '../../shared/statements/verify.ts'
import { verifySums } from '../../shared/sums/verify.ts'
import { archive, pricedCalls } from '../support/archiving.ts'
import { joinCalls } from '../../shared/cdr/join-parts.ts'
import { judge } from '../../shared/cdr/judge.ts'
import { store } from '../../shared/cdr/store.ts'
import { kamailio } from '../../shared/sources/formats/kamailio.ts'
import { aBookkeeper, emptyBooks, textOf } from '../support/billing.ts'
import type { Bookkeeper } from '../support/billing.ts'
import { aProvider, aSource, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { anOfficeInBerlin, month, tablesWith } from '../support/forgetting.ts'
import type { Office } from '../support/forgetting.ts'
import { drainStages, rollUp, startStages } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
let office: Office
let books: Bookkeeper

const always = () => true
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
const past = (query: string) =>
  database.db.query(
    `set session_replication_role = replica; ${query}; set session_replication_role = default`,
  )
/** The numbers called, a call a row, the oldest first. */
const numbers = async () =>
  (
    await ask(
      `select number from (select * from paidcalls union all select * from archived_call) call order by calldate, id`,
    )
  ).map(({ number }) => number)
const berlin = '4930123456'
const mobile = '4915123456789'

beforeAll(async () => {
  books = await aBookkeeper(database.db, database.url)
})
afterAll(async () => {
  await books.leave()
})
beforeEach(async () => {
  await emptyBooks(database.db)
  await empty(database.db)
  await past(
    `truncate keep_numbers, disputed_call, alert, account, account_entry, reservation, day_sum, client_day cascade`,
  )
  for (const { name } of await ask(
    `select relname as name from pg_class where relname ~ '^archived_.*[0-9]$' and relkind = 'r' and not relispartition`,
  ))
    await database.db.query(`drop table ${String(name)}`)
  office = await anOfficeInBerlin(database.db, database.url)
})

/** Two calls of eight months ago that were billed and paid, and two of last month. */
async function billed(): Promise<void> {
  for (const ago of [8, 1])
    office.ring(
      { dst: '030123456', at: `${month(ago)}-05 12:00:00` },
      { dst: '015123456789', at: `${month(ago)}-06 12:00:00` },
    )
  await office.work()
  for (const ago of [8, 1]) await books.issue(month(ago))
  await past('update statement set due_at = current_date - 1')
}

describe('forget --due', () => {
  it('forgets what was kept for so long, and nothing that is younger', async () => {
    await billed()
    expect(await forgetDue(database.db, 6, always)).toMatchObject({ calls: 2, finished: true })
    expect(await numbers()).toEqual(['49301', '49151', berlin, mobile])
    expect(
      await ask(
        `select count(*)::integer as records from cdr where record = '{}' and forgotten_at is not null`,
      ),
    ).toEqual([{ records: 2 }])
    expect(await forgetDue(database.db, 6, always)).toMatchObject({ calls: 0, rows: 0, finished: true })
    expect((await verifySums(database.db)).differences).toEqual([])
    expect((await verifyStatements(database.db)).differences).toEqual([])
  })

  it('keeps everything when nobody said for how long', async () => {
    await billed()
    expect(await forgetDue(database.db, null, always)).toEqual({
      calls: 0,
      rows: 0,
      staying: [],
      finished: true,
    })
    expect(await numbers()).toEqual([berlin, mobile, berlin, mobile])
  })

  it.each([
    [
      'for ever for a client',
      `(client_id, months) select id, null from client`,
      [berlin, mobile, berlin, mobile],
    ],
    [
      'for ever for a kind of number',
      `(kind, months) values ('mobile', null)`,
      ['49301', mobile, berlin, mobile],
    ],
    [
      'shorter for a client',
      `(client_id, months) select id, 1 from client`,
      ['49301', '49151', '49301', '49151'],
    ],
    [
      'by the client before the kind',
      `(client_id, kind, months) select id, null, null from client union all select null, 'mobile', 1`,
      [berlin, mobile, berlin, mobile],
    ],
    [
      'by client and kind before the client',
      `(client_id, kind, months) select id, null, null from client union all select id, 'mobile', 1 from client`,
      [berlin, '49151', berlin, '49151'],
    ],
  ])('keeps numbers %s as keep_numbers says', async (_what, rows, kept) => {
    await billed()
    await past(
      `update paidcalls set calldate = calldate - interval '2 months' where calldate > now() - interval '3 months'`,
    )
    await database.db.query(`insert into keep_numbers ${rows}`)
    await forgetDue(database.db, 6, always)
    expect(await numbers()).toEqual(kept)
  })

  it.each([
    [
      'that somebody disputes',
      `insert into disputed_call (call_id, why) select min(id), 'never made' from paidcalls`,
      /^disputed: never made$/,
    ],
    [
      'on a statement that can still be disputed',
      `update statement set due_at = current_date where client_id is not null`,
      /^on statement \S+, which can be disputed until it is due$/,
    ],
    [
      'whose statement was taken back',
      `update statement set status = 'void', reason = 'x'`,
      /^not on an issued statement of client \d+ yet$/,
    ],
    [
      'that wait for a price',
      `update paidcalls set status = 'destination defined', problem = 'no price'`,
      /^waiting for a price$/,
    ],
    [
      'whose correction is to be billed',
      `update paidcalls set total = total + 1`,
      /^to be corrected on the next statement of client \d+$/,
    ],
    [
      'that are not in the sums yet',
      `insert into unsummed (call_id, nr) select id, 1 from paidcalls`,
      /^not in the sums yet$/,
    ],
  ])('leaves calls alone %s', async (_what, change, why) => {
    await billed()
    await past(change)
    // Other statements of the installation are issued.
    await past(
      `insert into statement (client_id, period, currency, status, number, starts_at, ends_at, time_zone, decimals, issued_at) select id, '[2020-01-01,2020-02-01)', 'EUR', 'issued', 'x', '2020-01-01', '2020-02-01', 'UTC', 2, now() from client`,
    )
    const { staying } = await forgetDue(database.db, 6, always, true)
    expect(staying).toMatchObject([{ why: expect.stringMatching(why) as string }])
    await forgetDue(database.db, 6, always)
    expect((await numbers())[0]).toBe(berlin)
  })

  it('forgets unanswered calls and those of nobody without a statement, and all of an installation that makes none', async () => {
    office.ring({ dst: '030123456', at: `${month(8)}-05 12:00:00` })
    await office.work()
    expect(await forgetDue(database.db, 6, always)).toMatchObject({ calls: 1 })
  })

  it('finds calls in the archive and in months that were detached, and leaves their sums', async () => {
    await billed()
    await archive(database.db, 0)
    const [detached] = (await ask(`select detach_archive($1::timestamptz) as name`, `${month(8)}-05`)).map(
      ({ name }) => String(name),
    )
    await forgetDue(database.db, 6, always)
    expect(await ask(`select src, number from ${detached} order by calldate`)).toEqual([
      { src: '49301', number: '49301' },
      { src: '49301', number: '49151' },
    ])
    expect((await verifySums(database.db)).differences).toEqual([])
    expect((await verifyStatements(database.db)).differences).toEqual([])
  })

  it('forgets what was told, reserved and logged so long ago, and records that became no call', async () => {
    const { db } = database
    const [account] = await ask(
      `insert into account (client_id, currency) values ($1, 'EUR') returning id`,
      office.client_id,
    )
    await past(
      `insert into alert (client_id, message, opened_at, closed_at) values (${office.client_id}, 'calls to ${mobile} since 2026-01-01', '2025-01-01', '2025-01-02'), (${office.client_id}, 'calls to ${mobile}', now(), now())`,
    )
    await past(`insert into reservation (id, account_id, source_id, call_ref, number, amount, seconds, ends_at, question, settled_at, settled_by)
      select gen_random_uuid(), ${String(account?.['id'])}, ${office.source_id}, 'x', '${mobile}', 0, 60, now(), '{"dialled": "${mobile}"}', ended, 'record' from (values ('2025-01-01'::timestamptz), (now())) ends (ended)`)
    await past(
      `insert into change_log (changed_at, table_name, operation, old_row) values ('2025-01-01', 'callerid', 'delete', '{"callerid": "${mobile}"}'), ('2025-01-01', 'callerid', 'insert', '{"callerid": "49301112220"}'), ('2025-01-01', 'number_list_entry', 'delete', '{"code": "${mobile}"}'), ('2025-01-01', 'number_list_entry', 'delete', '{"code": "49151"}')`,
    )
    office.ring({ dst: '015123456789', at: 'never' }, { dst: '015123456789', at: 'never' })
    await office.work()
    await past(`update cdr set read_at = '2025-01-01' where id = (select min(id) from cdr)`)
    await forgetDue(db, 6, always)
    expect(await ask('select message from alert order by id')).toEqual([
      { message: 'calls to 491… since 2026-01-01' },
      { message: `calls to ${mobile}` },
    ])
    expect(await ask('select number, question from reservation order by settled_at')).toEqual([
      { number: '49151', question: {} },
      { number: mobile, question: { dialled: mobile } },
    ])
    expect(await ask(`select old_row from change_log where changed_at = '2025-01-01' order by id`)).toEqual([
      { old_row: { callerid: '49151…' } },
      { old_row: { callerid: '49301112220' } },
      { old_row: { code: '49151…' } },
      { old_row: { code: '49151' } },
    ])
    expect(
      await ask(`select record = '{}' as gone, rejected = 'forgotten' as rejected from cdr order by id`),
    ).toEqual([
      { gone: true, rejected: true },
      { gone: false, rejected: false },
    ])
  })

  it('forgets all records of a call that is told by several, and makes no other call when one more comes', async () => {
    const { db } = database
    const source_id = await aSource(db, {
      name: 'kamailio',
      format: 'kamailio',
      country: 'DE',
      outside_line: null,
    })
    const record = (method: string, time: string, id: string) => ({
      ...{
        id,
        method,
        time,
        from_tag: 'a',
        to_tag: 'b',
        callid: 'one@proxy',
        sip_code: '200',
        sip_reason: 'OK',
      },
      ...{
        src_user: '+49301112220',
        src_domain: 'x',
        dst_user: `+${mobile}`,
        dst_ouser: `+${mobile}`,
        dst_domain: 'y',
      },
    })
    const importOne = async (row: Record<string, string>) => {
      const clock = { time_zone: 'UTC', latestYear: 2100 }
      const judged = judge([{ source_key: row['id'] ?? '', record: row }], kamailio, clock)
      await db.query('begin')
      await store(db, source_id, judged)
      await joinCalls(db, { id: source_id, format: kamailio }, clock, judged)
      await db.query('commit')
    }
    await aProvider(db, { channel: 'y' })
    await importOne(record('INVITE', `${month(8)}-05 12:00:00`, '1'))
    await importOne(record('BYE', `${month(8)}-05 12:01:00`, '2'))
    await drainStages(database.url)
    await rollUp(database.url)
    expect(await tablesWith(db, '15123456789')).toContain('paidcalls')
    expect(await forgetDue(db, 6, always)).toMatchObject({ calls: 1 })
    expect(await tablesWith(db, '15123456789')).toEqual([])
    // Another way of telling the call, from its beginning to an end.
    await importOne(record('INVITE', `${month(8)}-05 12:00:01`, '4'))
    await importOne(record('BYE', `${month(8)}-05 12:05:00`, '3'))
    await importOne(record('BYE', `${month(8)}-05 12:01:00`, '2'))
    expect(await ask('select status, number, billsec from paidcalls')).toEqual([
      { status: 'tarif defined', number: '49151', billsec: 60 },
    ])
    expect(await ask('select count(*)::integer as records from cdr')).toEqual([{ records: 4 }])
    expect(await tablesWith(db, '15123456789')).toEqual(['cdr'])
    expect(
      await run('stages/forget.ts', ['--number', `+${mobile}`], { DATABASE_URL: database.url }),
    ).toMatchObject({
      stdout: 'forget: 0 calls, 2 records that became no call and 0 other rows are forgotten\n',
    })
    expect(await tablesWith(db, '15123456789')).toEqual([])
  })

  it('leaves forgotten calls the seconds of a bundle they took when a call of before comes late', async () => {
    const { db } = database
    await db.query('insert into bundle (tarifnum, seconds) values ($1, 90)', [office.tarifnum])
    await db.query(`insert into bundle_code (bundle_id, code) select id, '49' from bundle`)
    office.ring(...[1, 2].map((minute) => ({ dst: '030123456', at: `${month(8)}-05 12:0${minute}:00` })))
    await office.work()
    await forgetDue(db, 6, always)
    office.ring(
      { dst: '030123456', at: `${month(8)}-05 11:00:00` },
      { dst: '030123456', at: `${month(8)}-05 13:00:00` },
    )
    await office.work()
    expect(
      await ask(
        `select to_char(paidcalls.calldate at time zone 'UTC', 'HH24:MI') as at, status, decisions, free_sec::integer as free from paidcalls join rating_decision on call_id = paidcalls.id order by paidcalls.calldate`,
      ),
    ).toEqual([
      { at: '11:00', status: 'tarif defined', decisions: 1, free: 0 },
      { at: '12:01', status: 'tarif defined', decisions: 1, free: 60 },
      { at: '12:02', status: 'tarif defined', decisions: 1, free: 30 },
      { at: '13:00', status: 'tarif defined', decisions: 1, free: 0 },
    ])
  })

  it('is written without the numbers when a statement is written again', async () => {
    await billed()
    await forgetDue(database.db, 6, always)
    const { before } = await books.issue(month(8))
    expect(before).toBe(1)
    expect(
      textOf(
        books,
        `${String((await ask('select number from statement order by id limit 1'))[0]?.['number'])}.csv`,
      ),
    ).toMatch(/,49301,49301,DE,/)
  })

  it('goes on where it was killed, beside a line at work', async () => {
    const ids = await pricedCalls(
      database.db,
      Array.from({ length: 5_000 }, () => 20),
    )
    office.ring(
      ...Array.from({ length: 50 }, (_, at) => ({
        dst: '030123456',
        at: `${month(1)}-05 12:00:${String(at).padStart(2, '0')}`,
      })),
    )
    const stages = startStages(database.url)
    await office.work()
    let pieces = 0
    expect(await forgetDue(database.db, 6, () => pieces++ < 1)).toMatchObject({
      calls: 2_000,
      finished: false,
    })
    await office.work()
    expect(await forgetDue(database.db, 6, always)).toMatchObject({ calls: 3_000, finished: true })
    await stages.stop()
    expect(
      await ask(
        `select count(*)::integer as forgotten from paidcalls where id = any ($1) and number = '74951'`,
        ids,
      ),
    ).toEqual([{ forgotten: 5_000 }])
    expect(
      await ask(`select count(*)::integer as priced from paidcalls where number = '${berlin}' and total > 0`),
    ).toEqual([{ priced: 50 }])
  })

  it('is done by schedule with nothing but the login of a stage', async () => {
    await billed()
    const env = { DATABASE_URL: database.url, LOG_LEVEL: 'info' }
    expect(await run('stages/schedule.ts', ['--drain'], { ...env, KEEP_NUMBERS_MONTHS: '6' })).toMatchObject({
      code: 0,
    })
    expect((await numbers()).slice(0, 2)).toEqual(['49301', '49151'])
    expect(await run('stages/schedule.ts', ['--drain'], { ...env, KEEP_NUMBERS_MONTHS: 'x' })).toMatchObject({
      code: 1,
      stderr:
        'schedule: Configuration: KEEP_NUMBERS_MONTHS must be a whole number from 1 to 1200, or empty, not "x".\n',
    })
  })

  it('says what is due and what stays, and does it', async () => {
    await billed()
    await database.db.query(
      `insert into disputed_call (call_id, why) select min(id), 'never made' from paidcalls`,
    )
    const env = { DATABASE_URL: database.url, KEEP_NUMBERS_MONTHS: '6' }
    expect(await run('stages/forget.ts', ['--due', '--dry-run'], env)).toMatchObject({
      code: 0,
      stdout:
        'forget: numbers are kept for 6 months\nforget: 1 calls would be forgotten\nforget: 1 calls stay: disputed: never made\n',
    })
    expect(await run('stages/forget.ts', ['--due'], env)).toMatchObject({
      code: 0,
      stdout: 'forget: numbers are kept for 6 months\nforget: 1 calls and 0 other rows are forgotten\n',
    })
    expect((await numbers()).slice(0, 2)).toEqual([berlin, '49151'])
  })
})

describe('forget --client', () => {
  it('shows all that is held of a client, detached months and records among it', async () => {
    await billed()
    await archive(database.db, 0)
    const detached = await ask(`select detach_archive($1::timestamptz) as name`, `${month(8)}-05`)
    const file = join(mkdtempSync(join(tmpdir(), 'held-')), 'held.json')
    const args = ['--client', String(office.client_id), '--show', '--out', file]
    expect(await run('stages/forget.ts', args, { DATABASE_URL: database.url })).toMatchObject({
      code: 0,
      stderr: '',
    })
    const { client, tables } = JSON.parse(readFileSync(file, 'utf8')) as {
      client: number
      tables: Record<string, unknown[]>
    }
    expect(client).toBe(office.client_id)
    for (const [table, rows] of [
      ...detached.map(({ name }) => [String(name), 2] as const),
      ...([
        ['client', 1],
        ['callerid', 2],
        ['statement', 2],
        ['cdr', 4],
      ] as const),
    ])
      expect(tables[table], table).toHaveLength(rows)
  })

  it('forgets the numbers in all calls of the client that nobody needs, whatever their age', async () => {
    await billed()
    const { stdout } = await run('stages/forget.ts', ['--client', String(office.client_id)], {
      DATABASE_URL: database.url,
    })
    expect(stdout).toBe('forget: 4 calls, 0 records that became no call and 0 other rows are forgotten\n')
    expect(await numbers()).toEqual(['49301', '49151', '49301', '49151'])
    expect(await tablesWith(database.db, '15123456789')).toEqual([])
  })
})
