import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startApi } from '../../support/api.ts'
import type { AskedApi } from '../../support/api.ts'
import { aClient, aPlan } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

describe('a payment over the API', () => {
  let api: AskedApi
  let token = ''
  let account_id = 0
  let nr = 0
  beforeAll(async () => {
    const client = await aClient(database.db, { tarif_id: await aPlan(database.db) })
    const [account] = await ask(
      `insert into account (client_id, currency) values ($1, 'EUR') returning id`,
      client,
    )
    account_id = Number(account?.['id'])
    api = await startApi(database.url)
    token = await api.key({ name: 'shop', role: 'bookkeeper', scopes: ['pay', 'money'] })
  }, 60_000)
  afterAll(() => api.stop())

  const reference = () => `bank ${++nr}`
  const pay = (body: unknown, key: string, by = token) =>
    api.ask('enterPayment', by, { body, headers: { 'idempotency-key': key } })
  const balance = async () =>
    (await ask('select balance::text from account where id = $1', account_id))[0]?.['balance']

  it('counts at once, exactly, and says which key entered it', async () => {
    const { status, body, faults } = await pay(
      { account_id, amount: '1234567890.12345678', reference: reference() },
      'one',
    )
    expect({ status, faults }).toEqual({ status: 201, faults: '' })
    expect(body).toMatchObject({ amount: '1234567890.12345678', tax: '0', noted_by: 'api:shop' })
    expect(await balance()).toBe('1234567890.12345678')
    expect(
      (await pay({ account_id, amount: '-1234567890.12345678', reference: reference() }, 'back')).status,
    ).toBe(201)
    expect(Number(await balance())).toBe(0)
  })

  it('is entered once however often it is sent at one time, and answered alike', async () => {
    const body = { account_id, amount: '5.00', reference: reference() }
    const answers = await Promise.all(Array.from({ length: 12 }, () => pay(body, 'often')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    expect(await ask('select from payment where reference = $1', body.reference)).toHaveLength(1)
    const turned = { reference: body.reference, amount: '5.00', account_id }
    expect((await pay(turned, 'often')).body).toEqual(answers[0]?.body)
  })

  it('is refused when another had its idempotency key, and when its reference was there', async () => {
    const body = { account_id, amount: '7', reference: reference() }
    expect((await pay(body, 'first')).status).toBe(201)
    const other = await pay({ ...body, amount: '8' }, 'first')
    expect(other).toMatchObject({ status: 422, faults: '' })
    expect(other.body['detail']).toContain('Another request had the Idempotency-Key first')
    const again = await pay(body, 'second')
    expect(again).toMatchObject({
      status: 409,
      faults: '',
      body: { detail: 'A payment of this reference is there already.' },
    })
    expect(await ask('select from payment where reference = $1', body.reference)).toHaveLength(1)
  })

  it('can be sent again under the same key when it was refused, for nothing was kept of it', async () => {
    expect((await pay({ account_id: 999_999, amount: '1', reference: 'x' }, 'retry')).status).toBe(422)
    expect((await pay({ account_id, amount: '1', reference: reference() }, 'retry')).status).toBe(201)
  })

  it('has an idempotency key that counts for the key of the API alone, and for a day', async () => {
    const other = await api.key({ name: 'other', role: 'administrator', scopes: ['pay'] })
    const body = { account_id, amount: '2', reference: reference() }
    expect((await pay(body, 'mine')).status).toBe(201)
    expect((await pay({ ...body, reference: reference() }, 'mine', other)).status).toBe(201)
    await ask(`update api_answer set made_at = now() - interval '25 hours'`)
    expect((await pay(body, 'mine')).status).toBe(409)
  })

  it.each([
    [{ amount: 5, reference: 'x' }, 400, 'amount must be string'],
    [{ amount: '5,00', reference: 'x' }, 400, 'amount is not written'],
    [{ amount: '5', reference: ' ' }, 400, 'reference is not written'],
    [{ amount: '5' }, 400, 'reference is missing in the body'],
    [{ amount: '5', reference: 'x', client: 1 }, 400, 'There is no client in the body'],
    [{ amount: '0', reference: 'x' }, 422, 'An amount is not 0.'],
    [{ amount: '5', reference: 'x', paid_at: 'yesterday' }, 400, 'paid_at must match format'],
  ])('says what is wrong: %j', async (body, status, said) => {
    const answer = await pay({ account_id, ...body }, 'wrong')
    expect({ status: answer.status, faults: answer.faults }).toEqual({ status, faults: '' })
    expect(answer.body['detail']).toContain(said)
  })

  it('needs an idempotency key, JSON, and not too much of it', async () => {
    const body = { account_id, amount: '1', reference: 'x' }
    expect((await api.ask('enterPayment', token, { body })).body['detail']).toBe(
      'idempotency-key is missing in the headers.',
    )
    const headers = { 'idempotency-key': 'k' }
    const form = await api.ask('enterPayment', token, {
      body: 'amount=1',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    })
    const broken = await api.ask('enterPayment', token, { body: '{"amount', headers })
    const heavy = await api.ask('enterPayment', token, {
      body: { ...body, what: 'x'.repeat(2_000_000) },
      headers,
    })
    expect([form, broken, heavy].map(({ status, faults }) => ({ status, faults }))).toEqual([
      { status: 415, faults: '' },
      { status: 400, faults: '' },
      { status: 413, faults: '' },
    ])
  })
})
