import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { verifyStatements } from '../../shared/statements/verify.ts'
import { voidStatement } from '../../shared/statements/run.ts'
import { aBookkeeper, aDecision, emptyBooks, textOf } from '../support/billing.ts'
import type { Bookkeeper } from '../support/billing.ts'
import { aCall, aClient, aPlan, aTarif, anOffice, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { run } from '../support/processes.ts'

const database = useDatabase()
let books: Bookkeeper
const year = new Date().getUTCFullYear()

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows
const program = (...args: string[]) =>
  run('stages/statement.ts', [...args, '--out', books.folder], { DATABASE_URL: books.url })

beforeAll(async () => {
  books = await aBookkeeper(database.db, database.url)
})
afterAll(async () => {
  await books.leave()
})
beforeEach(async () => {
  await emptyBooks(database.db)
  await empty(database.db)
})

/** One statement, its amounts without zeros that say nothing. */
async function statement(which = '1 = 1') {
  const rows = await ask(
    `select status, number, currency, calls, billable_sec, ${[
      'at_master',
      'saved',
      'saved_by_bundles',
      'corrections',
      'fixed_fees',
      'bursts',
      'net',
      'tax',
      'rounding',
      'credits',
      'total',
    ]
      .map((name) => `trim_scale(${name})::text as ${name}`)
      .join(', ')}, starts_at, ends_at from statement where ${which}`,
  )
  expect(rows.length).toBe(1)
  return rows[0]
}

describe('a statement of priced calls', () => {
  it('is what its lines and calls come to, and shows what the plan saved', async () => {
    const office = await anOffice(database.db)
    const own = await aPlan(database.db, { base: office.tarifnum })
    await aTarif(database.db, { tarifnum: own, code: '7495', price: '0.45' })
    await database.db.query('update client_tarif set tarifnum = $1', [own])
    const of = { source_id: office.source_id, calldate: '2026-03-02T12:00:00Z' }
    for (const billsec of [60, 30]) await aCall(database.db, { ...of, billsec })
    await aCall(database.db, { ...of, billsec: 0, disposition: 'NO ANSWER' })
    await aCall(database.db, { ...of, calldate: '2026-04-01T00:00:00Z' })
    await database.db.query(`insert into tax_rate (percent) values (20)`)
    await drainStages(database.url)
    expect(await books.issue('2026-03')).toEqual({ issued: 1, drafts: 0, before: 0, failed: [] })
    expect(await statement()).toMatchObject({
      number: `${year}-00001`,
      status: 'issued',
      calls: 2,
      billable_sec: 90,
      at_master: '0.9',
      saved: '0.225',
      net: '0.675',
      tax: '0.14',
      rounding: '0.005',
      total: '0.82',
    })
    expect(await books.issue('2026-03')).toEqual({ issued: 0, drafts: 0, before: 1, failed: [] })
    await rollUp(database.stageUrl)
    expect(await verifyStatements(database.db)).toEqual({ statements: 1, toBill: [], differences: [] })
    expect(textOf(books, `${year}-00001.csv`).split('\n').slice(1)).toEqual([
      expect.stringMatching(
        /^call,\d+,1,2026-03-02 12:00:00,60,201,74951234567,RU,national,7495,0\.45,EUR,0\.6000,0\.4500,0\.4500,$/,
      ) as string,
      expect.stringMatching(
        /^call,\d+,1,2026-03-02 12:00:00,30,201,74951234567,RU,national,7495,0\.45,EUR,0\.3000,0\.2250,0\.2250,$/,
      ) as string,
      '',
    ])
  })

  it('tells what included minutes have saved apart from what the prices have', async () => {
    const office = await anOffice(database.db)
    const own = await aPlan(database.db, { base: office.tarifnum })
    await aTarif(database.db, { tarifnum: own, code: '7495', price: '0.45' })
    await database.db.query('update client_tarif set tarifnum = $1', [own])
    await database.db.query(
      `with new as (insert into bundle (tarifnum, seconds) values ($1, 60) returning id) insert into bundle_code select id, '7' from new`,
      [own],
    )
    await aCall(database.db, { source_id: office.source_id, billsec: 90 })
    await drainStages(database.url)
    await books.issue('2026-03')
    expect(await statement()).toMatchObject({
      at_master: '0.9',
      saved: '0.675',
      saved_by_bundles: '0.45',
      net: '0.225',
    })
  })

  it('waits for calls that have no price yet, names why, and takes them late when it need not', async () => {
    const office = await anOffice(database.db)
    await aCall(database.db, { source_id: office.source_id })
    await aCall(database.db, { source_id: office.source_id, src: '299', channel: 'SIP/299-00000001' })
    await drainStages(database.url)
    const refused = await program('--month', '2026-03')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      /Calls of 2026-03 have no price yet[^]*no client owns caller ID 299.* 1 +1\.0 +0\.60[^]*--with-waiting/,
    )
    expect(await ask('select from statement')).toEqual([])
    expect(await program('--month', '2026-03', '--with-waiting')).toMatchObject({ code: 0 })
    await database.db.query(`insert into callerid (client_id, callerid) values ($1, '299')`, [
      office.client_id,
    ])
    await database.db.query('update paidcalls set problem = null, waits_for = null where problem is not null')
    await drainStages(database.url)
    await books.issue('2026-04')
    expect(
      await ask(
        `select what, line.calls, trim_scale(line.net)::text as net from statement_line line join statement on id = statement_id where lower(period) = '2026-04-01'`,
      ),
    ).toEqual([{ what: 'late', calls: 1, net: '0.6' }])
  })
})

