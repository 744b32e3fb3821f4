import { beforeEach, describe, expect, it } from 'vitest'

import { tariff } from '../../stages/tariff.ts'
import {
  aCall,
  aClient,
  aPlan,
  aPrefix,
  aProvider,
  aSource,
  aTarif,
  callOf,
  empty,
} from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drain } from '../support/lines.ts'

const database = useDatabase()
let office: number
let trunk: number
let plan: number
let acme: number

beforeEach(async () => {
  await empty(database.db)
  office = await aSource(database.db, { name: 'office', time_zone: 'Europe/Moscow' })
  trunk = await aProvider(database.db)
  plan = await aPlan(database.db)
  acme = await aClient(database.db, { name: 'Acme', tarif_id: plan })
})

/** Runs the stage over one call of a minute to Moscow. */
async function priced(call: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  const id = await aCall(database.db, {
    status: 'destination defined',
    source_id: office,
    direction: 'out',
    provider_id: trunk,
    client_id: acme,
    client: 'Acme',
    number: '74951234567',
    kind: 'national',
    ...call,
  })
  await drain(tariff, database.url)
  return callOf(database.db, id)
}

async function decisionsOf(call: unknown): Promise<unknown[]> {
  const { rows } = await database.db.query<object>(
    'select * from rating_decision where call_id = $1 order by nr',
    [call],
  )
  return rows
}

