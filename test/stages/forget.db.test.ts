import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { verifyStatements } from '../../shared/statements/verify.ts'
import { verifySums } from '../../shared/sums/verify.ts'
import { archive } from '../support/archiving.ts'
import { aBookkeeper } from '../support/billing.ts'
import type { Bookkeeper } from '../support/billing.ts'
import { useDatabase } from '../support/database.ts'
import { anOfficeInBerlin, month, tablesWith } from '../support/forgetting.ts'
import type { Office } from '../support/forgetting.ts'
import { drain } from '../support/importing.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
const login = `test_forget_admin_${Math.random().toString(36).slice(2)}`
const folder = mkdtempSync(join(tmpdir(), 'forget-'))
let office: Office
let books: Bookkeeper
let adminUrl = ''
/** What doctor said before anything was forgotten. */
let healthy = ''

const forget = (...args: string[]) => run('stages/forget.ts', args, { DATABASE_URL: adminUrl })
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
/** As the owner, past what guards the rows of others. */
const past = (query: string) =>
  database.db.query(
    `set session_replication_role = replica; ${query}; set session_replication_role = default`,
  )
const paid = () => past(`update statement set due_at = current_date - 1`)

beforeAll(async () => {
  const { db } = database
  await db.query(`create role ${login} login password 'x' in role paidcalls_admin`)
  const url = new URL(database.url)
  ;[url.username, url.password] = [login, 'x']
  adminUrl = url.href
  books = await aBookkeeper(db, database.url)
  office = await anOfficeInBerlin(db, database.url)
})
afterAll(async () => {
  await books.leave()
  await database.db.query(`drop owned by ${login}; drop role ${login}`)
})

const amounts = () =>
  ask(
    `select 'call' as what, sum(total)::text as total, count(*)::integer as rows from (select total from paidcalls union all select total from archived_call) call
    union all select 'decision', sum(total)::text, count(*)::integer from (select total from rating_decision union all select total from archived_decision) made
    union all select 'sum', sum(total)::text, sum(calls)::integer from call_sum
    union all select 'statement', sum(total)::text, count(*)::integer from statement where status = 'issued'
    union all select 'line', sum(net)::text, count(*)::integer from statement_line
    union all select 'entry', sum(amount)::text, count(*)::integer from account_entry
    union all select 'balance', sum(balance)::text, count(*)::integer from account
    union all select 'record', null, count(*)::integer from cdr order by 1`,
  )