describe('a month', () => {
  it.each([
    ['UTC', '2026-03', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z'],
    ['Asia/Kolkata', '2026-03', '2026-02-28T18:30:00.000Z', '2026-03-31T18:30:00.000Z'],
    ['Europe/Berlin', '2026-03', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
    ['America/New_York', '2025-11', '2025-11-01T04:00:00.000Z', '2025-12-01T05:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-01', '2025-12-31T10:00:00.000Z', '2026-01-31T10:00:00.000Z'],
  ])('is that of the plan’s zone: %s', async (time_zone, month, starts, ends) => {
    const client_id = await aClient(database.db, { tarif_id: await aPlan(database.db, { time_zone }) })
    const at = (iso: string, seconds: number) =>
      new Date(new Date(iso).getTime() + seconds * 1000).toISOString()
    for (const [id, calldate] of [at(starts, -1), starts, at(ends, -1), ends].entries())
      await aDecision(database.db, id + 1, { client_id, total: '1', calldate })
    expect((await books.issue(month)).failed).toEqual([])
    const made = await statement()
    expect([
      (made?.['starts_at'] as Date).toISOString(),
      (made?.['ends_at'] as Date).toISOString(),
      made?.['calls'],
    ]).toEqual([starts, ends, 2])
    expect(await ask('select call_id from statement_call order by 1')).toEqual([
      { call_id: 2 },
      { call_id: 3 },
    ])
  })

  it('begins where the one before ended, also when the plan’s zone changes between the two', async () => {
    const [moscow, london] = [
      await aPlan(database.db, { time_zone: 'Europe/Moscow' }),
      await aPlan(database.db, { time_zone: 'Europe/London' }),
    ]
    const client_id = await aClient(database.db, { tarif_id: moscow })
    for (const [id, calldate] of [
      '2026-01-31T20:59:59Z',
      '2026-01-31T21:00:00Z',
      '2026-02-10T00:00:00Z',
    ].entries())
      await aDecision(database.db, id + 1, { client_id, total: '1', calldate })
    await books.issue('2026-01')
    await database.db.query(
      `with ended as (update client_tarif set valid = '(,2026-02-01)' where client_id = $1 returning client_id)
      select client_id from ended`,
      [client_id],
    )
    await database.db.query(`insert into client_tarif values ($1, $2, '[2026-02-01,)')`, [client_id, london])
    await books.issue('2026-02')
    expect(await ask(`select starts_at, ends_at, calls from statement order by id`)).toEqual([
      { starts_at: new Date('2025-12-31T21:00:00Z'), ends_at: new Date('2026-01-31T21:00:00Z'), calls: 1 },
      { starts_at: new Date('2026-01-31T21:00:00Z'), ends_at: new Date('2026-03-01T00:00:00Z'), calls: 2 },
    ])
  })

  it('with two currencies gets two statements', async () => {
    const client_id = await aClient(database.db, { tarif_id: await aPlan(database.db) })
    await aDecision(database.db, 1, { client_id, total: '1', calldate: '2026-02-10T00:00:00Z' })
    await aDecision(database.db, 2, {
      client_id,
      total: '100',
      currency: 'JPY',
      calldate: '2026-02-20T00:00:00Z',
    })
    await books.issue('2026-02')
    expect(
      await ask('select currency, trim_scale(total)::text as total from statement order by currency'),
    ).toEqual([
      { currency: 'EUR', total: '1' },
      { currency: 'JPY', total: '100' },
    ])
  })

  it('that is not over is refused, but as a draft', async () => {
    const client_id = await aClient(database.db, { tarif_id: await aPlan(database.db) })
    const month = '2099-12'
    await aDecision(database.db, 1, { client_id, total: '1', calldate: `${month}-10T00:00:00Z` })
    const refused = await program('--month', month)
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.stderr).toMatch(
      /its month is not over: it ends at 2100-01-01T00:00:00\.000Z \(UTC\); --draft shows/,
    )
    const drafted = await program('--month', month, '--draft')
    expect(drafted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^statement: 1 drafts; .*draft-2099-12-client-\d+-EUR\.pdf\.\n$/,
      ) as string,
    })
    expect(await program('--month', month, '--draft')).toMatchObject({ code: 0 })
    expect(await ask('select status, number from statement')).toEqual([{ status: 'draft', number: null }])
    await expect(books.db.query('select issue_statement(id) from statement')).rejects.toThrow(/is not over/)
  })
})

