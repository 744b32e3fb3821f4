import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findSource } from '../../../../shared/cdr/source.ts'
import { connect, disconnect } from '../../../../shared/database/connect.ts'
import type { Database } from '../../../../shared/database/connect.ts'
import { importRecords } from '../../../../shared/import/import-loop.ts'
import { reconcile } from '../../../../shared/import/reconcile.ts'
import { createLog } from '../../../../shared/program/log.ts'
import { readCsv } from '../../../../shared/sources/files/csv.ts'
import { openReader } from '../../../../shared/sources/registry.ts'
import { aSource } from '../../../support/builders.ts'
import { useDatabase } from '../../../support/database.ts'
import { drain, readAll, until } from '../../../support/importing.ts'

const billing = useDatabase()
const exchange = useDatabase()
let other: Database
let names = 0

beforeAll(async () => {
  other = await connect(exchange.url, 'test')
})

afterAll(async () => {
  await disconnect(other)
})

const usual = `calldate timestamp not null, src varchar(80) default '201', dst varchar(80), channel varchar(80) default '', dstchannel varchar(80) default '',
  duration bigint default 70, billsec bigint default 60, disposition varchar(45) default 'ANSWERED', uniqueid varchar(150) default ''`

interface Place {
  name: string
  id: number
  url: string
}

async function aTable(columns: string, row: Record<string, unknown> = {}): Promise<Place> {
  const name = `cdr${names++}`
  await exchange.db.query(`create table ${name} (${columns})`)
  const id = await aSource(billing.db, { name, time_zone: 'Europe/Berlin', ...row })
  return { name, id, url: `${exchange.url}?table=${name}` }
}

/** Adds calls, one a second; their dst counts on from `first`. */
const ring = (table: string, first: number, count: number, db = exchange.db) =>
  db.query(
    `insert into ${table} (calldate, dst)
     select timestamp '2026-03-01 12:00:00' + interval '1 second' * nr, nr from generate_series($1::integer, $2) nr`,
    [first, first + count - 1],
  )

const importTo = ({ name, url }: Place) => drain(billing.url, name, url)

async function dialled({ id }: Place): Promise<number[]> {
  const { rows } = await billing.db.query<{ dst: string }>(
    'select dst from paidcalls where source_id = $1 order by id',
    [id],
  )
  return rows.map(({ dst }) => Number(dst))
}

const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, index) => from + index)
const sorted = (some: number[]) => [...some].sort((one, another) => one - another)

