import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { joinCalls } from '../../../shared/cdr/join-parts.ts'
import { judge } from '../../../shared/cdr/judge.ts'
import { store } from '../../../shared/cdr/store.ts'
import { kamailio } from '../../../shared/sources/formats/kamailio.ts'
import type { SourceRecord } from '../../../shared/sources/record/reader.ts'
import { aSource } from '../../support/builders.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, useMysql } from '../../support/importing.ts'
import { run } from '../../support/processes.ts'

const billing = useDatabase()
const exchange = useMysql()
let names = 0

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/kamailio/${name}`, import.meta.url))
const rowsOf = (name: string): SourceRecord[] => parse(readFileSync(fixture(name)), { columns: true })
const stored = rowsOf('cdrs.csv')
  .map((cdr) => `${cdr['sip_call_id']} ${cdr['call_start_time']} ${cdr['duration']}`)
  .sort()

async function aKamailio(time_zone = 'UTC'): Promise<{ id: number; name: string }> {
  const name = `kamailio ${names++}`
  return { name, id: await aSource(billing.db, { name, format: 'kamailio', time_zone }) }
}

/** Stores records as import does when it reads them in one batch. */
async function importBatch(id: number, rows: readonly SourceRecord[], time_zone = 'UTC'): Promise<void> {
  const records = rows.map((record) => ({ source_key: JSON.stringify(record), record }))
  const judged = judge(records, kamailio, { time_zone, latestYear: 2027 })
  await billing.db.query('begin')
  await store(billing.db, id, judged)
  await joinCalls(billing.db, { id, format: kamailio }, { time_zone, latestYear: 2027 }, judged)
  await billing.db.query('commit')
}

/** For an import that has nothing to read. */
async function anEmptyTable(): Promise<string> {
  const table = `acc${names++}`
  await exchange.my.query(
    `create table ${table} (id integer not null auto_increment primary key, time datetime, method varchar(16),
      dst_user varchar(64), dst_domain varchar(64))`,
  )
  return `${exchange.url}?table=${table}`
}

async function talesOf(id: number): Promise<string[]> {
  const { rows } = await billing.db.query<{ tale: string }>(
    `select concat_ws(' ', uniqueid, to_char(calldate at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), billsec) as tale
     from paidcalls where source_id = $1`,
    [id],
  )
  return rows.map(({ tale }) => tale).sort()
}

async function openIn(name: string): Promise<number[]> {
  const { rows } = await billing.db.query<{ records: number }>(
    'select records from open_calls where source = $1 order by 1',
    [name],
  )
  return rows.map(({ records }) => records)
}

/** What became of the records of a source, as reconciliation has it. */
async function sumsOf(name: string): Promise<Record<string, number> | undefined> {
  const { rows } = await billing.db.query<Record<string, number>>(
    `select sum(records_here)::integer as records, sum(calls)::integer as calls, sum(joined)::integer as joined,
       sum(left_out)::integer as left_out, sum(rejected)::integer as rejected, sum(in_progress)::integer as in_progress
     from reconciliation where source = $1`,
    [name],
  )
  return rows[0]
}

const invite: SourceRecord = {
  method: 'INVITE',
  callid: 'c1',
  from_tag: 'f',
  to_tag: 't',
  sip_code: '200',
  time: '2026-03-02 12:00:00',
  src_user: '201',
  dst_user: '84951234567',
}
const bye: SourceRecord = { ...invite, method: 'BYE', time: '2026-03-02 12:01:00' }

describe('the 553 real rows of acc', () => {
  it('are 225 calls with the durations the switch itself stored, from CSV and from MariaDB, also when read again', async () => {
    const fromCsv = await aKamailio()
    const env = { DATABASE_URL: billing.url, SOURCE: fromCsv.name, LOG_LEVEL: 'info' }
    const csv = pathToFileURL(fixture('acc.csv')).href.replace('file:', 'csv:')
    expect(await run('stages/import.ts', ['--drain'], { ...env, CDR_URL: csv })).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(await talesOf(fromCsv.id)).toEqual(stored)

    await exchange.my.query(readFileSync(fixture('acc_cdrs.sql'), 'utf8'))
    const fromTable = await aKamailio()
    await drain(billing.url, fromTable.name, `${exchange.url}?table=acc`)
    expect(await talesOf(fromTable.id)).toEqual(stored)

    await billing.db.query('delete from source_position where source_id = $1', [fromTable.id])
    await drain(billing.url, fromTable.name, `${exchange.url}?table=acc`)
    expect(await talesOf(fromTable.id)).toEqual(stored)
    expect(await openIn(fromTable.name)).toEqual([])

    expect(await sumsOf(fromTable.name)).toEqual({
      records: 553,
      calls: 225,
      joined: 232,
      left_out: 96,
      rejected: 0,
      in_progress: 0,
    })

    const cdrs = await aKamailio()
    await drain(billing.url, cdrs.name, `${exchange.url}?table=cdrs`)
    expect(await talesOf(cdrs.id)).toEqual(stored)
  })

  it('are the same calls in any order and in batches of any size', async () => {
    const acc = rowsOf('acc.csv')
    const sizes = fc.integer({ min: 10, max: 200 })
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(acc, { minLength: acc.length }), sizes, async (rows, size) => {
        const { id, name } = await aKamailio()
        for (let from = 0; from < rows.length; from += size)
          await importBatch(id, rows.slice(from, from + size))
        expect(await talesOf(id)).toEqual(stored)
        expect(await openIn(name)).toEqual([])
      }),
      { numRuns: 3, examples: [[[...acc].reverse(), 7]] },
    )
  })
})

describe('an INVITE that failed', () => {
  const failed = { ...invite, sip_code: '486' }
  const endsOf = async (id: number) =>
    (
      await billing.db.query<object>(
        `select disposition, billsec::integer, to_char(calldate at time zone 'UTC', 'HH24:MI') as began from paidcalls where source_id = $1`,
        [id],
      )
    ).rows

  it('is a call that nobody answered when it is in missed_calls, also when its time zone is corrected', async () => {
    await exchange.my
      .query(`create table if not exists missed_calls (id integer not null auto_increment primary key,
      method varchar(16), from_tag varchar(64), to_tag varchar(64), callid varchar(255), sip_code varchar(3), time datetime,
      dst_user varchar(64), dst_domain varchar(64))`)
    await exchange.my.query(
      `insert into missed_calls values (null, 'INVITE', 'f', 't', 'c1', '486', '2026-03-02 12:00:00', '84951234567', 'carrier')`,
    )
    const { id, name } = await aKamailio()
    const url = `${exchange.url}?table=missed_calls`
    await drain(billing.url, name, url)
    expect(await endsOf(id)).toEqual([{ disposition: 'BUSY', billsec: 0, began: '12:00' }])
    expect(await sumsOf(name)).toMatchObject({ records: 1, calls: 1, left_out: 0, joined: 0, in_progress: 0 })
    await billing.db.query(`update source set time_zone = 'Europe/Moscow' where id = $1`, [id])
    await billing.db.query('select apply_time_zone($1)', [name])
    await drain(billing.url, name, url)
    expect(await endsOf(id)).toEqual([{ disposition: 'BUSY', billsec: 0, began: '09:00' }])
  })

  it('is left out elsewhere, until a mapping says that the records are of missed_calls', async () => {
    const { id, name } = await aKamailio()
    await importBatch(id, [failed])
    expect(await endsOf(id)).toEqual([])
    expect(await sumsOf(name)).toMatchObject({ records: 1, calls: 0, left_out: 1, joined: 0, in_progress: 0 })
    await billing.db.query(
      `update source set mapping = '{"table": {"value": "missed_calls"}}' where id = $1`,
      [id],
    )
    await billing.db.query('select retry_rejected($1)', [name])
    await drain(billing.url, name, await anEmptyTable())
    expect(await endsOf(id)).toEqual([{ disposition: 'BUSY', billsec: 0, began: '12:00' }])
    expect(await sumsOf(name)).toMatchObject({ records: 1, calls: 1, left_out: 0 })
  })
})

describe('a call in progress', () => {
  it('is shown until its end comes, and is then a call', async () => {
    const { id, name } = await aKamailio()
    await importBatch(id, [invite])
    expect(await openIn(name)).toEqual([1])
    expect(await talesOf(id)).toEqual([])
    expect(await sumsOf(name)).toMatchObject({ records: 1, calls: 0, joined: 0, in_progress: 1 })
    await importBatch(id, [bye])
    expect(await openIn(name)).toEqual([])
    expect(await talesOf(id)).toEqual(['c1 2026-03-02 12:00:00 60'])
  })

  it('is shown when only its end is known', async () => {
    const { id, name } = await aKamailio()
    await importBatch(id, [bye])
    expect(await openIn(name)).toEqual([1])
    await importBatch(id, [invite])
    expect(await talesOf(id)).toEqual(['c1 2026-03-02 12:00:00 60'])
  })

  it('stays what it was made when its records come again in other words', async () => {
    const { id } = await aKamailio()
    await importBatch(id, [invite, bye])
    await importBatch(id, [
      { ...invite, time: '2026-03-02 12:00:30' },
      { ...bye, time: '2026-03-02 12:01:30' },
    ])
    expect(await talesOf(id)).toEqual(['c1 2026-03-02 12:00:00 60'])
  })

  it('is the call of one source only', async () => {
    const [one, other] = [await aKamailio(), await aKamailio()]
    await importBatch(one.id, [invite])
    await importBatch(other.id, [bye])
    expect([await talesOf(one.id), await talesOf(other.id)]).toEqual([[], []])
  })
})

describe('a record that comes late', () => {
  it('corrects the call that was made without it, and sends it back to be priced again', async () => {
    const { id } = await aKamailio()
    await importBatch(id, [{ ...invite, time: '2026-03-02 12:00:30' }, bye])
    await billing.db.query(
      `update paidcalls set status = 'tarif defined', priced_at = now() where source_id = $1`,
      [id],
    )
    await importBatch(id, [invite])
    const { rows } = await billing.db.query(
      `select status, paidcalls.billsec, rerate_reason, record ->> 'time' as time
       from paidcalls join cdr on cdr.id = cdr_id where paidcalls.source_id = $1`,
      [id],
    )
    expect(rows).toEqual([
      {
        status: 'new record',
        billsec: 60,
        rerate_reason: 'another record of the call came',
        time: '2026-03-02 12:00:00',
      },
    ])
  })

  it('leaves a call alone that it does not change', async () => {
    const { id } = await aKamailio()
    await importBatch(id, [invite, bye])
    await billing.db.query(`update paidcalls set status = 'tarif defined' where source_id = $1`, [id])
    await importBatch(id, [{ ...bye, time: '2026-03-02 12:05:00' }])
    const { rows } = await billing.db.query('select status, billsec from paidcalls where source_id = $1', [
      id,
    ])
    expect(rows).toEqual([{ status: 'tarif defined', billsec: 60 }])
  })
})

describe('joined calls that are judged again', () => {
  it('begin at the moments their records mean in the time zone that is right', async () => {
    const source = await aKamailio()
    await importBatch(source.id, [invite, bye])
    await billing.db.query(`update source set time_zone = 'Europe/Moscow' where id = $1`, [source.id])
    await billing.db.query('select apply_time_zone($1)', [source.name])
    await drain(billing.url, source.name, await anEmptyTable())
    expect(await talesOf(source.id)).toEqual(['c1 2026-03-02 09:00:00 60'])
  })

  it('are made when the record that was rejected no longer is', async () => {
    const source = await aKamailio()
    await importBatch(source.id, [invite, bye])
    await billing.db.query(`delete from paidcalls where source_id = $1`, [source.id])
    await billing.db.query(
      `update cdr set rejected = 'not understood', part_of = null where source_id = $1 and record ->> 'method' = 'BYE'`,
      [source.id],
    )
    await billing.db.query('select retry_rejected($1)', [source.name])
    await drain(billing.url, source.name, await anEmptyTable())
    expect(await talesOf(source.id)).toEqual(['c1 2026-03-02 12:00:00 60'])
  })
})