describe('amounts', () => {
  const client = async (row = {}) => aClient(database.db, { tarif_id: await aPlan(database.db), ...row })

  it.each([
    ['EUR', '0.0049', '0', '-0.0049', '0'],
    ['EUR', '0.0050', '0', '0.005', '0.01'],
    ['JPY', '99.4999', '9.95', '-0.4499', '109'],
    ['KWD', '1.23456', '0.123', '0.00044', '1.358'],
    // In everyday life it has no hundredths; its minor unit is one all the same.
    ['HUF', '1.234', '0.12', '-0.004', '1.35'],
  ])('in %s are rounded once to its minor unit: %s', async (currency, total, _tax, _rounding, payable) => {
    const client_id = await client()
    if (currency !== 'EUR') await database.db.query('insert into tax_rate (percent) values (10)')
    await aDecision(database.db, 1, { client_id, total, currency, calldate: '2026-02-10T00:00:00Z' })
    await books.issue('2026-02')
    const made = await statement()
    expect(made?.['total']).toBe(payable)
    expect(
      await ask('select sum(net) = (select total from statement) as agrees from statement_line'),
    ).toEqual([{ agrees: true }])
  })

  it('are taxed at the rate of the day of each call, also where it is corrected later, and at the client’s own rate', async () => {
    const [one, exempt] = [await client(), await client()]
    await database.db.query(
      `insert into tax_rate (percent, valid) values (10, '(,2026-02-15)'), (20, '[2026-02-15,)')`,
    )
    await database.db.query(`insert into tax_rate (percent, client_id) values (0, $1)`, [exempt])
    for (const [id, client_id, day] of [
      [1, one, '10'],
      [2, one, '20'],
      [3, exempt, '10'],
    ] as const)
      await aDecision(database.db, id, { client_id, total: '10', calldate: `2026-02-${day}T00:00:00Z` })
    await books.issue('2026-02')
    const taxes = async (period: string) =>
      ask(
        `select client_id, trim_scale(quantity)::text as base, trim_scale(unit_price)::text as percent, trim_scale(line.net)::text as tax
        from statement_line line join statement on id = statement_id where what = 'tax' and lower(period) = $1 order by 1, unit_price`,
        period,
      )
    expect(await taxes('2026-02-01')).toEqual([
      { client_id: one, base: '10', percent: '10', tax: '1' },
      { client_id: one, base: '10', percent: '20', tax: '2' },
      { client_id: exempt, base: '10', percent: '0', tax: '0' },
    ])
    await aDecision(database.db, 1, {
      nr: 2,
      client_id: one,
      total: '7',
      calldate: '2026-02-10T00:00:00Z',
      reason: 'a wrong price',
    })
    await books.issue('2026-03')
    expect(await taxes('2026-03-01')).toEqual([{ client_id: one, base: '-3', percent: '10', tax: '-0.3' }])
    expect(
      await ask(
        `select description, reason, trim_scale(quantity)::text as was, trim_scale(unit_price)::text as is, trim_scale(net)::text as net from statement_line where what = 'correction'`,
      ),
    ).toEqual([{ description: '4915112345678', reason: 'a wrong price', was: '10', is: '7', net: '-3' }])
  })

  it('of fees are those of the days they held', async () => {
    const client_id = await client()
    await database.db.query(
      `insert into client_fee (client_id, description, amount, valid, prorated) values
        ($1, 'whole', 31, '(,)', true), ($1, 'from the eleventh', 31, '[2026-03-11,)', true), ($1, 'until the eleventh', 10, '(,2026-03-11)', true),
        ($1, 'begun', 31, '[2026-03-31,)', false), ($1, 'later', 31, '[2026-04-01,)', true)`,
      [client_id],
    )
    await books.issue('2026-03')
    expect(
      await ask(
        `select description, trim_scale(quantity)::text as days, trim_scale(net)::text as net from statement_line order by nr`,
      ),
    ).toEqual([
      { description: 'whole', days: '31', net: '31' },
      { description: 'from the eleventh', days: '21', net: '21' },
      { description: 'until the eleventh', days: '10', net: '3.23' },
      { description: 'begun', days: '31', net: '31' },
    ])
    expect(await statement()).toMatchObject({ fixed_fees: '86.23', net: '86.23', calls: 0 })
  })

  it.each([
    ['minutes', '0.05', '2', '0.1'],
    ['peak', '7.50', '1', '7.5'],
  ])(
    'of bursts above the channels paid for are by %s, as the contract says',
    async (model, price, quantity, net) => {
      const client_id = await client()
      await database.db.query(
        `insert into client_channels (client_id, channels, model, price) values ($1, 1, $2, $3)`,
        [client_id, model, price],
      )
      // Two at one time for 70 seconds, an internal call beside them.
      for (const [id, at, provider_id] of [
        [1, '00', 1],
        [2, '30', 1],
        [3, '30', null],
      ] as const)
        await aDecision(database.db, id, {
          client_id,
          total: '0',
          calldate: `2026-02-10T10:00:${at}Z`,
          duration: 100,
          provider_id,
        })
      await books.issue('2026-02')
      expect(
        await ask(
          `select trim_scale(quantity)::text as quantity, trim_scale(net)::text as net, reason from statement_line where what = 'burst'`,
        ),
      ).toEqual([{ quantity, net, reason: '2 of 1' }])
    },
  )
})

