import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { findSource } from '../../../shared/cdr/source.ts'
import { connect, disconnect } from '../../../shared/database/connect.ts'
import { importRecords } from '../../../shared/import/import-loop.ts'
import { reconcile } from '../../../shared/import/reconcile.ts'
import { createLog } from '../../../shared/program/log.ts'
import { asterisk } from '../../../shared/sources/formats/asterisk.ts'
import { withRules } from '../../../shared/sources/mapping-and-filter.ts'
import { openReader } from '../../../shared/sources/registry.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, until } from '../../support/importing.ts'

const billing = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-rules-'))
let names = 0

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function aFile(
  rules: Record<string, unknown> = {},
): Promise<{ name: string; path: string; url: string; id: number }> {
  const name = `switch ${names++}`
  const path = join(folder, `${name}.csv`)
  writeFileSync(path, '')
  const id = await aSource(billing.db, { name, ...rules })
  return {
    name,
    path,
    id,
    url: `${pathToFileURL(path).href.replace('file:', 'csv:')}?columns=begun,caller,called,room,talked`,
  }
}

const line = (called: string, room = 'office') => `2026-07-01 12:00:00,201,${called},${room},60\n`
const mapping = {
  calldate: 'begun',
  src: 'caller',
  dst: 'called',
  billsec: 'talked',
  dstchannel: { value: '' },
  disposition: { value: 'ANSWERED' },
}

async function records(id: number): Promise<{ dst: string; became: string }[]> {
  const { rows } = await billing.db.query<{ dst: string; became: string }>(
    `select record ->> 'called' as dst, coalesce(rejected, left_out, 'call to ' || paidcalls.dst) as became
     from cdr left join paidcalls on paidcalls.cdr_id = cdr.id where cdr.source_id = $1 order by cdr.id`,
    [id],
  )
  return rows
}

describe('the rules of a source', () => {
  it('count for what is read from their edit on, in a process that runs, and make nothing new of old records', async () => {
    const source = await aFile({ mapping: { ...mapping, calldate: 'room' } })
    const stop = new AbortController()
    const db = await connect(billing.url, 'test')
    const found = await findSource(db, source.name).finally(() => disconnect(db))
    const importing = importRecords({
      databaseUrl: billing.url,
      source: found,
      reader: openReader(new URL(source.url), () => found.format),
      draining: false,
      stop: stop.signal,
      log: createLog('import', { logLevel: 'silent' }),
      presence: { stage: 'import', lanes: 1, calls: 0 },
    })
    appendFileSync(source.path, line('101'))
    await until('the first record', async () => (await records(source.id)).length === 1)
    await billing.db.query('update source set mapping = $2 where id = $1', [source.id, mapping])
    appendFileSync(source.path, line('102'))
    await until('the second record', async () => (await records(source.id)).length === 2)
    await billing.db.query('update source set filter = $2 where id = $1', [source.id, { room: 'lobby' }])
    appendFileSync(source.path, line('103', 'lobby') + line('104'))
    await until('all records', async () => (await records(source.id)).length === 4)
    stop.abort()
    await importing
    expect(await records(source.id)).toEqual([
      { dst: '101', became: 'calldate "office" is no date' },
      { dst: '102', became: 'call to 102' },
      { dst: '103', became: 'left out by the filter {"room":"lobby"}' },
      { dst: '104', became: 'call to 104' },
    ])
    await billing.db.query('delete from source_position where source_id = $1', [source.id])
    await drain(billing.url, source.name, source.url)
    expect(await records(source.id)).toHaveLength(4)
  })

  it('count for what is read from their edit on, also where the turn was taken just before', async () => {
    const source = await aFile({ mapping: { ...mapping, calldate: 'room' } })
    const db = await connect(billing.url, 'test')
    const found = await findSource(db, source.name).finally(() => disconnect(db))
    const reader = openReader(new URL(source.url), () => found.format)
    let edits = 0
    await importRecords({
      databaseUrl: billing.url,
      source: found,
      reader: {
        ...reader,
        read: async (position) => {
          if (edits++ === 0) {
            await billing.db.query('update source set mapping = $2 where id = $1', [source.id, mapping])
            appendFileSync(source.path, line('101'))
          }
          return reader.read(position)
        },
      },
      draining: true,
      stop: new AbortController().signal,
      log: createLog('import', { logLevel: 'silent' }),
      presence: { stage: 'import', lanes: 1, calls: 0 },
    })
    expect(await records(source.id)).toEqual([{ dst: '101', became: 'call to 101' }])
  })

  it('are followed where the source is counted, and what they leave out is counted too', async () => {
    const source = await aFile({ mapping, filter: JSON.stringify([{ called: ['s', 'h'] }]) })
    writeFileSync(
      source.path,
      line('101') + line('s') + line('h') + '0000-00-00 00:00:00,201,102,office,60\n',
    )
    await drain(billing.url, source.name, source.url)
    const found = await findSource(billing.db, source.name)
    await reconcile(
      billing.db,
      found,
      openReader(new URL(source.url), () => found.format),
    )
    const { rows } = await billing.db.query(
      `select day::text, records_in_source, records_here, difference, rejected, left_out, billsec_in_source = billsec_here as seconds
       from reconciliation where source = $1`,
      [source.name],
    )
    expect(rows).toEqual([
      {
        day: '2026-07-01',
        records_in_source: 3,
        records_here: 3,
        difference: 0,
        rejected: 0,
        left_out: 2,
        seconds: true,
      },
      {
        day: null,
        records_in_source: 1,
        records_here: 1,
        difference: 0,
        rejected: 1,
        left_out: 0,
        seconds: true,
      },
    ])
  })

  const [mappingRule, filterRule] = [
    /mapping is {"column": "its name there"} or {"value": "text"}/,
    /filter is a list of rules such as {"dcontext": "internal"}/,
  ]
  it.each<[string, unknown, RegExp]>([
    ['mapping', [], mappingRule],
    ['mapping', 'calldate', mappingRule],
    ['mapping', { calldate: '' }, mappingRule],
    ['mapping', { calldate: null }, mappingRule],
    ['mapping', { calldate: { value: null } }, mappingRule],
    ['mapping', { calldate: { like: 'x' } }, mappingRule],
    ['filter', 'internal', filterRule],
    ['filter', {}, filterRule],
    ['filter', [[]], filterRule],
    ['filter', ['internal'], filterRule],
    ['filter', { dcontext: true }, filterRule],
    ['filter', { dcontext: [] }, filterRule],
    ['filter', { dcontext: { like: 1 } }, filterRule],
    ['filter', { dcontext: { like: 'a', not: 'b' } }, filterRule],
    ['filter', { dcontext: { not: { matches: 'a' } } }, filterRule],
  ])('are refused when %s is %j', async (column, wrong, sentence) => {
    await expect(aSource(billing.db, { [column]: JSON.stringify(wrong) })).rejects.toThrow(sentence)
  })

  it.each<[string, unknown]>([
    ['mapping', mapping],
    ['mapping', { dcontext: { value: 1 } }],
    ['filter', { dcontext: 'internal', dst: ['s', 1, null] }],
    ['filter', [{ dcontext: { not: { like: 'from-%' } } }, { dst: null }]],
  ])('may be %s %j', async (column, right) => {
    await expect(aSource(billing.db, { [column]: JSON.stringify(right) })).resolves.toBeGreaterThan(0)
  })
})

