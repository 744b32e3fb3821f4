import { describe, expect, it } from 'vitest'

import { aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { drain, ring, seedTable, useMysql } from '../support/importing.ts'
import { run } from '../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
let names = 0

/** Calls that were imported and marked, and then lost with everything that was known of them from some moment on. */
async function lost(calls: number, kept: number): Promise<{ id: number; name: string; url: string }> {
  const name = `cdr${names++}`
  await exchange.my.query(seedTable(name, 'InnoDB'))
  await ring(exchange.my, name, 1, calls)
  const id = await aSource(billing.db, { name, time_zone: 'UTC' })
  const url = `${exchange.url}?table=${name}`
  await drain(billing.url, name, url)
  await billing.db.query('delete from paidcalls where source_id = $1 and dst::integer > $2', [id, kept])
  await billing.db.query(`delete from cdr where source_id = $1 and (record ->> 'dst')::integer > $2`, [
    id,
    kept,
  ])
  await billing.db.query(`update source_position set position = '{}' where source_id = $1`, [id])
  return { id, name, url }
}

async function numbers(id: number): Promise<string[]> {
  const { rows } = await billing.db.query<{ dst: string }>(
    'select dst from paidcalls where source_id = $1 order by dst::integer',
    [id],
  )
  return rows.map(({ dst }) => dst)
}

const from = (source: { name: string; url: string }, ...place: string[]) =>
  run('stages/import.ts', ['--from', ...place], {
    DATABASE_URL: billing.url,
    SOURCE: source.name,
    CDR_URL: source.url,
    LOG_LEVEL: 'warn',
  })

const upTo = (last: number): string[] => Array.from({ length: last }, (_, at) => String(at + 1))

describe('import --from', () => {
  it('reads again what is marked but was lost here, adds nothing twice, and goes on as before', async () => {
    const source = await lost(1_500, 700)
    await drain(billing.url, source.name, source.url)
    expect(await numbers(source.id)).toEqual(upTo(700))
    expect(await from(source, 'beginning')).toMatchObject({ code: 0, stderr: '' })
    expect(await numbers(source.id)).toEqual(upTo(1_500))
    // Marked by somebody else afterwards: not to be read.
    await ring(exchange.my, source.name, 1_501, 1)
    await exchange.my.query(`update ${source.name} set marked = 1`)
    await ring(exchange.my, source.name, 1_502, 1)
    await drain(billing.url, source.name, source.url)
    expect(await numbers(source.id)).toEqual([...upTo(1_500), '1502'])
  })

  it('begins at the moment it is told, as the source writes it', async () => {
    const source = await lost(30, 0)
    // The calls are a second apart, the first at 00:00:01.
    expect(await from(source, '2026-03-01T00:00:11')).toMatchObject({ code: 0 })
    expect(await numbers(source.id)).toEqual(upTo(30).slice(10))
  })

  it('does not begin when it cannot tell where', async () => {
    const source = await lost(1, 1)
    const { code, stderr } = await from(source, 'yesterday')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `import: --from must be "beginning", or a moment as the source writes it, such as "2026-11-21 08:00", not "yesterday".\n`,
    })
  })
})