describe('an issued statement', () => {
  const issued = async () => {
    const client_id = await aClient(database.db, { tarif_id: await aPlan(database.db), address: 'Street 1' })
    await database.db.query(`insert into issuer (name, number_format) values ('We', 'INV-YYYY-###')`)
    await aDecision(database.db, 1, { client_id, total: '10', calldate: '2026-02-10T00:00:00Z' })
    await books.issue('2026-02')
    return client_id
  }

  it.each([
    'update statement set total = 0',
    `update statement set status = 'draft', number = null, issued_at = null`,
    `update statement set pdf_sha256 = 'x'`,
    'delete from statement',
    'truncate statement cascade',
    'update statement_line set net = 0',
    'delete from statement_line',
    'insert into statement_line (statement_id, nr, what, net) select id, 99, $$fee$$, 1 from statement',
    'delete from statement_call',
    'insert into statement_call (statement_id, call_id, nr, calldate, what, total, net) select id, 99, 1, now(), $$call$$, 1, 1 from statement',
  ])('refuses, also to the owner of the database: %s', async (change) => {
    await issued()
    await expect(database.db.query(change)).rejects.toMatchObject({ code: '23001' })
    expect(await statement()).toMatchObject({ status: 'issued', total: '10', number: `INV-${year}-001` })
  })

  it('stays as it was sent when client and issuer change their address', async () => {
    const client_id = await issued()
    const file = `INV-${year}-001.pdf`
    const before = readFileSync(join(books.folder, file))
    await database.db.query(
      `update client set address = 'elsewhere' where id = $1; `.replace('$1', String(client_id)),
    )
    await database.db.query(`update issuer set name = 'They'`)
    writeFileSync(join(books.folder, file), '')
    await books.issue('2026-02')
    expect(readFileSync(join(books.folder, file)).equals(before)).toBe(true)
    expect(await ask('select pdf_sha256 from statement')).toEqual([
      { pdf_sha256: createHash('sha256').update(before).digest('hex') },
    ])
  })

  it('is credited on the next when it is taken back, and its calls are billed anew', async () => {
    await issued()
    const taken = await program('--void', `INV-${year}-001`, '--reason', 'wrong address')
    expect(taken).toMatchObject({
      code: 0,
      stdout: `statement: INV-${year}-001 is void; the client's next statement credits it.\n`,
    })
    expect(await program('--void', `INV-${year}-001`, '--reason', 'again')).toMatchObject({
      code: 1,
      stderr: `statement: statement INV-${year}-001 is void already, because wrong address.\n`,
    })
    expect((await program('--void', 'nothing', '--reason', 'x')).stderr).toBe(
      'statement: there is no statement nothing.\n',
    )
    await books.issue('2026-02')
    expect(await statement(`status = 'issued'`)).toMatchObject({
      number: `INV-${year}-002`,
      net: '10',
      credits: '-10',
      total: '0',
    })
    await voidStatement(books.db, `INV-${year}-002`, 'wrong again')
    await books.issue('2026-03')
    expect(await statement(`status = 'issued'`)).toMatchObject({ net: '10', credits: '-10', total: '0' })
    expect(await ask(`select sum(total)::text as all from statement where status <> 'draft'`)).toEqual([
      { all: '10.00' },
    ])
  })

  it('goes on without what was detached', async () => {
    const client_id = await issued()
    await rollUp(database.stageUrl)
    await database.db.query(
      `set session_replication_role = replica; delete from rating_decision; insert into closed_sum select * from call_sum; set session_replication_role = default`,
    )
    await aDecision(database.db, 2, { client_id, total: '3', calldate: '2026-03-10T00:00:00Z' })
    await books.issue('2026-03')
    await rollUp(database.stageUrl)
    expect(await statement(`lower(period) = '2026-03-01'`)).toMatchObject({ net: '3', corrections: '0' })
    expect(await verifyStatements(database.db)).toMatchObject({ toBill: [], differences: [] })
  })
})

