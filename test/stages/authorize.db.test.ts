import { connect as connectTo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { freePort } from '../../shared/embedded/port.ts'
import { verifyAccounts } from '../../shared/accounts/verify.ts'
import { emptyBooks } from '../support/billing.ts'
import { aCall, aClient, aPlan, aTarif, anOffice, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages, rollUp } from '../support/lines.ts'
import { run, start } from '../support/processes.ts'
import type { Started } from '../support/processes.ts'

const database = useDatabase()
let office: Awaited<ReturnType<typeof anOffice>>
let running: Started
let port = 0
let agiPort = 0

const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

interface Answered {
  status: number
  body: Record<string, unknown>
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

let calls = 0
/** A question of extension 201 for Moscow over the trunk. */
const question = (changed: Record<string, unknown> = {}) => ({
  source: sourceName,
  caller: '201',
  dialled: '84951234567',
  channel: 'SIP/201-00000001',
  dstchannel: 'SIP/trunk',
  call_ref: `ref ${++calls}`,
  ...changed,
})
let sourceName = ''
const authorize = async (changed: Record<string, unknown> = {}) =>
  (await post('/authorize', question(changed))).body

async function anAccount(row: Record<string, unknown> = {}, paid = '10'): Promise<number> {
  const columns = Object.keys(row)
  const [account] = await ask(
    `insert into account (client_id${columns.map((name) => `, ${name}`).join('')}) values ($1${columns.map((_, at) => `, $${at + 2}`).join('')}) returning id`,
    office.client_id,
    ...Object.values(row),
  )
  const id = Number(account?.['id'])
  if (paid !== '0')
    await ask(`insert into payment (account_id, amount, reference) values ($1, $2, 'first')`, id, paid)
  return id
}

const account = async () =>
  (
    await ask(
      'select trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved, trim_scale(balance + credit_limit - reserved)::text as available from account',
    )
  )[0]

const expectSound = async () => {
  expect(await verifyAccounts(database.db)).toEqual([])
}

beforeAll(async () => {
  port = await freePort(2)
  agiPort = port + 1
  running = start('stages/authorize.ts', [], {
    DATABASE_URL: database.url,
    AUTHORIZE_PORT: String(port),
    AGI_PORT: String(agiPort),
  })
  while (!running.output().includes('stage started')) await new Promise((resolve) => setTimeout(resolve, 50))
})
afterAll(async () => {
  running.child.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' })
})
beforeEach(async () => {
  await emptyBooks(database.db)
  await database.db.query(
    `set session_replication_role = replica; truncate account, account_hold, payment, account_entry, reservation, unbooked, alert, delivery, rule, number_list, number_list_entry; set session_replication_role = default`,
  )
  await empty(database.db)
  office = await anOffice(database.db)
  const [source] = await ask('select name from source where id = $1', office.source_id)
  sourceName = String(source?.['name'])
})

describe('a question', () => {
  it('is answered with as many seconds as can be paid for, and the money is held', async () => {
    await anAccount({}, '1')
    expect(await authorize()).toMatchObject({
      allowed: true,
      code: 'ok',
      // 0.60 a minute, by the second.
      seconds: 100,
      price: '0.60',
      currency: 'EUR',
      number: '74951234567',
      country: 'RU',
      kind: 'national',
      client_id: office.client_id,
    })
    expect(await account()).toEqual({ balance: '1', reserved: '1', available: '0' })
    expect(await authorize()).toMatchObject({
      allowed: false,
      code: 'no money',
      seconds: 0,
      reason: '0.00 EUR is left, and the call begins with 0.01',
    })
    await expectSound()
  })

  it('holds no more than reserve_sec cost, and of two of the same call one', async () => {
    await anAccount({ reserve_sec: 60 })
    const first = await authorize({ call_ref: 'one' })
    expect(first).toMatchObject({ seconds: 60 })
    const again = await authorize({ call_ref: 'one' })
    expect(again).toMatchObject({ seconds: 60, reservation: first['reservation'] })
    expect(await account()).toEqual({ balance: '10', reserved: '0.6', available: '9.4' })
    await expectSound()
  })

  it('gives more to a call that goes on, and back what it does not need', async () => {
    await anAccount({ reserve_sec: 60 })
    const { reservation } = await authorize()
    expect(await post('/extend', { reservation, seconds: 120 })).toMatchObject({
      status: 200,
      body: { seconds: 180, reservation },
    })
    expect(await account()).toMatchObject({ reserved: '1.8' })
    expect(await post('/release', { reservation })).toEqual({ status: 200, body: { released: true } })
    expect(await post('/release', { reservation })).toEqual({ status: 200, body: { released: false } })
    expect(await post('/extend', { reservation, seconds: 120 })).toMatchObject({ status: 404 })
    expect(await account()).toEqual({ balance: '10', reserved: '0', available: '10' })
    await expectSound()
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string, string]>([
    ['held', { hold: 'unpaid since May' }, {}, 'held', 'the account is held: unpaid since May'],
    [
      'held for what is dear',
      { hold_above: '0.50' },
      {},
      'held',
      'the account is held for calls above 0.50 a minute',
    ],
    ['dearer than allowed', { price_most: '0.59' }, {}, 'too dear', '0.60 a minute is above 0.59'],
    [
      'over the number of calls',
      { calls_most: 0 },
      {},
      'too many calls',
      '0 calls are going on, and 0 may be',
    ],
    [
      'above what an hour may come to',
      { value_hour_most: 0 },
      {},
      'too much an hour',
      'calls within an hour have come to what the account allows',
    ],
    [
      'more than one call may cost',
      { call_most: '0.005' },
      {},
      'too dear',
      'the call begins with 0.01, above 0.005',
    ],
    [
      'of nobody',
      {},
      { caller: '299', channel: 'SIP/299-00000001' },
      'no client',
      'no client owns caller ID 299',
    ],
    [
      'of nobody, by no trunk',
      {},
      { caller: '299', channel: '', dstchannel: undefined },
      'no client',
      'nobody owns the caller',
    ],
    ['without a price', {}, { dialled: '8104930123456' }, 'no price', 'has no code for 4930123456'],
    ['no number', {}, { dialled: 'gsm' }, 'no number', '"gsm" is no telephone number'],
    ['of no exchange', {}, { source: 'nowhere' }, 'no source', 'there is no such exchange'],
  ])('is refused when it is %s, and says why', async (_what, row, changed, code, reason) => {
    await anAccount(row)
    const answer = await authorize(changed)
    expect(answer).toMatchObject({ allowed: false, code, seconds: 0, reservation: null })
    expect(answer['reason']).toContain(reason)
    expect(await account()).toMatchObject({ reserved: '0' })
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['to emergency numbers, whatever the account says', { hold: 'unpaid' }, { dialled: '112' }],
    ['to emergency numbers, of nobody', {}, { dialled: '112', caller: '299', channel: '' }],
    ['within the office', { hold: 'unpaid' }, { dialled: '202', dstchannel: 'SIP/202' }],
  ])('is allowed %s', async (_what, row, changed) => {
    await anAccount(row, '0')
    expect(await authorize(changed)).toMatchObject({ allowed: true, seconds: null, reservation: null })
  })

  it('without an account is not limited, and without a trunk taken to leave by one', async () => {
    expect(await authorize()).toMatchObject({ allowed: true, seconds: null, price: '0.60' })
    await anAccount({}, '1')
    expect(await authorize({ dstchannel: undefined })).toMatchObject({ allowed: true, seconds: 100 })
  })

  it('is answered by what was edited since the last like it', async () => {
    await anAccount()
    expect(await authorize()).toMatchObject({ number: '74951234567', price: '0.60' })
    await ask(`update tarif set price = 1.20 where id = $1`, office.tarif_id)
    expect(await authorize()).toMatchObject({ price: '1.20' })
    await ask(`insert into prefix (prefix, e164) values ('8495', '7499')`)
    expect(await authorize()).toMatchObject({ code: 'no price', number: '74991234567' })
    await ask(`delete from prefix`)
    expect(await authorize()).toMatchObject({ number: '74951234567', client_id: office.client_id })
    const other = await aClient(database.db, { tarif_id: office.tarifnum })
    await ask(`update callerid set client_id = $1 where client_id = $2`, other, office.client_id)
    expect(await authorize()).toMatchObject({ allowed: true, seconds: null, client_id: other })
    await ask(`update provider set channel = 'SIP/other' where id = $1`, office.provider_id)
    expect(await authorize()).toMatchObject({ code: 'no client' })
  })

  it('is refused for numbers on a black list, unless a longer one is white', async () => {
    await anAccount()
    await database.db.query(
      `insert into number_list (id, name, kind) values (1, 'dear', 'black'), (2, 'known', 'white');
      insert into number_list_entry (list_id, code, description) values (1, '7495', 'Moscow'), (2, '74951234567', 'a partner')`,
    )
    expect(await authorize()).toMatchObject({ allowed: true })
    expect(await authorize({ dialled: '84951234568' })).toMatchObject({
      code: 'blocked number',
      reason: 'the number is blocked: Moscow',
    })
    await database.db.query(
      `insert into number_list (id, name, kind, of_callers) values (3, 'callers', 'black', true); insert into number_list_entry (list_id, code) values (3, '201')`,
    )
    expect(await authorize()).toMatchObject({ code: 'blocked number' })
  })

  it('counts on seconds of a bundle once, with calls that go on', async () => {
    await anAccount({ reserve_sec: 60 }, '0.3')
    await database.db.query(
      `with new as (insert into bundle (tarifnum, seconds) values (${office.tarifnum}, 90) returning id) insert into bundle_code select id, '7' from new`,
    )
    expect(await authorize()).toMatchObject({ seconds: 60 })
    expect(await account()).toMatchObject({ reserved: '0' })
    // 30 s are left of the bundle, and 0.30 pays for 30 more.
    expect(await authorize()).toMatchObject({ seconds: 60 })
    expect(await account()).toMatchObject({ reserved: '0.3' })
    expect(await authorize()).toMatchObject({ allowed: false, code: 'no money' })
  })
})

describe('the record of a call', () => {
  const record = (call_ref: string, changed: Record<string, unknown> = {}) =>
    aCall(database.db, {
      source_id: office.source_id,
      uniqueid: call_ref,
      calldate: new Date().toISOString(),
      ...changed,
    })
  const book = async () => {
    await drainStages(database.url)
    await rollUp(database.stageUrl)
  }

  it('is booked, and ends what was held for it, in one transaction', async () => {
    await anAccount({ reserve_sec: 120 })
    await authorize({ call_ref: 'one' })
    expect(await account()).toEqual({ balance: '10', reserved: '1.2', available: '8.8' })
    await record('one')
    await book()
    expect(await account()).toEqual({ balance: '9.4', reserved: '0', available: '9.4' })
    expect(await ask(`select settled_by, trim_scale(taken)::text as taken from reservation`)).toEqual([
      { settled_by: 'record', taken: '0.6' },
    ])
    expect(
      await ask('select what, trim_scale(amount)::text as amount from account_entry order by id'),
    ).toEqual([
      { what: 'payment', amount: '10' },
      { what: 'call', amount: '-0.6' },
    ])
    expect(await run('stages/rollup.ts', ['--verify'], { DATABASE_URL: database.url })).toMatchObject({
      code: 0,
    })
    await expectSound()
  })

  it('of another channel of the call is booked, and takes what it cost from what is held', async () => {
    await anAccount({ reserve_sec: 120 })
    await authorize({ call_ref: 'one' })
    await record('two', { call_ref: 'one', channel: 'SIP/201-00000009' })
    await book()
    expect(await account()).toEqual({ balance: '9.4', reserved: '0.6', available: '8.8' })
    await record('one', { call_ref: 'one' })
    await book()
    expect(await account()).toEqual({ balance: '8.8', reserved: '0', available: '8.8' })
    await expectSound()
  })

  it.each([
    ['the other side was busy', { disposition: 'BUSY', billsec: 0, duration: 12 }],
    ['nobody answered', { disposition: 'NO ANSWER', billsec: 0, duration: 30 }],
    [
      'the caller hung up before a trunk was taken',
      { disposition: 'NO ANSWER', billsec: 0, duration: 1, dstchannel: '' },
    ],
  ])('frees what was held where %s', async (_, row) => {
    await anAccount({ reserve_sec: 120 })
    await authorize({ call_ref: 'in vain' })
    await record('in vain', row)
    await book()
    expect(await account()).toEqual({ balance: '10', reserved: '0', available: '10' })
    expect(await ask('select settled_by from reservation')).toEqual([{ settled_by: 'record' }])
    await expectSound()
  })

  it('that was never asked for is booked all the same, and a price that changes is two entries', async () => {
    await anAccount({}, '1')
    await record('unasked', { billsec: 300, duration: 305 })
    await book()
    expect(await account()).toMatchObject({ balance: '-2' })
    await database.db.query(`update tarif set price = 0.30`)
    await database.db.query(`select rerate(null, '-infinity', 'infinity', 'a test')`)
    await book()
    expect(await account()).toMatchObject({ balance: '-0.5' })
    expect(
      await ask(
        `select what, nr, trim_scale(amount)::text as amount from account_entry where what <> 'payment' order by id`,
      ),
    ).toEqual([
      { what: 'call', nr: 1, amount: '-3' },
      { what: 'replaced', nr: 1, amount: '3' },
      { what: 'call', nr: 2, amount: '-1.5' },
    ])
    await expectSound()
  })

  it('ends nothing where the exchange says itself when all is over, and what it releases is free at once', async () => {
    await database.db.query(`update source set settles_by = 'release'`)
    await anAccount({ reserve_sec: 120 })
    const { reservation } = await authorize({ call_ref: 'moved on' })
    await record('moved on')
    await book()
    // A transfer goes on after the first record; its next takes more.
    expect(await account()).toEqual({ balance: '9.4', reserved: '0.6', available: '8.8' })
    await record('second', {
      call_ref: 'moved on',
      channel: 'SIP/202-00000001',
      src: '201',
      billsec: 120,
      duration: 125,
    })
    await book()
    expect(await account()).toEqual({ balance: '8.2', reserved: '0', available: '8.2' })
    expect((await post('/release', { reservation })).body).toEqual({ released: true })
    expect(await ask('select settled_by, trim_scale(taken)::text as taken from reservation')).toEqual([
      { settled_by: 'release', taken: '1.8' },
    ])
    await expectSound()
  })

  it('changes no balance when its month is detached', async () => {
    await anAccount()
    await record('old')
    await book()
    const before = await account()
    await database.db.query(
      `begin; set local session_replication_role = replica; delete from paidcalls; delete from rating_decision; insert into closed_sum select * from call_sum; commit`,
    )
    await rollUp(database.stageUrl)
    expect(await account()).toEqual(before)
    await expectSound()
  })

  it('that lasted longer than was allowed is named', async () => {
    await anAccount({ reserve_sec: 30 })
    await authorize({ call_ref: 'long' })
    await record('long', { billsec: 90, duration: 95 })
    await book()
    expect(
      await ask('select allowed_sec, billable_sec::integer, over_sec::integer from overrun_calls'),
    ).toEqual([{ allowed_sec: 30, billable_sec: 90, over_sec: 60 }])
  })

  it('that never comes ends what is held only when its exchange was read to beyond it', async () => {
    await anAccount()
    const { reservation } = await authorize({ call_ref: 'lost', seconds: 60 })
    await database.db.query(`update reservation set ends_at = now() - interval '1 hour'`)
    await rollUp(database.stageUrl)
    expect(await account()).toMatchObject({ reserved: '0.6' })
    expect(await ask('select id, state from open_reservations')).toEqual([
      { id: reservation, state: 'its exchange is never read: release it by hand' },
    ])
    await database.db.query(
      `insert into source_position (source_id, read_to_end_at) values ($1, now() - interval '55 minutes')`,
      [office.source_id],
    )
    await rollUp(database.stageUrl)
    expect(await account()).toMatchObject({ reserved: '0.6' })
    await database.db.query(`update source_position set read_to_end_at = now()`)
    const parked = await record('lost', { status: 'new record', problem: 'something is missing' })
    await rollUp(database.stageUrl)
    expect(await account()).toMatchObject({ reserved: '0.6' })
    await database.db.query('delete from paidcalls where id = $1', [parked])
    await rollUp(database.stageUrl)
    expect(await account()).toMatchObject({ reserved: '0' })
    expect(await ask('select settled_by from reservation')).toEqual([{ settled_by: 'expiry' }])
    await expectSound()
  })
})

describe('an account', () => {
  it('is changed by payments and calls alone, and a payment counts once', async () => {
    const id = await anAccount()
    await expect(
      ask(`insert into payment (account_id, amount, reference) values ($1, 5, 'first')`, id),
    ).rejects.toThrow('a payment of this reference is there already')
    await expect(ask('update account set balance = 100')).rejects.toThrow(
      'a balance is what its entries come to',
    )
    await expect(ask('update account set reserved = 0.1')).rejects.toThrow(
      'a balance is what its entries come to',
    )
    await expect(ask('delete from payment')).rejects.toThrow(/only grows/)
    await expect(ask('update account_entry set amount = 1')).rejects.toThrow(/only grows/)
    const other = await aClient(database.db, { tarif_id: await aPlan(database.db, { currency: 'USD' }) })
    await expect(ask(`insert into account (client_id, currency) values ($1, 'EUR')`, other)).rejects.toThrow(
      /must be in USD, the currency of its plan, not in EUR/,
    )
  })

  it('is credited without the tax of the day of payment', async () => {
    await database.db.query(
      `insert into tax_rate (percent, valid) values (20, '(,2026-03-01)'), (25, '[2026-03-01,)')`,
    )
    const id = await anAccount({}, '0')
    await ask(
      `insert into payment (account_id, amount, reference, paid_at) values ($1, 12, 'a', '2026-02-01'), ($1, 12.50, 'b', '2026-03-02')`,
      id,
    )
    expect(await ask('select trim_scale(tax)::text as tax from payment order by id')).toEqual([
      { tax: '2' },
      { tax: '2.5' },
    ])
    expect(await account()).toMatchObject({ balance: '20' })
    await expectSound()
  })

  it('opens an alert once when the balance falls below warn_below, and closes it when it is topped up', async () => {
    const id = await anAccount({ warn_below: 5 }, '6')
    const open = () => ask(`select message from alert where closed_at is null`)
    expect(await open()).toEqual([])
    await ask(
      `insert into payment (account_id, amount, reference) values ($1, -2, 'back'), ($1, -1, 'back again')`,
      id,
    )
    expect(await open()).toEqual([
      { message: expect.stringMatching(/^the balance of client \d+ \(.*\) is 3 EUR, below 5$/) as string },
    ])
    await ask(`insert into payment (account_id, amount, reference) values ($1, 10, 'more')`, id)
    expect(await open()).toEqual([])
    expect(await ask('select count(*)::integer as alerts from alert')).toEqual([{ alerts: 1 }])
  })

  it('of fifty who ask at once gives what is there and no more', async () => {
    await anAccount({ reserve_sec: 60 }, '10')
    const answers = await Promise.all(Array.from({ length: 50 }, () => authorize()))
    expect(answers.filter(({ allowed }) => allowed).length).toBe(17)
    expect(await account()).toMatchObject({ reserved: '10', available: '0' })
    await expectSound()
  })
})

describe('bad input over HTTP', () => {
  it.each<[string, string, unknown, number]>([
    ['no JSON', '/authorize', '{', 400],
    ['a field that is missing', '/authorize', { source: 'x' }, 400],
    [
      'a field nobody knows',
      '/authorize',
      { source: 'x', caller: '1', dialled: '2', call_ref: '3', extra: 1 },
      400,
    ],
    [
      'seconds that are no number',
      '/authorize',
      { source: 'x', caller: '1', dialled: '2', call_ref: '3', seconds: '60' },
      400,
    ],
    ['a body that is too long', '/authorize', JSON.stringify({ source: 'x'.repeat(20_000) }), 413],
    ['a reservation that is none', '/release', { reservation: 'x' }, 400],
    ['an address that is not there', '/nothing', {}, 404],
  ])('is refused as problem+json: %s', async (_what, path, body, status) => {
    const answer = await post(path, body)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ status, detail: expect.stringMatching(/\w/) as string })
  })
})

/** Speaks as Asterisk does; gives back the variables that were set. */
function overAgi(said: Record<string, string>): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const variables: Record<string, string> = {}
    const socket = connectTo(agiPort, '127.0.0.1')
    const lines = Object.entries({
      agi_network: 'yes',
      agi_network_script: 'authorize',
      agi_request: 'agi://127.0.0.1/authorize',
      ...said,
    })
    socket.on('error', reject)
    socket.write(`${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`)
    let rest = ''
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) {
        const [, name = '', value = ''] = /^SET VARIABLE (\w+) "(.*)"$/.exec(line) ?? []
        variables[name] = value
        socket.write('200 result=1\n')
      }
    })
    socket.on('close', () => {
      resolve(variables)
    })
  })
}

