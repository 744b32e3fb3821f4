import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'

import { createOperations } from '../../../shared/api/resources/all.ts'
import { scopes } from '../../../shared/api/operation.ts'
import { destination } from '../../../stages/destination.ts'
import { tariff } from '../../../stages/tariff.ts'
import { startApi } from '../../support/api.ts'
import type { AskedApi, Request } from '../../support/api.ts'
import { aCall, anOffice } from '../../support/builders.ts'
import { createPeople } from '../../../shared/web/people.ts'
import { asWeb } from '../../support/servers.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages, rollUp } from '../../support/lines.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

const roles = ['administrator', 'operator', 'bookkeeper', 'reader'] as const
const own = createOperations({ destination, tariff })
const ids = own.map(({ id }) => id)
const items = (body: Record<string, unknown>) => body['items'] as Record<string, unknown>[]

describe('the API', () => {
  let api: AskedApi
  let call = '0'
  let nr = 1
  const tokens = new Map<string, string>()
  const tokenOf = (role: string, scope: string): string => tokens.get(`${role} ${scope}`) ?? ''
  /** A request of each operation that is answered. */
  let examples: Readonly<Record<string, () => Request>> = {}
  const exampleOf = (id: string): Request => examples[id]?.() ?? {}
  const operationOf = (id: string) => {
    const found = api.operations.find((one) => one.id === id)
    if (!found) throw new Error(`The document has no ${id}.`)
    return found
  }
  /** With a key that may. */
  const asked = (id: string, request: Request = exampleOf(id)) => {
    const { roles: may, scope } = operationOf(id)
    return api.ask(id, tokenOf(may[0] ?? '', scope), request)
  }

  beforeAll(async () => {
    const office = await anOffice(database.db)
    for (let nr = 0; nr < 5; nr++)
      call = String(
        await aCall(database.db, { source_id: office.source_id, calldate: `2026-03-02T12:0${nr}:00.5Z` }),
      )
    await aCall(database.db, { source_id: office.source_id, src: '299' })
    await drainStages(database.url)
    await rollUp(database.url)
    const [account] = await ask(
      `insert into account (client_id, currency, credit_limit) values ($1, 'EUR', 10) returning id`,
      office.client_id,
    )
    const [payment] = await ask(
      `insert into payment (account_id, amount, reference) values ($1, 50, 'bank 1') returning id::text`,
      account?.['id'],
    )
    await ask(
      `insert into statement (client_id, period, currency, status, starts_at, ends_at, time_zone, decimals)
      values ($1, '[2026-03-01,2026-04-01)', 'EUR', 'draft', '2026-03-01', '2026-04-01', 'UTC', 2)`,
      office.client_id,
    )
    await ask(`insert into alert (client_id, message, value) values ($1, 'too dear', 7.50)`, office.client_id)
    const [source] = await ask('select name from source where id = $1', office.source_id)
    const sourceName = String(source?.['name'])
    api = await startApi(database.url, { RATE_PER_MINUTE: '100000' })
    for (const role of roles)
      for (const scope of Object.keys(scopes))
        tokens.set(`${role} ${scope}`, await api.key({ name: `${role}-${scope}`, role, scopes: [scope] }))
    examples = {
      listSources: () => ({}),
      pushRecords: () => ({
        params: { name: sourceName },
        body: {
          records: [
            {
              key: `k${++nr}`,
              record: {
                calldate: '2026-03-02 12:00:00',
                src: '201',
                dst: '84951234567',
                channel: 'SIP/201-1',
                dstchannel: 'SIP/trunk-2',
                duration: '65',
                billsec: '60',
              },
            },
          ],
        },
      }),
      listCauses: () => ({ query: { limit: '3' } }),
      listClients: () => ({}),
      getClient: () => ({ params: { id: office.client_id } }),
      listNumbers: () => ({ query: { client: String(office.client_id) } }),
      listAlerts: () => ({ query: { open: 'yes' } }),
      listCalls: () => ({ query: { from: '2026-03-02', to: '2026-03-02T23:59:59Z' } }),
      getCall: () => ({ params: { id: call } }),
      listDecisions: () => ({ params: { id: call } }),
      getReceipt: () => ({ params: { id: call } }),
      listRates: () => ({
        params: { id: office.client_id },
        query: { prefix: '74', at: '2026-03-02T12:00:00Z' },
      }),
      getQuote: () => ({
        query: {
          client: String(office.client_id),
          number: '84951234567',
          source: sourceName,
          at: '2026-03-02',
        },
      }),
      listAccounts: () => ({}),
      getAccount: () => ({ params: { id: Number(account?.['id']) } }),
      listStatements: () => ({ query: { month: '2026-03' } }),
      getStatement: () => ({ params: { id: 1 } }),
      listPayments: () => ({ query: { reference: 'bank 1' } }),
      enterPayment: () => ({
        body: { account_id: Number(account?.['id']), amount: '12.50', reference: `bank ${++nr}` },
        headers: { 'idempotency-key': `contract-${nr}` },
      }),
      getPayment: () => ({ params: { id: String(payment?.['id']) } }),
    }
  }, 60_000)
  afterAll(() => api.stop())

  it('is described whole, with an example of each operation here', () => {
    expect(api.operations.map(({ id }) => id).sort()).toEqual([...ids].sort())
    expect(Object.keys(examples).sort()).toEqual([...ids].sort())
    expect(api.document['openapi']).toBe('3.1.0')
  })

  describe.each(ids)('%s', (id) => {
    it('answers as the document says, with something', async () => {
      const { status, body, faults } = await asked(id)
      expect({ status, faults, body }).toMatchObject({ status: expect.any(Number) as number, faults: '' })
      expect([200, 201], JSON.stringify(body)).toContain(status)
      if ('items' in body) expect(items(body).length).toBeGreaterThan(0)
    })

    it('is for nobody without a key, and for each scope and role as the document says', async () => {
      const { roles: may, scope } = operationOf(id)
      const nobody = await api.ask(id, '', exampleOf(id))
      expect({ status: nobody.status, faults: nobody.faults }).toEqual({ status: 401, faults: '' })
      for (const [name, token] of tokens) {
        const [role = '', has = ''] = name.split(' ')
        const { status, faults } = await api.ask(id, token, exampleOf(id))
        const allowed = has === scope && may.includes(role)
        expect({ name, refused: status === 403, faults }).toEqual({ name, refused: !allowed, faults: '' })
        if (allowed) expect(status, name).toBeLessThan(500)
      }
    })

    it('takes anything for an answer with a sentence, and for no fault of its own', async () => {
      const { parameters, body } = operationOf(id)
      const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 })
      const requests = fc.record({
        params: fc.record(
          Object.fromEntries(parameters.filter((one) => one.in === 'path').map(({ name }) => [name, texts])),
        ),
        query: fc.record(
          Object.fromEntries(parameters.filter((one) => one.in === 'query').map(({ name }) => [name, texts])),
          { requiredKeys: [] },
        ),
        ...(body && { body: fc.jsonValue() }),
      })
      await fc.assert(
        fc.asyncProperty(requests, async ({ params, query, ...sent }) => {
          const example = exampleOf(id)
          for (const request of [
            { ...example, params },
            { ...example, query },
            { ...example, ...sent },
          ]) {
            const { status, faults } = await asked(id, request as Request)
            expect(faults).toBe('')
            expect(status).toBeLessThan(500)
          }
        }),
        { numRuns: 25 },
      )
    })

    it('refuses what the document does not name', async () => {
      const example = exampleOf(id)
      const answers = [await asked(id, { ...example, query: { ...example.query, limits: '1' } })]
      for (const { name } of operationOf(id).parameters.filter((one) => one.in === 'query'))
        answers.push(await asked(id, { ...example, query: { ...example.query, [name]: '\u0000' } }))
      if (operationOf(id).body)
        answers.push(await asked(id, { ...example, body: { ...(example.body as object), more: 1 } }))
      for (const { status, faults, body } of answers)
        expect({ status, faults, detail: body['detail'] }).toMatchObject({ status: 400, faults: '' })
    })
  })

  it('leaves it to the database what a role may see: past its own check a reader is refused all the same', async () => {
    const people = createPeople({ databaseUrl: asWeb(database.url, inject('serverUrl')) }, 2)
    // Alerts and exchanges are for others by decision; their views mask what a reader may not see.
    for (const { id, roles: may, run, how } of own.filter(
      (one) => one.scope !== 'alerts' && one.how?.role !== 'stage',
    )) {
      if (may.includes('reader')) continue
      const { params = {}, query = {}, body, headers } = exampleOf(id)
      const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
      const key = { id: 1, name: 'api:reader-read', role: 'reader', scopes: [], source_id: null } as const
      const asking = people.as(
        key,
        (db, put) =>
          run({
            key,
            params: texts,
            query,
            body,
            idempotencyKey: headers?.['idempotency-key'] ?? '',
            db,
            ask: put,
          }),
        how ?? {},
      )
      await expect(asking, id).rejects.toMatchObject({ code: '42501' })
    }
    await people.close()
  })

  it('writes nothing when it is asked to read', async () => {
    const people = createPeople({ databaseUrl: asWeb(database.url, inject('serverUrl')) }, 1)
    await expect(
      people.as(
        { name: 'api:administrator-read', role: 'administrator' },
        (_db, put) => put(`update client set name = 'x'`),
        { reading: true },
      ),
    ).rejects.toMatchObject({ code: '25006' })
    await people.close()
  })
})