describe('forget --number', () => {
  beforeAll(async () => {
    const { db } = database
    await db.query(
      `insert into account (client_id, currency, kind, credit_limit) values ($1, 'EUR', 'postpaid', null)`,
      [office.client_id],
    )
    await db.query(
      `insert into callerid (client_id, callerid, valid) values ($1, '4915123456789', '(,2020-01-01)')`,
      [office.client_id],
    )
    await db.query(`delete from callerid where callerid = '4915123456789'`)
    office.ring(
      { dst: '015123456789', at: `${month(8)}-05 12:00:00` },
      { dst: '00 49 151 23456789', at: `${month(8)}-05 12:01:00` },
      { dst: '+4915123456789', at: `${month(8)}-06 12:02:00`, seconds: 0 },
      {
        src: '015123456789',
        dst: '1112220',
        at: `${month(8)}-07 12:00:00`,
        channel: 'SIP/trunk-00000009',
        dstchannel: 'SIP/12-00000008',
      },
      { dst: '015199999999', at: `${month(8)}-08 12:00:00` },
      { dst: '015123456789', at: 'never' },
      { dst: '015123456789', at: `${month(6)}-05 12:00:00` },
    )
    await office.work()
    await books.issue(month(8))
    // Priced again for a reason that names him, and corrected on the next statement; then archived, and a month is detached.
    await db.query(`update tarif set price = 0.90`)
    await db.query(`select rerate(null, '-infinity', $1::timestamptz, 'asked by +49 151 2345-6789')`, [
      `${month(7)}-01`,
    ])
    await office.work()
    await books.issue(month(7))
    await archive(db, 0)
    await past(
      `insert into alert (client_id, message, closed_at) values (${office.client_id}, 'calls to 4915123456789', now()), (${office.client_id}, 'more calls to 4915123456789', null)`,
    )
    await past(`insert into recipient (name, kind, address) values ('me', 'mail', 'me@example.com')`)
    await past(
      `insert into delivery (recipient_id, alert_id, what, answer) select recipient.id, alert.id, 'opened', 'no such number 0049 151 23456789' from recipient cross join alert where closed_at is not null`,
    )
    await past(
      `insert into reservation (id, account_id, source_id, call_ref, number, amount, seconds, ends_at, question, settled_at, settled_by)
      select gen_random_uuid(), account.id, ${office.source_id}, 'x', '4915123456789', 0, 60, now(), '{"dialled": "015123456789", "n": 15123456789}', now(), 'record' from account`,
    )
    await db.query(
      `insert into payment (account_id, amount, reference, what) select id, 5, 'r1', 'for calls to 0151/23456789 or +4915123456789' from account`,
    )
    await db.query(
      `insert into number_list_entry (list_id, code) select min(id), '4915123456789' from number_list`,
    )
  })

  it('says what is held, what stays and why, and changes nothing', async () => {
    const before = await amounts()
    const { code, stdout, stderr } = await forget('--number', '+49 151 23456789', '--dry-run')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/1 calls stay: not on an issued statement of client \d+ yet/)
    expect(stdout).toMatch(
      /calls stay: on statement \S+, which can be disputed until it is due \(\d{4}-\d\d-\d\d\)/,
    )
    expect(stdout).toContain('1 rows of number_list_entry stay: kept by people')
    expect(await amounts()).toEqual(before)
    expect(await tablesWith(database.db, '15123456789')).toContain('archived_call_' + (await partition(8)))
  })

  it('shows all that is held, in a file for nobody else', async () => {
    const file = join(folder, 'held.json')
    expect(await forget('--number', '+4915123456789', '--show', '--out', file)).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { tables } = JSON.parse(readFileSync(file, 'utf8')) as { tables: Record<string, unknown[]> }
    for (const table of await tablesWith(database.db, '15123456789'))
      expect(Object.keys(tables), table).toContain(table)
    expect(existsSync(`${file}.part`)).toBe(false)
  })

  it('lets doctor look before', async () => {
    healthy = (await run('stages/doctor.ts', [], { DATABASE_URL: database.url })).stdout
    expect(healthy).not.toBe('')
  })

  it('forgets what is not needed any more, and leaves what is', async () => {
    await paid()
    const before = await amounts()
    const { code, stdout } = await forget('--number', '+4915123456789')
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/1 calls stay: not on an issued/) as string,
    })
    expect(await amounts()).toEqual(before)
    expect(
      await ask(
        `select calldate::date::text as day, src, dst, caller, number, kind, country, forgotten_at is not null as forgotten from
          (select * from paidcalls union all select * from archived_call) call order by calldate`,
      ),
    ).toMatchObject([
      {
        day: `${month(8)}-05`,
        src: '49301',
        dst: '49151',
        caller: '49301',
        number: '49151',
        kind: 'mobile',
        country: 'DE',
        forgotten: true,
      },
      { day: `${month(8)}-05`, number: '49151', forgotten: true },
      { day: `${month(8)}-06`, number: '49151', forgotten: true },
      { day: `${month(8)}-07`, caller: '49151', forgotten: true },
      { day: `${month(8)}-08`, number: '4915199999999', src: '0301112220', forgotten: false },
      { day: `${month(6)}-05`, number: '4915123456789', forgotten: false },
    ])
  })

  it('finds it in no table when nothing needs it any more', async () => {
    const { db } = database
    await books.issue(month(6))
    await paid()
    await db.query(
      `delete from number_list_entry where code = '4915123456789'; update alert set closed_at = now() where closed_at is null`,
    )
    const { code, stdout } = await forget('--number', '+4915123456789')
    expect({ code, stdout: stdout.split('\n').filter((line) => line.includes('stay')) }).toEqual({
      code: 0,
      stdout: [],
    })
    expect(await tablesWith(db, '15123456789')).toEqual([])
    // His neighbour is where he was.
    expect(await tablesWith(db, '15199999999')).not.toEqual([])
  })

  it('leaves sums, statements, balances and receipts as they were, to the last digit', async () => {
    const { db } = database
    expect((await verifySums(db)).differences).toEqual([])
    expect((await verifyStatements(db)).differences).toEqual([])
    expect(
      await ask(
        `select account.id from account where balance <> (select sum(amount) from account_entry where account_id = account.id)`,
      ),
    ).toEqual([])
    expect(await ask('select * from price_not_decided')).toEqual([])
    expect(
      await ask(
        `select explanation, value from receipt((select min(id) from archived_call)) where item = 'number'`,
      ),
    ).toMatchObject([
      { value: '49151', explanation: 'mobile, DE' },
      { value: '49151', explanation: 'mobile, DE' },
    ])
  })

  it('leaves doctor with nothing to say of it', async () => {
    const { stdout } = await run('stages/doctor.ts', [], { DATABASE_URL: database.url })
    const said = (text: string) =>
      text.split('\n').filter((line) => /sum|statement|price|decision|record/i.test(line))
    expect(said(stdout)).toEqual(said(healthy))
  })

  it('stores and bills nothing twice when the records are read again', async () => {
    const before = await amounts()
    await database.db.query(`update source_position set position = '{}'`)
    await drain(database.url, office.source, office.url)
    await office.work()
    expect(await amounts()).toEqual(before)
    expect(await tablesWith(database.db, '15123456789')).toEqual([])
  })

  it('never prices what is forgotten again', async () => {
    const before = await amounts()
    await database.db.query('update tarif set price = 2')
    const args = [
      '--since',
      '2000-01-01',
      '--until',
      `${month(5)}-01`,
      '--reason',
      'dearer',
      '--from-status',
      'new record',
    ]
    expect(await run('stages/rerate.ts', args, { DATABASE_URL: adminUrl })).toMatchObject({
      stdout: expect.stringContaining(
        'rerate: 5 calls stay at their price: who called whom in them is forgotten.\n',
      ) as string,
    })
    await database.db.query(`select retry_rejected('${office.source}')`)
    await office.work()
    expect(await ask('select rejected from cdr where rejected is not null')).toEqual([
      { rejected: 'forgotten' },
    ])
    // The neighbour's call costs more now.
    expect(
      (await amounts())
        .filter((row, at) => JSON.stringify(row) !== JSON.stringify(before[at]))
        .map(({ what }) => what),
    ).not.toContain('record')
    expect(
      await ask(
        `select number, decisions from (select * from paidcalls union all select * from archived_call) call where decisions > 2`,
      ),
    ).toEqual([{ number: '4915199999999', decisions: 3 }])
    await expect(
      database.db.query(
        `select bring_back_calls(array(select id from archived_call)); update paidcalls set status = 'new record' where forgotten_at is not null`,
      ),
    ).rejects.toThrow(/call \d+ was forgotten: it stays at its price/)
  })

  it('notes who had it forgotten, and never the number', async () => {
    expect(
      await ask(`select changed_by, new_row from change_log where operation = 'forget' order by id limit 2`),
    ).toMatchObject([
      { changed_by: login, new_row: { what: 'begins', number: '491…' } },
      { changed_by: login, new_row: { what: 'ends', calls: 4 } },
    ])
  })
})

async function partition(ago: number): Promise<string> {
  const [row] = await ask(
    `select substr(archive_name('', archive_start($1::timestamptz)), 2) as name`,
    `${month(ago)}-05`,
  )
  return String(row?.['name'])
}

describe('forget', () => {
  it.each([
    [['--number', '12345'], '--number must be a whole number with + and its country code'],
    [['--number', '+49'], '--number must be a whole number'],
    [['--client', '99999'], 'There is no client 99999.'],
    [['--client', 'x'], '--client must be a whole number'],
    [[], 'Say what to forget'],
    [['--number', '+4915123456789', '--client', '1'], 'Say what to forget'],
    [['--number', '+4915123456789', '--out', 'x'], '--out goes with --show.'],
    [['--everything'], "Unknown option '--everything'"],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { code, stderr } = await forget(...args)
    expect(code).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr).not.toContain('    at ')
  })

  it('is for administrators', async () => {
    expect(
      await run('stages/forget.ts', ['--number', '+4915123456789'], { DATABASE_URL: books.url }),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('permission denied') as string,
    })
  })
})
