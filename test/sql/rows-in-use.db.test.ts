import { beforeEach, describe, expect, it } from 'vitest'

import { aCall, aPlan, aProvider, aTarif, anOffice, callOf, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drainStages } from '../support/lines.ts'

const database = useDatabase()
let office: Awaited<ReturnType<typeof anOffice>>

beforeEach(async () => {
  await empty(database.db)
  office = await anOffice(database.db)
})

describe('a row that calls refer to', () => {
  it.each<[table: string, id: keyof typeof office, refers: Record<string, string>]>([
    ['client', 'client_id', { client_id: 'client_id' }],
    ['provider', 'provider_id', { provider_id: 'provider_id' }],
    ['tarif', 'tarif_id', { code_id: 'tarif_id' }],
  ])('cannot be deleted from %s', async (table, id, refers) => {
    const [column = ''] = Object.keys(refers)
    const call = await aCall(database.db, { [column]: office[id] })
    await database.db.query('delete from callerid')
    await expect(database.db.query(`delete from ${table}`)).rejects.toThrow(
      `${table} ${office[id]} cannot be deleted: call ${call} refers to it`,
    )
  })

  it('cannot be deleted from tarif either when only an earlier decision refers to it', async () => {
    const call = await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    await database.db.query('update paidcalls set code_id = null where id = $1', [call])
    await expect(database.db.query('delete from tarif')).rejects.toThrow(/cannot be deleted: call \d+ refers/)
  })

  it.each(['client', 'provider', 'prefix', 'tarif'])('keeps its id in %s', async (table) => {
    await database.db.query(`insert into prefix (prefix) values ('8')`)
    await expect(database.db.query(`update ${table} set id = id + 1000`)).rejects.toThrow(
      'cannot have another id: calls refer to it',
    )
  })

  it('is deleted when no call does, thousands in one statement', async () => {
    await database.db.query(
      'insert into tarif (tarifnum, code) select $1, n::text from generate_series(1, 5000) n',
      [office.tarifnum],
    )
    const { rowCount } = await database.db.query(`delete from tarif where code <> '7495'`)
    expect(rowCount).toBe(5_000)
  })

  it('is a call as well, once it was priced', async () => {
    const priced = await aCall(database.db, { source_id: office.source_id })
    await drainStages(database.url)
    const fresh = await aCall(database.db)
    await expect(database.db.query('delete from paidcalls where id = $1', [priced])).rejects.toThrow(
      `call ${priced} was priced and cannot be deleted: its decisions stay`,
    )
    await database.db.query('delete from paidcalls where id = $1', [fresh])
  })
})

describe('what pricing needs of a plan', () => {
  async function chainOf(plan: number): Promise<unknown> {
    const { rows } = await database.db.query<{
      plans: number[]
      chain: { rounding: string | null }[]
      has_bundles: boolean
    }>('select plans, chain, has_bundles from priced_plan where tarifnum = $1', [plan])
    const [row] = rows
    return (
      row && {
        plans: row.plans,
        roundings: row.chain.map(({ rounding }) => rounding),
        has_bundles: row.has_bundles,
      }
    )
  }

  it('follows every edit of the plan and of those it is based on', async () => {
    const base = await aPlan(database.db)
    const plan = await aPlan(database.db, { base, rounding: 'up' })
    expect(await chainOf(plan)).toEqual({
      plans: [plan, base],
      roundings: ['up', 'half up'],
      has_bundles: false,
    })
    await database.db.query(`update tarifplan set rounding = 'down' where tarifnum = $1`, [base])
    expect(await chainOf(plan)).toMatchObject({ roundings: ['up', 'down'] })
    const other = await aPlan(database.db)
    await database.db.query('update tarifplan set base = $1 where tarifnum = $2', [other, plan])
    expect(await chainOf(plan)).toMatchObject({ plans: [plan, other] })
  })

  it('knows whether any of them includes seconds', async () => {
    const base = await aPlan(database.db)
    const plan = await aPlan(database.db, { base })
    await database.db.query('insert into bundle (tarifnum, seconds) values ($1, 600)', [base])
    expect(await chainOf(plan)).toMatchObject({ has_bundles: true })
    await database.db.query('delete from bundle')
    expect(await chainOf(plan)).toMatchObject({ has_bundles: false })
  })

  it('knows which prices have steps, whoever says what of it', async () => {
    const stepped = async (id: number): Promise<unknown> =>
      (await database.db.query<{ stepped: boolean }>('select stepped from tarif where id = $1', [id])).rows[0]
        ?.stepped
    const tarif = await aTarif(database.db, { tarifnum: office.tarifnum, code: '7916', stepped: true })
    expect(await stepped(tarif)).toBe(false)
    await database.db.query('insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 0.1)', [
      tarif,
    ])
    expect(await stepped(tarif)).toBe(true)
    await database.db.query('update tarif set stepped = false where id = $1', [tarif])
    expect(await stepped(tarif)).toBe(true)
    await database.db.query('delete from tarif_step')
    await database.db.query('update tarif set stepped = true where id = $1', [tarif])
    expect(await stepped(tarif)).toBe(false)
  })
})

describe('seconds and direction of a call', () => {
  it('are checked when they are written', async () => {
    await aProvider(database.db, { channel: 'SIP/other' })
    const call = await aCall(database.db)
    await expect(database.db.query('update paidcalls set billsec = -1')).rejects.toThrow(
      'seconds are from 0 to 31622400',
    )
    await expect(database.db.query(`update paidcalls set direction = 'up'`)).rejects.toThrow(
      'direction is out, in, transit or internal',
    )
    expect(await callOf(database.db, call)).toMatchObject({ direction: null })
  })
})
