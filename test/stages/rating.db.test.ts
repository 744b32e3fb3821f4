import { beforeEach, describe, expect, it } from 'vitest'

import { aCall, anOffice, aPlan, aTarif, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages } from '../support/lines.ts'

const database = useDatabase()
let office: Awaited<ReturnType<typeof anOffice>>

beforeEach(async () => {
  await empty(database.db)
  office = await anOffice(database.db)
})

const call = (row: object = {}) => aCall(database.db, { source_id: office.source_id, ...row })

describe('pricing again', () => {
  it('prices last month by the plan of last month, whatever the plan is today', async () => {
    const id = await call()
    await drainStages(database.url)
    expect(await callOf(database.db, id)).toMatchObject({ total: '0.6000' })

    const dearer = await aPlan(database.db)
    await aTarif(database.db, { tarifnum: dearer, code: '7495', price: '9' })
    await database.db.query('update client set tarif_id = $1', [dearer])
    const today = await call({ calldate: new Date(Date.now() + 1_000) })
    await database.db.query(`select rerate(null, '-infinity', 'infinity', 'to be sure')`)
    await drainStages(database.url)

    expect(await callOf(database.db, id)).toMatchObject({ total: '0.6000' })
    expect(await callOf(database.db, today)).toMatchObject({ total: '9.0000' })
  })

  it('finds owner and number again when it begins at the beginning', async () => {
    const id = await call()
    await drainStages(database.url)
    await database.db.query(`insert into client (name, tarif_id) values ('Other', $1)`, [office.tarifnum])
    await database.db.query(`update callerid set client_id = (select id from client where name = 'Other')`)
    await database.db.query(`select rerate($1, '-infinity', 'infinity', 'sold', 'new record')`, [
      office.client_id,
    ])
    await drainStages(database.url)
    expect(await callOf(database.db, id)).toMatchObject({ client: 'Other', rerate_reason: null })
  })
})

describe('a plan', () => {
  it('says by the hour and by the length of the call what it costs, in its own time zone', async () => {
    await database.db.query(`update tarifplan set time_zone = 'Europe/Moscow'`)
    const evening = await aTarif(database.db, {
      tarifnum: office.tarifnum,
      code: '7495',
      price: '0.30',
      from_time: '18:00',
      to_time: '24:00',
    })
    await database.db.query(`insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.06)`, [
      evening,
    ])
    // 17:59 in Moscow: a minute at 0.60, a minute of the evening at 0.30 (its second 60 has come), so 0.06.
    const id = await call({
      calldate: '2026-03-02T14:59:00Z',
      answered_at: '2026-03-02T14:59:00Z',
      duration: 120,
      billsec: 120,
    })
    await drainStages(database.url)
    const { rows } = await database.db.query(`select total, steps from rating_decision where call_id = $1`, [
      id,
    ])
    expect(rows).toMatchObject([
      {
        total: '0.6600',
        steps: [
          { from_sec: 0, seconds: 60, price: '0.60' },
          { from_sec: 60, seconds: 60, price: '0.06' },
        ],
      },
    ])
    const { rows: told } = await database.db.query(
      `select item, value from receipt($1) where item like 'step %'`,
      [id],
    )
    expect(told).toEqual([
      { item: 'step 1', value: '0.6' },
      { item: 'step 2', value: '0.06' },
    ])
  })

  it('holds only differences over bases of any depth', async () => {
    let tarifnum = office.tarifnum
    for (let depth = 0; depth < 12; depth++) tarifnum = await aPlan(database.db, { base: tarifnum })
    await database.db.query(`update client_tarif set tarifnum = $1`, [tarifnum])
    const id = await call()
    await drainStages(database.url)
    expect(await callOf(database.db, id)).toMatchObject({ total: '0.6000', master_total: '0.6000' })
  })

  it('may not be based on itself by a detour', async () => {
    const above = await aPlan(database.db, { base: office.tarifnum })
    await expect(
      database.db.query('update tarifplan set base = $1 where tarifnum = $2', [above, office.tarifnum]),
    ).rejects.toThrow(`plan ${office.tarifnum} cannot be based on plan ${above}: that plan is based on it`)
  })

  it('has the currency of its base', async () => {
    await expect(aPlan(database.db, { base: office.tarifnum, currency: 'USD' })).rejects.toThrow(
      'a difference plan has the currency of its base',
    )
  })

  it('charges incoming calls as soon as it has a row for them', async () => {
    await database.db.query(
      `insert into callerid (client_id, callerid, kind) values ($1, '74957654321', 'did')`,
      [office.client_id],
    )
    const incoming = {
      channel: 'SIP/trunk-00000001',
      dstchannel: 'SIP/201-00000002',
      src: '79161234567',
      dst: '74957654321',
    }
    const before = await call(incoming)
    await drainStages(database.url)
    await aTarif(database.db, { tarifnum: office.tarifnum, code: '', direction: 'in', price: '0.10' })
    const after = await call(incoming)
    await drainStages(database.url)
    expect(await callOf(database.db, before)).toMatchObject({ direction: 'in', total: '0.0000' })
    expect(await callOf(database.db, after)).toMatchObject({ direction: 'in', total: '0.1000' })
  })
})

describe('the three prices of a call', () => {
  it('show where it is sold below cost, saves less than nothing, or has a price that is not known', async () => {
    const provider = await aPlan(database.db)
    await aTarif(database.db, { tarifnum: provider, code: '7495', price: '0.70' })
    await database.db.query(`update provider set tarifnum = $1`, [provider])
    const difference = await aPlan(database.db, { base: office.tarifnum })
    await aTarif(database.db, { tarifnum: difference, code: '7495', price: '0.65' })
    await aTarif(database.db, { tarifnum: difference, code: '7812', price: '0.65' })
    await database.db.query(`update client_tarif set tarifnum = $1`, [difference])
    const moscow = await call()
    const petersburg = await call({ dst: '88121234567' })
    await drainStages(database.url)

    const { rows: below } = await database.db.query(`select id, margin from sold_below_cost`)
    expect(below).toEqual([{ id: moscow, margin: '-0.0500' }])
    const { rows: dearer } = await database.db.query(`select id, saving from saving_below_zero`)
    expect(dearer).toEqual([{ id: moscow, saving: '-0.0500' }])
    const { rows: unknown } = await database.db.query(
      `select id, not_in_root_plan, not_in_provider_plan from price_not_known`,
    )
    expect(unknown).toEqual([{ id: petersburg, not_in_root_plan: true, not_in_provider_plan: true }])
  })
})
