import { beforeEach, describe, expect, it } from 'vitest'

import { anOffice, aPrefix, empty } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
let office: Awaited<ReturnType<typeof anOffice>>

beforeEach(async () => {
  await empty(database.db)
  office = await anOffice(database.db)
})

describe('the log of changes', () => {
  it('says who changed what, with the row before and after', async () => {
    await database.db.query(`delete from callerid where client_id = $1`, [office.client_id])
    await database.db.query(`update client set name = 'Acme' where id = $1`, [office.client_id])
    const { rows } = await database.db.query(
      `select changed_by, application, table_name, operation, old_row, new_row from change_log where table_name in ('client', 'callerid') order by id`,
    )
    const who = { changed_by: 'postgres', application: 'paidcalls test' }
    const client_row: unknown = expect.objectContaining({ id: office.client_id, tarif_id: office.tarifnum })
    const callerid_row: unknown = expect.objectContaining({ callerid: '201', client_id: office.client_id })
    expect(rows).toEqual([
      { ...who, table_name: 'client', operation: 'insert', old_row: null, new_row: client_row },
      { ...who, table_name: 'callerid', operation: 'insert', old_row: null, new_row: callerid_row },
      { ...who, table_name: 'callerid', operation: 'delete', old_row: callerid_row, new_row: null },
      {
        ...who,
        table_name: 'client',
        operation: 'update',
        old_row: client_row,
        new_row: expect.objectContaining({ name: 'Acme' }) as unknown,
      },
    ])
  })

  it.each([
    'client',
    'client_tarif',
    'callerid',
    'provider',
    'provider_tarif',
    'prefix',
    'source',
    'tarifplan',
    'tarif',
    'tarif_step',
    'cause',
  ])('knows insert, update and delete of %s', async (table) => {
    await aPrefix(database.db, '777')
    await database.db.query(`insert into provider_tarif (provider_id, tarifnum) values ($1, $2)`, [
      office.provider_id,
      office.tarifnum,
    ])
    await database.db.query(`insert into tarif_step (tarif_id, from_sec, price) values ($1, 60, 1)`, [
      office.tarif_id,
    ])
    await database.db.query(`insert into cause (cause, meaning, reached) values ('x', 'x', false)`)
    const column = {
      client: 'name',
      source: 'name',
      callerid: 'callerid',
      provider: 'name',
      prefix: 'description',
      tarifplan: 'name',
      tarif: 'description',
      cause: 'meaning',
    }[table]
    const update = column
      ? `${column} = '${table === 'callerid' ? '301' : 'x1'}'`
      : table === 'tarif_step'
        ? 'from_sec = 61'
        : `valid = '[2020-01-01,)'`
    await database.db.query(`update ${table} set ${update}`)
    await database.db.query('set session_replication_role = default')
    await database.db.query(
      `delete from client_tarif; delete from provider_tarif; delete from callerid; delete from client; delete from provider;
        delete from tarif_step; delete from tarif; delete from tarifplan; delete from prefix; delete from source; delete from cause where cause = 'x'`,
    )
    const { rows } = await database.db.query<{ operation: string }>(
      `select distinct operation from change_log where table_name = $1 order by 1`,
      [table],
    )
    expect(rows.map(({ operation }) => operation)).toEqual(['delete', 'insert', 'update'])
  })

  it('keeps loading 100,000 prices in one statement fast', async () => {
    const load = `insert into tarif (tarifnum, code, price) select ${office.tarifnum}, '1' || n, 0.1 from generate_series(1, 100000) n`
    const timeOf = async (): Promise<number> => {
      const from = performance.now()
      await database.db.query(load)
      return performance.now() - from
    }
    await database.db.query('begin; alter table tarif disable trigger user')
    const bareMs = await timeOf()
    await database.db.query('rollback; begin')
    const loggedMs = await timeOf()
    await database.db.query('rollback')
    console.info(
      `loading 100,000 prices: ${Math.round(loggedMs)} ms, without triggers ${Math.round(bareMs)} ms`,
    )
    expect(loggedMs / bareMs).toBeLessThan(3)
  }, 120_000)
})