describe('the files', () => {
  it('are as the schema says, guard formulas, and write Cyrillic with a font of their own', async () => {
    const client_id = await aClient(database.db, {
      name: '=cmd()',
      language: 'ru',
      tarif_id: await aPlan(database.db),
    })
    await database.db.query(
      `insert into client_fee (client_id, description, amount) values ($1, 'Абонентская плата', 5)`,
      [client_id],
    )
    await aDecision(database.db, 1, { client_id, total: '10', calldate: '2026-02-10T00:00:00Z' })
    await books.issue('2026-02')
    await aDecision(database.db, 1, {
      nr: 2,
      client_id,
      total: '8',
      calldate: '2026-02-10T00:00:00Z',
      reason: '=HYPERLINK("x")',
    })
    await voidStatement(books.db, `${year}-00001`, 'проверка')
    await books.issue('2026-03')
    await books.issue('2026-04', { draft: true })
    const schema = JSON.parse(readFileSync('docs/statement.schema.json', 'utf8')) as Record<string, unknown>
    const validate = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(schema)
    for (const name of [`${year}-00001`, `${year}-00002`, `draft-2026-04-client-${client_id}-EUR`]) {
      validate(JSON.parse(textOf(books, `${name}.json`)))
      expect(validate.errors, name).toBeNull()
      const pdf = readFileSync(join(books.folder, `${name}.pdf`)).toString('latin1')
      expect(pdf.startsWith('%PDF-1.')).toBe(true)
      expect(pdf).toContain('DejaVuSans')
    }
    expect(textOf(books, `${year}-00002.csv`)).not.toMatch(/(^|,)=/m)
  })
})

