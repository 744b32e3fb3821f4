import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startApi } from '../../support/api.ts'
import type { AskedApi } from '../../support/api.ts'
import { aClient, aPlan, aTarif } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'

const database = useDatabase()
const items = (body: Record<string, unknown>) => body['items'] as Record<string, unknown>[]

describe('rates over the API', () => {
  let api: AskedApi
  let token = ''
  let client = 0
  beforeAll(async () => {
    const { db } = database
    const base = await aPlan(db, { first_sec: 30, step_sec: 6, currency: 'GBP' })
    const plan = await aPlan(db, { base, step_sec: 1 })
    for (const [code, price] of Object.entries({ '49': '0.30', '4915': '0.20', '4916': '0.21', '7': '0.5' }))
      await aTarif(db, { tarifnum: base, code, price })
    await aTarif(db, { tarifnum: plan, code: '49', price: '0.100', first_sec: 1 })
    // At weekends only: on other days what the base says holds.
    await aTarif(db, { tarifnum: plan, code: '4916', price: '0.01', days: [6, 7] })
    await aTarif(db, { tarifnum: base, code: '4917', price: '9', valid: '[2020-01-01, 2021-01-01)' })
    const stepped = await aTarif(db, { tarifnum: base, code: '4918', price: '1' })
    await db.query('insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.25)', [stepped])
    client = await aClient(db, { tarif_id: plan })
    api = await startApi(database.url)
    token = await api.key({ name: 'rates', role: 'bookkeeper', scopes: ['prices'] })
  }, 60_000)
  afterAll(() => api.stop())

  const ratesOf = async (query: Record<string, string>) => {
    const { body, status, faults } = await api.ask('listRates', token, { params: { id: client }, query })
    expect({ status, faults }).toEqual({ status: 200, faults: '' })
    return body
  }

  it('are those of the plan nearest to the client’s, and beside them what holds at other hours', async () => {
    const rates = items(await ratesOf({ prefix: '49' })).map(({ code, price, days }) => ({
      code,
      price,
      days,
    }))
    expect(rates).toEqual([
      { code: '49', price: '0.1', days: null },
      { code: '4915', price: '0.2', days: null },
      { code: '4916', price: '0.21', days: null },
      { code: '4916', price: '0.01', days: [6, 7] },
      { code: '4918', price: '1', days: null },
    ])
  })

  it('say what the plan being priced says where a row is silent, and what comes later in a call', async () => {
    const [own, , , , stepped] = items(await ratesOf({ prefix: '49' }))
    expect(own).toMatchObject({ first_sec: 1, step_sec: 1, currency: 'GBP' })
    expect(stepped).toMatchObject({
      first_sec: 30,
      step_sec: 1,
      steps: [{ from_sec: 60, price: '0.25', step_sec: null }],
    })
  })

  it('are those that held on a day, and come page by page', async () => {
    expect(items(await ratesOf({ prefix: '4917', at: '2020-06-01' }))).toMatchObject([
      { price: '9', valid_until: '2021-01-01T00:00:00.000000Z' },
    ])
    const codes: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await ratesOf({ limit: '2', ...(cursor !== '' && { cursor }) })
      codes.push(...items(page).map(({ code }) => code))
      cursor = page['next'] as string | null
    }
    expect(codes).toEqual(['49', '4915', '4916', '4916', '4918', '7'])
  })

  it('are what a call is quoted at', async () => {
    for (const { code, price, days } of items(await ratesOf({ prefix: '49' }))) {
      if (days !== null) continue
      const number = `${String(code)}21234567`.slice(0, 11)
      const { body, faults } = await api.ask('getQuote', token, {
        query: { client: String(client), number, seconds: '60', at: '2026-03-02T12:00:00Z' },
      })
      expect(faults).toBe('')
      expect(body['decision']).toMatchObject({ code, price })
    }
  })

  it('show the steps of a call in which several prices held, exactly', async () => {
    const { body, faults } = await api.ask('getQuote', token, {
      query: { client: String(client), number: '4918212345678', seconds: '90', at: '2026-03-02' },
    })
    expect(faults).toBe('')
    expect(body['decision']).toMatchObject({
      total: '1.125',
      steps: [
        { from_sec: 0, seconds: 60, price: '1', amount: '1' },
        { from_sec: 60, seconds: 30, price: '0.25', amount: '0.125' },
      ],
    })
  })

  it.each([
    [{ client: '999', number: '4915112345678' }, 422, 'There is no client 999'],
    [{ client: '1', number: '4915112345678', source: 'nowhere' }, 422, 'There is no source nowhere'],
    [{ client: '1', number: '881' }, 422, 'The call would wait'],
    [{ client: '1', number: '49', seconds: '86401' }, 400, 'seconds must be <= 86400'],
    [{ client: '1', number: '49', at: '2026-02-30T25:00:00Z' }, 422, 'is no moment'],
    [{ client: '1' }, 400, 'number is missing in the address'],
  ])('say why a call has no price: %j', async (query, status, said) => {
    const answer = await api.ask('getQuote', token, {
      query: { ...query, ...(query.client === '1' && { client: String(client) }) } as unknown as Record<
        string,
        string
      >,
    })
    expect({ status: answer.status, faults: answer.faults }).toEqual({ status, faults: '' })
    expect(answer.body['detail']).toContain(said)
  })
})