describe('a question over FastAGI', () => {
  const channel = () => ({
    agi_channel: 'SIP/201-00000001',
    agi_callerid: '201',
    agi_extension: '84951234567',
    agi_dnid: '84951234567',
    agi_accountcode: '',
    agi_uniqueid: '1774353600.17',
    agi_arg_1: sourceName,
    agi_arg_2: 'SIP/trunk',
  })

  it('sets the variables of the channel', async () => {
    await anAccount({}, '1')
    expect(await overAgi(channel())).toEqual({
      PAIDCALLS_ALLOWED: '1',
      PAIDCALLS_SECONDS: '100',
      PAIDCALLS_MS: '100000',
      PAIDCALLS_REASON: 'it can be paid for',
      PAIDCALLS_CODE: 'ok',
      PAIDCALLS_RESERVATION: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    })
    expect(await ask('select call_ref, channel from reservation')).toEqual([
      { call_ref: '1774353600.17', channel: 'SIP/201-00000001' },
    ])
    expect(await overAgi({ ...channel(), agi_uniqueid: '1774353600.18' })).toMatchObject({
      PAIDCALLS_ALLOWED: '0',
      PAIDCALLS_CODE: 'no money',
      PAIDCALLS_SECONDS: '0',
    })
    expect(await overAgi({ ...channel(), agi_extension: '112' })).toMatchObject({
      PAIDCALLS_ALLOWED: '1',
      PAIDCALLS_CODE: 'emergency',
      PAIDCALLS_MS: '',
    })
  })

  it('reads names of any script, as the record has them', async () => {
    await anAccount({}, '1')
    await overAgi({ ...channel(), agi_accountcode: 'бюро' })
    expect(await ask(`select question ->> 'accountcode' as accountcode from reservation`)).toEqual([
      { accountcode: 'бюро' },
    ])
  })

  it('takes garbage without harm', async () => {
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0000'.repeat(50_000),
      'agi_x: y\n'.repeat(5_000),
      'agi_network_script: x\n\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connectTo(agiPort, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.on('close', () => {
          resolve()
        })
        socket.end(garbage)
        socket.resume()
      })
    }
    await anAccount({}, '1')
    expect(await overAgi(channel())).toMatchObject({ PAIDCALLS_ALLOWED: '1' })
  })
})

it('ends a call before its minutes become dearer than the account allows', async () => {
  await ask(`insert into tarif_step (tarif_id, from_sec, price) values ($1, 300, 3)`, office.tarif_id)
  await anAccount({ price_most: '1' })
  expect(await authorize()).toMatchObject({ allowed: true, price: '0.60', seconds: 300 })
})

describe('a price that changes with the hour', () => {
  it('is the dearest of the moments at which the call may be answered', async () => {
    // Dear from the next whole minute on, and so within the ring.
    const [hours] = await ask(
      `select to_char(now() at time zone 'UTC' + interval '1 minute', 'HH24:MI') as from_time, to_char(now() at time zone 'UTC' + interval '1 hour', 'HH24:MI') as to_time`,
    )
    await aTarif(database.db, {
      tarifnum: office.tarifnum,
      code: '7495',
      price: '6',
      from_time: hours?.['from_time'],
      to_time: hours?.['to_time'],
    })
    await anAccount({}, '1')
    const { seconds } = await authorize()
    expect(seconds).toBe(10)
    await ask(`update account set price_most = 1`)
    expect(await authorize()).toMatchObject({ code: 'too dear', reason: '6 a minute is above 1' })
  })
})