describe('a mapping that is written into the table', () => {
  const write = (mapping: unknown) =>
    billing.db.query(`insert into source (name, format, mapping) values ($1, 'asterisk', $2)`, [
      `mapped ${names++}`,
      JSON.stringify(mapping),
    ])

  it.each([
    { calldate: 'begun' },
    { calldate: { value: '2026-01-01' } },
    { calldate: { column: ['date', 'time'], as: 'month first' } },
    { calldate: { column: 'date', as: 'day first' } },
    { billsec: { column: 'talk', as: 'mm:ss' } },
    { billsec: { column: 'talk', as: 'hh:mm' } },
    { billsec: { column: 'talk', as: 'milliseconds' } },
    { billsec: { column: 'talk', as: 'decimal comma' } },
    { dstchannel: { column: 'way', words: { O: 'trunk', '*': '' } } },
  ])('is what the programs understand: %j', async (mapping) => {
    expect(() => withRules(asterisk, mapping, [])).not.toThrow()
    expect(await write(mapping)).toMatchObject({ rowCount: 1 })
  })

  it.each([
    { calldate: '' },
    { calldate: { value: 1, column: 'x' } },
    { calldate: { column: [] } },
    { calldate: { column: ['date', ''] } },
    { calldate: { column: ['date', 1] } },
    { calldate: { as: 'month first' } },
    { calldate: { column: 'date', as: 'year first' } },
    { calldate: { column: 'date', as: null } },
    { calldate: { column: 'date', words: [] } },
    { calldate: { column: 'date', words: { a: 1 } } },
    { calldate: { column: 'date', shape: 'month first' } },
  ])('is refused by both: %j', async (mapping) => {
    expect(() => withRules(asterisk, mapping, [])).toThrow('source.mapping says of calldate')
    await expect(write(mapping)).rejects.toThrow('mapping is {"column": "its name there"}')
  })
})