describe('import from PostgreSQL', () => {
  it('reads the calls of a table with a key once, in their order', async () => {
    const source = await aTable(`id serial primary key, ${usual}`)
    await ring(source.name, 1, 2_500)
    await importTo(source)
    expect(await dialled(source)).toEqual(upTo(2_500))
    await ring(source.name, 2_501, 3)
    await importTo(source)
    await billing.db.query('delete from source_position where source_id = $1', [source.id])
    await importTo(source)
    expect(await dialled(source)).toEqual(upTo(2_503))
  })

  it('loses nothing when rows are committed out of order', async () => {
    const source = await aTable(`id bigint generated always as identity primary key, ${usual}`)
    await ring(source.name, 1, 3)
    await other.query('begin')
    await ring(source.name, 4, 2, other)
    await ring(source.name, 6, 3)
    await importTo(source)
    expect(await dialled(source)).toEqual([1, 2, 3, 6, 7, 8])
    await other.query('commit')
    await importTo(source)
    expect(await dialled(source)).toEqual([1, 2, 3, 6, 7, 8, 4, 5])
  })

  it('reads a table on whose numbers begin again', async () => {
    const source = await aTable(`id serial primary key, ${usual}`)
    await ring(source.name, 1, 5)
    await importTo(source)
    await exchange.db.query(`truncate ${source.name} restart identity`)
    await ring(source.name, 6, 2)
    await importTo(source)
    expect(await dialled(source)).toEqual(upTo(7))
  })

  it('reads a table on whose numbers begin again, of an exchange nobody thought of', async () => {
    const mapping = {
      calldate: 'begun',
      dst: 'called',
      dstchannel: { value: '' },
      billsec: 'talked',
      disposition: { value: 'ANSWERED' },
    }
    const source = await aTable('nr serial primary key, begun timestamp, called text, talked interval', {
      mapping,
    })
    const call = (called: number) =>
      exchange.db.query(
        `insert into ${source.name} (begun, called, talked) values ('2026-03-01', $1, null)`,
        [called],
      )
    await call(1)
    await call(2)
    await importTo(source)
    await exchange.db.query(`truncate ${source.name} restart identity`)
    await call(3)
    await importTo(source)
    const { rows } = await billing.db.query(
      `select record ->> 'called' as called, rejected from cdr where source_id = $1 order by id`,
      [source.id],
    )
    const rejected = 'billsec of an answered call is empty'
    expect(rows).toEqual([1, 2, 3].map((called) => ({ called: String(called), rejected })))
  })

  it.each(['timestamp', 'timestamptz', 'text'])(
    'reads a table without a key by its %s, however late rows come and whatever dates they bear',
    async (type) => {
      const source = await aTable(usual.replace('timestamp', type))
      await ring(source.name, 1, 1_200)
      await exchange.db.query(
        `insert into ${source.name} (calldate, dst) values ('2025-01-01 00:00:00', '1201')`,
      )
      await importTo(source)
      expect(sorted(await dialled(source))).toEqual(upTo(1_201))
      // The same call twice is two calls.
      await exchange.db.query(`insert into ${source.name} (calldate, dst)
        values ('2024-02-29 00:00:00', '1202'), ('2024-02-29 00:00:00', '1202'), ('${type === 'text' ? '' : 'infinity'}', '1')`)
      await importTo(source)
      await importTo(source)
      expect(sorted(await dialled(source))).toEqual([...upTo(1_202), 1_202])
      const { rows } = await billing.db.query(
        'select rejected from cdr where source_id = $1 and rejected is not null',
        [source.id],
      )
      expect(rows).toEqual([{ rejected: `calldate "${type === 'text' ? '' : 'infinity'}" is no date` }])
    },
  )

  it('knows the instant of a moment with a time zone, and reads a clock in the zone of the source', async () => {
    const [clock, instant] = [await aTable(usual), await aTable(usual.replace('timestamp', 'timestamptz'))]
    await exchange.db.query(`insert into ${clock.name} (calldate, dst) values ('2026-07-01 12:00:00.5', '1')`)
    await exchange.db.query(
      `insert into ${instant.name} (calldate, dst) values ('2026-10-25 02:30:00+01', '1')`,
    )
    for (const source of [clock, instant]) await importTo(source)
    const { rows } = await billing.db.query<{ calldate: Date }>(
      'select calldate from paidcalls where source_id = any ($1) order by id',
      [[clock.id, instant.id]],
    )
    expect(rows.map(({ calldate }) => calldate.toISOString())).toEqual([
      '2026-07-01T10:00:00.500Z',
      '2026-10-25T01:30:00.000Z',
    ])
  })

  it('makes the same calls of real records of Asterisk as the file they are from, also in the doubled hour', async () => {
    const file = new URL('../../../fixtures/asterisk/v16-dst-fold/Master.csv', import.meta.url)
    const table =
      await aTable(`calldate timestamp, answer timestamp, src text, dst text, channel text, dstchannel text,
      duration bigint, billsec bigint, disposition text, uniqueid text`)
    const { format } = await findSource(billing.db, table.name)
    const { records } = await readAll(readCsv(file, format))
    for (const { record } of records)
      await exchange.db.query(
        `insert into ${table.name} select * from json_populate_record(null::${table.name}, $1)`,
        [{ ...record, calldate: record['start'], answer: record['answer'] || null }],
      )
    const csv = { ...table, name: `${table.name} file`, url: file.href.replace('file:', 'csv:') }
    csv.id = await aSource(billing.db, { name: csv.name, time_zone: 'Europe/Berlin' })
    const tales = await Promise.all(
      [table, csv].map(async (source) => {
        await importTo(source)
        const { rows } = await billing.db.query<{ tale: string }>(
          `select concat_ws(' ', calldate, answered_at, src, dst, channel, dstchannel, duration, billsec, disposition, uniqueid) as tale
           from paidcalls where source_id = $1 order by 1`,
          [source.id],
        )
        return rows.map(({ tale }) => tale)
      }),
    )
    expect(tales[0]).toHaveLength(21)
    expect(tales[0]).toEqual(tales[1])
  })

  it('counts what the source holds by a read of its own', async () => {
    const source = await aTable(`id serial primary key, ${usual.replace('billsec bigint', 'billsec text')}`)
    await ring(source.name, 1, 10)
    await exchange.db.query(
      `insert into ${source.name} (calldate, dst, billsec) values ('2026-03-02', '11', '13.007')`,
    )
    await importTo(source)
    const found = await findSource(billing.db, source.name)
    const reader = openReader(new URL(source.url), () => found.format)
    await reconcile(billing.db, found, reader)
    await reader.close()
    const { rows } = await billing.db.query(
      `select day::text, records_in_source, difference, billsec_in_source, billsec_here from reconciliation where source = $1`,
      [source.name],
    )
    expect(rows).toEqual([
      {
        day: '2026-03-01',
        records_in_source: 10,
        difference: 0,
        billsec_in_source: '600',
        billsec_here: '600',
      },
      {
        day: '2026-03-02',
        records_in_source: 1,
        difference: 0,
        billsec_in_source: '13.007',
        billsec_here: '13.007',
      },
    ])
  })

  it('goes on when its connection is ended in the middle, again and again', async () => {
    const source = await aTable(`id serial primary key, ${usual}`)
    const found = await findSource(billing.db, source.name)
    const stop = new AbortController()
    const importing = importRecords({
      databaseUrl: billing.url,
      source: found,
      reader: openReader(new URL(source.url), () => found.format),
      draining: false,
      stop: stop.signal,
      log: createLog('import', { logLevel: 'silent' }),
      presence: { stage: 'import', lanes: 1, calls: 0 },
    })
    for (let round = 0; round < 3; round++) {
      await ring(source.name, 1 + round * 2_000, 2_000)
      await until('some of them', async () => (await dialled(source)).length > round * 2_000)
      await exchange.db.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'paidcalls source'`,
      )
    }
    await until('all of them', async () => (await dialled(source)).length === 6_000)
    stop.abort()
    await importing
    expect(await dialled(source)).toEqual(upTo(6_000))
  })

  it.each([
    ['nix', /There is no table nix in the database \(.*\): name it in CDR_URL with \?table=/],
    ['nothing', /The table "nothing" has neither a whole-number key nor a column calldate or start/],
  ])('says what is wrong with the table %s', async (table, sentence) => {
    await exchange.db.query('create table if not exists nothing (a text)')
    const source = await aTable(usual)
    const { format } = await findSource(billing.db, source.name)
    const reader = openReader(new URL(`${exchange.url}?table=${table}`), () => format)
    await expect(reader.open()).rejects.toThrow(sentence)
    await reader.close()
  })
})