describe('verify', () => {
  it('says what a falsified statement, call or sum differs by, and what is still to be billed', async () => {
    const client_id = await aClient(database.db, { tarif_id: await aPlan(database.db) })
    await aDecision(database.db, 1, { client_id, total: '10', calldate: '2026-02-10T00:00:00Z' })
    await books.issue('2026-02')
    await rollUp(database.stageUrl)
    await aDecision(database.db, 1, { nr: 2, client_id, total: '8', calldate: '2026-02-10T00:00:00Z' })
    await rollUp(database.stageUrl)
    expect(await run('stages/statement.ts', ['--verify'], { DATABASE_URL: books.url })).toMatchObject({
      code: 0,
      stdout: `statement: client ${client_id} EUR: 1 calls worth -2 will be on the next statement\nstatement: all 1 statements are what the decisions say\n`,
    })
    const falsify = async (change: string) => {
      await database.db.query(`begin; set local session_replication_role = replica; ${change}; commit`)
      const { differences } = await verifyStatements(database.db)
      return differences.join('\n')
    }
    expect(await falsify('update call_sum set total = total + 0.0001')).toMatch(/decisions 8, sums 8\.0001/)
    expect(
      await falsify('update call_sum set total = 8 where total <> 0; update statement_call set total = 9'),
    ).toMatch(/call 1: 9 there, its decision 1 says 10/)
    expect(await falsify('update statement_call set total = 10, net = 9')).toMatch(
      /its calls come to 9, it says 10/,
    )
    expect(await falsify('update statement_call set net = 10; update statement_line set net = 11')).toMatch(
      /its lines come to 11, it says 10/,
    )
    expect(await falsify('update statement_line set net = 10; update statement_number set last = 2')).toMatch(
      /2 numbers were given, and 1 statements are there/,
    )
  })
})

describe('the program', () => {
  it.each([
    [[], '--month is missing: a month such as 2026-10.'],
    [['--month', '2026-13'], '--month must be a month such as 2026-10, not "2026-13".'],
    [['--month', '2026-02', '--client', '99'], 'There is no client 99.'],
    [['--void', 'x'], '--reason is missing: it stands on the credit.'],
    [['--month', '2026-02', '--client', 'Acme'], '--client must be a whole number, not "Acme".'],
  ])('refuses %j with a sentence', async (args, said) => {
    expect(await program(...args)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`statement: ${said}\n`) as string,
    })
  })
})