describe('the stage tariff', () => {
  it('prices by the longest code, and keeps the decision', async () => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '9' })
    const row = await aTarif(database.db, { tarifnum: plan, code: '7495', price: '1.2', connect_fee: '0.05' })
    await aTarif(database.db, { tarifnum: plan, code: '74957', price: '9' })
    const call = await priced({ billsec: 90 })
    expect(call).toMatchObject({
      status: 'tarif defined',
      code_id: row,
      price: '1.2',
      total: '1.8500',
      currency: 'EUR',
      billable_sec: 90,
      billmin: 2,
      master_total: '1.8500',
      cost: null,
      cost_currency: null,
    })
    expect(call['priced_at']).toBeInstanceOf(Date)
    expect(await decisionsOf(call['id'])).toMatchObject([
      {
        nr: 1,
        reason: 'first rating',
        rule: 'price',
        client_id: acme,
        provider_id: trunk,
        number: '74951234567',
        tarifnum: plan,
        tarif_id: row,
        price: '1.2',
        connect_fee: '0.05',
        first_sec: 1,
        step_sec: 1,
        increments: 'anchored',
        grace_sec: 0,
        decimals: 4,
        rounding: 'half up',
        billable_sec: 90,
        charged_sec: 90,
        unrounded: '1.85',
        total: '1.8500',
        delta: '1.8500',
        currency: 'EUR',
      },
    ])
  })

  it('prices by the plan the client had when the call was made', async () => {
    const later = await aPlan(database.db)
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    await aTarif(database.db, { tarifnum: later, code: '7', price: '2' })
    await database.db.query(`update client_tarif set valid = '(,2026-03-02)' where client_id = $1`, [acme])
    await database.db.query(
      `insert into client_tarif (client_id, tarifnum, valid) values ($1, $2, '[2026-03-02,)')`,
      [acme, later],
    )
    expect(await priced({ calldate: '2026-03-01T23:59:59Z' })).toMatchObject({ total: '1.0000' })
    expect(await priced({ calldate: '2026-03-02T00:00:00Z' })).toMatchObject({ total: '2.0000' })
  })

  it('keeps pricing old calls by the old plan after an edit of client.tarif_id', async () => {
    const next = await aPlan(database.db)
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    await aTarif(database.db, { tarifnum: next, code: '7', price: '2' })
    await database.db.query('update client set tarif_id = $1 where id = $2', [next, acme])
    expect(await priced()).toMatchObject({ total: '1.0000' })
    expect(await priced({ calldate: '2099-01-01' })).toMatchObject({ total: '2.0000' })
  })

  it('passes over rows that held at another time', async () => {
    await aTarif(database.db, {
      tarifnum: plan,
      code: '7495',
      price: '1',
      valid: '[2026-03-02T12:00:00Z,2026-04-01)',
    })
    await aTarif(database.db, { tarifnum: plan, code: '7495', price: '2', valid: '(,2026-03-02T12:00:00Z)' })
    expect(await priced({ calldate: '2026-03-02T12:00:00Z' })).toMatchObject({ total: '1.0000' })
    expect(await priced({ calldate: '2026-03-02T11:59:59Z' })).toMatchObject({ total: '2.0000' })
    expect(await priced({ calldate: '2026-04-01T00:00:00Z' })).toMatchObject({
      problem: `tariff ${plan} has no code for 74951234567 on 2026-04-01`,
    })
  })

  it('names the day as the exchange had it', async () => {
    expect(await priced({ calldate: '2026-03-01T22:30:00Z' })).toMatchObject({
      problem: `tariff ${plan} has no code for 74951234567 on 2026-03-02`,
    })
  })

  it('takes what a difference plan does not say from the plans it is based on', async () => {
    const difference = await aPlan(database.db, { base: plan })
    const finest = await aPlan(database.db, { base: difference, decimals: 2, rounding: 'up' })
    await database.db.query('update client_tarif set tarifnum = $1 where client_id = $2', [finest, acme])
    await aTarif(database.db, { tarifnum: plan, code: '7495', price: '1.001' })
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '3' })
    expect(await priced()).toMatchObject({ total: '1.01', master_total: '1.0010' })

    await aTarif(database.db, { tarifnum: difference, code: '7495', price: '0.801' })
    await aTarif(database.db, { tarifnum: finest, code: '7', price: '9' })
    const call = await priced()
    expect(call).toMatchObject({ total: '0.81', master_total: '1.0010' })
    expect(await decisionsOf(call['id'])).toMatchObject([
      { tarifnum: finest, master: { tarifnum: plan, price: '1.001' } },
    ])
  })

  it('prefers the row of the prefix dialled', async () => {
    const cheap = await aPrefix(database.db, '55')
    await aTarif(database.db, { tarifnum: plan, code: '7495', price: '1' })
    await aTarif(database.db, { tarifnum: plan, code: '7495', price: '0.5', prefix_id: cheap })
    expect(await priced({ prefix_id: cheap })).toMatchObject({ total: '0.5000' })
    expect(await priced()).toMatchObject({ total: '1.0000' })
  })

  it('works out what the provider charges by the plan it had then', async () => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    const theirs = await aPlan(database.db, { currency: 'RUB', decimals: 2 })
    await aTarif(database.db, { tarifnum: theirs, code: '7', price: '40' })
    expect(await priced()).toMatchObject({ total: '1.0000', cost: null })

    await database.db.query(
      `insert into provider_tarif (provider_id, tarifnum, valid) values ($1, $2, '[2026-03-02,)')`,
      [trunk, theirs],
    )
    expect(await priced()).toMatchObject({ total: '1.0000', cost: '40.00', cost_currency: 'RUB' })
    expect(await priced({ calldate: '2026-03-01T00:00:00Z' })).toMatchObject({ cost: null })
    expect(await priced({ number: '4930123456', client_id: null, disposition: 'BUSY' })).toMatchObject({
      total: '0',
      cost: '0.00',
    })
  })

  it('never waits for what the provider charges', async () => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    await database.db.query(`insert into provider_tarif (provider_id, tarifnum) values ($1, $2)`, [
      trunk,
      await aPlan(database.db),
    ])
    expect(await priced()).toMatchObject({ status: 'tarif defined', total: '1.0000', cost: null })
  })

  it('charges incoming calls only where the client’s chain of plans has a price for any', async () => {
    const incoming = { direction: 'in', number: '74957654321' }
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    expect(await priced(incoming)).toMatchObject({ total: '0.0000', code_id: null })

    const difference = await aPlan(database.db, { base: plan })
    await database.db.query('update client_tarif set tarifnum = $1 where client_id = $2', [difference, acme])
    await aTarif(database.db, { tarifnum: plan, code: '44', price: '0.1', direction: 'in' })
    expect(await priced(incoming)).toMatchObject({
      problem: `tariff ${difference} has no incoming price for 74957654321 on 2026-03-02`,
    })
    await aTarif(database.db, { tarifnum: plan, code: '7495', price: '0.1', direction: 'in' })
    expect(await priced(incoming)).toMatchObject({ total: '0.1000' })
  })

  it.each<[why: string, call: Record<string, unknown>]>([
    ['unanswered calls', { disposition: 'NO ANSWER', billsec: 0 }],
    ['calls of no time', { billsec: 0 }],
    [
      'calls that no provider carried',
      { provider_id: null, direction: 'internal', client_id: null, client: '' },
    ],
    ['emergency calls', { number: '112', kind: 'emergency' }],
    ['toll-free calls', { number: '78001234567', kind: 'toll free' }],
    ['internal calls', { number: '112', kind: 'internal', provider_id: null, direction: 'internal' }],
  ])('charges nothing for %s, with a decision that says why', async (_why, call) => {
    // The code of North America begins 112 as well.
    await aTarif(database.db, { tarifnum: plan, code: '1', price: '1' })
    const { id, total, status } = await priced(call)
    expect({ status, total: Number(total) }).toEqual({ status: 'tarif defined', total: 0 })
    expect(await decisionsOf(id)).toMatchObject([
      { nr: 1, rule: expect.stringMatching(/not billable|carried|free/) as unknown },
    ])
  })

  it('keeps the difference to the price before when a call is priced again', async () => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    const { id } = await priced()
    await database.db.query(`update tarif set price = 0.7`)
    await database.db.query(`update paidcalls set status = 'destination defined' where id = $1`, [id])
    await drain(tariff, database.url)
    expect(await callOf(database.db, Number(id))).toMatchObject({ total: '0.7000' })
    expect(await decisionsOf(id)).toMatchObject([
      { nr: 1, total: '1.0000', delta: '1.0000', reason: 'first rating' },
      { nr: 2, total: '0.7000', delta: '-0.3000', reason: 'priced again' },
    ])
  })

  it('knows from the record’s own clock when the call was answered', async () => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '2', from_time: '12:01', to_time: '13:00' })
    // Rang for a minute, by the difference of duration and billsec, or by answered_at.
    expect(await priced({ duration: 65, billsec: 60 })).toMatchObject({ price: '1' })
    expect(await priced({ duration: 120, billsec: 60 })).toMatchObject({ price: '2' })
    expect(await priced({ duration: 65, billsec: 60, answered_at: '2026-03-02T12:02:00Z' })).toMatchObject({
      price: '2',
    })
  })

  it.each([
    [1, 1],
    [60, 1],
    [61, 2],
    [31_622_400, 527_040],
  ])('counts %i seconds as %i minutes begun', async (billsec, billmin) => {
    await aTarif(database.db, { tarifnum: plan, code: '7', price: '1' })
    expect(await priced({ billsec, duration: billsec })).toMatchObject({ billmin, billable_sec: billsec })
  })
})
