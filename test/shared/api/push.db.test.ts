import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startApi } from '../../support/api.ts'
import type { AskedApi, Answered } from '../../support/api.ts'
import { anOffice, aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drainStages } from '../../support/lines.ts'
import { run } from '../../support/processes.ts'

const database = useDatabase()
const ask = async (question: string, ...values: unknown[]) =>
  (await database.db.query<Record<string, unknown>>(question, values)).rows

type Row = Record<string, unknown>
const aRecord = (nr: number, more: Row = {}): Row => ({
  calldate: '2026-03-02 12:00:00',
  src: '201',
  dst: '84951234567',
  dcontext: 'office',
  channel: `SIP/201-${String(nr).padStart(8, '0')}`,
  dstchannel: `SIP/trunk-${String(nr).padStart(8, '0')}`,
  duration: '65',
  billsec: '60',
  disposition: 'ANSWERED',
  uniqueid: `1772452800.${nr}`,
  ...more,
})

describe('records that are handed in', () => {
  let api: AskedApi
  let token = ''
  let office: Awaited<ReturnType<typeof anOffice>>
  beforeAll(async () => {
    office = await anOffice(database.db)
    await ask(`update source set name = 'office' where id = $1`, office.source_id)
    api = await startApi(database.url)
    token = await api.key({ name: 'pbx', role: 'reader', scopes: ['push'] })
  }, 60_000)
  afterAll(() => api.stop())

  const push = (records: unknown, name = 'office', more: Row = {}, by = token) =>
    api.ask('pushRecords', by, { params: { name }, body: { records, ...more } })
  const became = ({ body, status, faults }: Answered) => {
    expect({ status, faults }, JSON.stringify(body)).toEqual({ status: 200, faults: '' })
    return (body['records'] as Row[]).map((one) => one['became'])
  }
  const kept = async (name: string) =>
    ask(
      `select count(*)::integer as records, count(distinct paidcalls.id)::integer as calls from cdr join source on source.id = cdr.source_id left join paidcalls on cdr_id = cdr.id where source.name = $1`,
      name,
    )
  let named = 0
  const another = async (row: Row = {}): Promise<string> => {
    const name = `pushed ${++named}`
    await aSource(database.db, { name, ...row })
    return name
  }

  it('become calls that are priced, and are there already when they come again', async () => {
    const records = [1, 2, 3].map((nr) => ({ key: `k${nr}`, record: aRecord(nr) }))
    const first = await push(records)
    expect(became(first)).toEqual(['new', 'new', 'new'])
    const again = await push(records)
    expect(became(again)).toEqual(['there', 'there', 'there'])
    const ids = ({ body }: Answered) =>
      (body['records'] as Row[]).map(({ record_id, call_id }) => [record_id, call_id])
    expect(ids(again)).toEqual(ids(first))
    await drainStages(database.url)
    expect(
      await ask(
        `select count(*)::integer as calls, sum(total)::text as total from paidcalls where source_id = $1`,
        office.source_id,
      ),
    ).toEqual([{ calls: 3, total: '1.8000' }])
  })

  it('are known without a key by all they say, null and numbers included', async () => {
    const name = await another()
    const one = aRecord(1, { userfield: null, sequence: 7 })
    expect(became(await push([{ record: one }, { record: one }, { record: aRecord(1) }], name))).toEqual([
      'new',
      'there',
      'new',
    ])
    expect(became(await push([{ record: one }], name))).toEqual(['there'])
  })

  it('never change: another record under a key is refused', async () => {
    const name = await another()
    const answer = await push(
      [
        { key: 'a', record: aRecord(1) },
        { key: 'a', record: aRecord(1, { billsec: '59' }) },
      ],
      name,
    )
    expect(became(answer)).toEqual(['new', 'other'])
    expect(became(await push([{ key: 'a', record: aRecord(2) }], name))).toEqual(['other'])
    expect(await kept(name)).toEqual([{ records: 1, calls: 1 }])
  })

  it('are kept and rejected one by one, with the reason', async () => {
    const name = await another({ filter: '[{"dcontext": "internal"}]' })
    const { body } = await push(
      [
        { record: aRecord(1, { calldate: 'yesterday' }) },
        { record: aRecord(2, { dcontext: 'internal' }) },
        { record: aRecord(3, { src: 'half a sign: \ud800, and \u0000' }) },
        { record: aRecord(4) },
      ],
      name,
    )
    expect(body['records']).toMatchObject([
      { became: 'rejected', reason: expect.stringContaining('yesterday') as string, call_id: null },
      { became: 'left out', call_id: null },
      { became: 'new', reason: null },
      { became: 'new', call_id: expect.stringMatching(/^\d+$/) as string },
    ])
  })

  it('make a call of several, in whatever order they come', async () => {
    const name = await another({ format: 'kamailio' })
    const rows = parse<Row>(readFileSync(new URL('../../fixtures/kamailio/acc.csv', import.meta.url)), {
      columns: true,
    })
    const records = rows.map((record) => ({ record }))
    for (let at = records.length; at > 0; at -= 100)
      became(await push(records.slice(Math.max(0, at - 100), at), name))
    const [read] = await ask(
      `select count(*)::integer as calls from paidcalls join source on source.id = source_id where name = $1`,
      name,
    )
    const imported = await another({ format: 'kamailio' })
    const file = join(mkdtempSync(join(tmpdir(), 'push-')), 'acc.csv')
    writeFileSync(file, readFileSync(new URL('../../fixtures/kamailio/acc.csv', import.meta.url)))
    await run('stages/import.ts', ['--drain'], {
      DATABASE_URL: database.url,
      SOURCE: imported,
      CDR_URL: `csv://${file}`,
      LOG_LEVEL: 'silent',
    })
    expect(
      await ask(
        `select count(*)::integer as calls from paidcalls join source on source.id = source_id where name = $1`,
        imported,
      ),
    ).toEqual([read])
    expect(Number(read?.['calls'])).toBeGreaterThan(100)
    // What import reads nobody hands in, or its calls would be there twice; nor the other way round.
    const refused = await push(records.slice(0, 1), imported)
    expect(refused).toMatchObject({ status: 422, faults: '' })
    expect(refused.body['detail']).toContain(`${imported} was read from csv and would now be read from push`)
    const { stderr } = await run('stages/import.ts', ['--drain'], {
      DATABASE_URL: database.url,
      SOURCE: name,
      CDR_URL: `csv://${file}`,
      LOG_LEVEL: 'silent',
    })
    expect(stderr).toContain(`${name} was read from push and would now be read from csv`)
  })

  it('say when all there are have come: then the source is up to date', async () => {
    const name = await another()
    became(await push([{ record: aRecord(1) }], name))
    const state = async () =>
      (await ask('select state, records::integer from sources where source = $1', name))[0]
    expect(await state()).toEqual({ state: 'being read', records: 1 })
    became(await push([], name, { up_to_date: true }))
    expect(await state()).toEqual({ state: 'up to date', records: 1 })
  })

  it('are refused whole where a price would lack something, or nobody may', async () => {
    const name = await another()
    const lacking = Object.fromEntries(Object.entries(aRecord(1)).filter(([column]) => column !== 'dst'))
    const answers = [
      await push([{ record: lacking }], name),
      await push([{ record: aRecord(1) }], 'nowhere'),
      await push([{ record: aRecord(1) }], await another({ enabled: false })),
      await push([{ record: { ...aRecord(1), billsec: 1.5 } }], name),
      await push([{ record: aRecord(1), keys: 'x' }], name),
      await push(
        Array.from({ length: 1001 }, (_, nr) => ({ record: aRecord(nr) })),
        name,
      ),
    ]
    expect(answers.map(({ status, faults }) => [status, faults])).toEqual(
      [422, 404, 422, 400, 400, 400].map((status) => [status, '']),
    )
    expect(answers[0]?.body['detail']).toContain('does not tell the dialled number')
    expect(await kept(name)).toEqual([{ records: 0, calls: 0 }])
  })

  it('are taken by a key of one exchange for this exchange alone', async () => {
    const name = await another()
    const bound = await api.key({ name: 'bound', role: 'reader', scopes: ['push'], source: name })
    expect(became(await push([{ record: aRecord(1) }], name, {}, bound))).toEqual(['new'])
    for (const other of ['office', 'nowhere'])
      expect((await push([{ record: aRecord(1) }], other, {}, bound)).body['detail']).toBe(
        'This key is for another exchange.',
      )
  })

  it('are each kept once, however they are parted, repeated and sent at one time', async () => {
    const name = await another()
    const sent = new Set<number>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
        async (parts) => {
          const answers = await Promise.all(
            parts.map((part) =>
              push(
                part.map((nr) => ({ key: `n${nr}`, record: aRecord(nr) })),
                name,
              ),
            ),
          )
          expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
          const fresh = answers.flatMap(became).filter((word) => word === 'new').length
          const before = sent.size
          for (const nr of parts.flat()) sent.add(nr)
          expect(fresh).toBe(sent.size - before)
        },
      ),
      { numRuns: 20 },
    )
    expect(await kept(name)).toEqual([{ records: sent.size, calls: sent.size }])
  })

  it('are judged again when an administrator has asked for it', async () => {
    const name = await another()
    became(await push([{ record: aRecord(1, { calldate: '02/03/2026 12:00' }) }], name))
    await ask(
      `update source set mapping = '{"calldate": {"column": "calldate", "as": "day first"}}' where name = $1`,
      name,
    )
    await ask(
      `insert into rejudging (source_id, kind, reason) select id, 'rejected', 'mended' from source where name = $1`,
      name,
    )
    became(await push([], name))
    expect(await kept(name)).toEqual([{ records: 1, calls: 1 }])
  })
})
