import { describe, expect, it } from 'vitest'

import { aCall, aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()

const ask = (text: string, ...values: unknown[]) => database.db.query<{ id: number }>(text, values)

async function aRecord(source_id: number): Promise<number> {
  const { rows } = await ask(
    `insert into cdr (source_id, source_key, record) values ($1, 'key', '{}') returning id`,
    source_id,
  )
  return rows[0]?.id ?? 0
}

describe('what calls are made from', () => {
  it('keeps a source as long as there are records of it', async () => {
    const source = await aSource(database.db, { name: 'office' })
    const record = await aRecord(source)
    await expect(ask('delete from source where id = $1', source)).rejects.toThrow(
      `source office cannot be deleted: record ${record} was read from it`,
    )
    await ask('delete from cdr where id = $1', record)
    expect(await ask('delete from source where id = $1', source)).toMatchObject({ rowCount: 1 })
  })

  it('keeps a source that calls without a record refer to, and its id', async () => {
    const source_id = await aSource(database.db)
    const call = await aCall(database.db, { source_id })
    await expect(ask('delete from source where id = $1', source_id)).rejects.toThrow(
      `source ${source_id} cannot be deleted: call ${call} refers to it`,
    )
    await expect(ask('update source set id = 9999 where id = $1', source_id)).rejects.toThrow(
      `source ${source_id} cannot have another id: calls refer to it`,
    )
  })

  it('keeps a record that a call refers to', async () => {
    const source_id = await aSource(database.db)
    const cdr_id = await aRecord(source_id)
    const call = await aCall(database.db, { source_id, cdr_id })
    await expect(ask('delete from cdr where id = $1', cdr_id)).rejects.toThrow(
      `cdr ${cdr_id} cannot be deleted: call ${call} refers to it`,
    )
    await ask('delete from paidcalls where id = $1', call)
    expect(await ask('delete from cdr where id = $1', cdr_id)).toMatchObject({ rowCount: 1 })
  })
})
