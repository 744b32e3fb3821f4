import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../../shared/database/connect.ts'
import { aSource } from '../../support/builders.ts'
import { finish } from '../../support/archiving.ts'
import { useDatabase } from '../../support/database.ts'
import { drain, until } from '../../support/importing.ts'
import { start } from '../../support/processes.ts'

const billing = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-rejudging-'))
let names = 0

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Exchange {
  name: string
  id: number
  url: string
}

/** A file of calls that began at these moments, one a line. */
async function anExchange(began: readonly string[], time_zone = 'UTC'): Promise<Exchange> {
  const name = `exchange ${names++}`
  const path = join(folder, `${name}.csv`)
  writeFileSync(
    path,
    began.map((moment, at) => `${moment},20${at % 10},8495${at},ANSWERED,70,60,trunk\n`).join(''),
  )
  const url = `${pathToFileURL(path).href.replace('file:', 'csv:')}?columns=calldate,src,dst,disposition,duration,billsec,dstchannel`
  return { name, id: await aSource(billing.db, { name, time_zone }), url }
}

const importFrom = ({ name, url }: Exchange) => drain(billing.url, name, url)
const ask = async (question: string, ...values: unknown[]) =>
  (await billing.db.query<Record<string, unknown>>(question, values)).rows

const calls = ({ id }: Exchange) =>
  ask(
    `select calldate at time zone 'UTC' || '' as began, status, problem, rerate_reason from paidcalls where source_id = $1 order by cdr_id`,
    id,
  )
const rejected = ({ id }: Exchange) =>
  ask('select rejected from cdr where source_id = $1 and rejected is not null order by id', id)

async function refusing<Result>(dst: string, work: () => Promise<Result>): Promise<Result> {
  await ask(`alter table paidcalls add constraint "refused in this test" check (dst <> '${dst}') not valid`)
  return work().finally(() => ask('alter table paidcalls drop constraint "refused in this test"'))
}

describe('rejected records', () => {
  it('become calls when they are retried after a fix, and the others say why not', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', 'soon', '2026-03-01 12:00:02'])
    await refusing('84952', () => importFrom(exchange))
    expect(await rejected(exchange)).toHaveLength(2)
    expect(await ask('select retry_rejected($1)', exchange.name)).toEqual([{ retry_rejected: 2 }])
    await importFrom(exchange)
    expect(await calls(exchange)).toMatchObject([
      { began: '2026-03-01 12:00:00' },
      { began: '2026-03-01 12:00:02' },
    ])
    expect(await rejected(exchange)).toEqual([{ rejected: 'calldate "soon" is no date' }])
    expect(await ask('select judged, changed, done_at is not null as done from rejudging')).toEqual([
      { judged: 2, changed: 1, done: true },
    ])
  })

  it('are retried by their reason, and stay with the new one when the database refuses them again', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', '2026-03-01 12:00:01', 'soon'])
    await ask(`update source set time_zone = 'Europe/Berlin' where id = $1`, exchange.id)
    await ask(`update cdr set rejected = 'something else' where source_id = $1`, exchange.id)
    await refusing('84950', () => importFrom(exchange))
    await ask('select retry_rejected($1, $2)', exchange.name, '%refused%')
    await refusing('84950', () => importFrom(exchange))
    expect(await rejected(exchange)).toEqual([
      { rejected: expect.stringContaining('refused in this test') as unknown },
      { rejected: 'calldate "soon" is no date' },
    ])
    expect(await calls(exchange)).toHaveLength(1)
  })

  it('and those a filter had left out become calls when the filter is mended', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', '2026-03-01 12:00:01'])
    const leaveOut = (filter: string) =>
      ask('update source set filter = $2 where id = $1', exchange.id, filter)
    await leaveOut('{"src": ["200", "201"]}')
    await importFrom(exchange)
    expect(await calls(exchange)).toEqual([])
    await leaveOut('{"src": "200"}')
    expect(await ask('select retry_rejected($1)', exchange.name)).toEqual([{ retry_rejected: 2 }])
    await importFrom(exchange)
    expect(await calls(exchange)).toMatchObject([{ began: '2026-03-01 12:00:01' }])
    expect(
      await ask('select left_out is not null as out from cdr where source_id = $1 order by id', exchange.id),
    ).toEqual([{ out: true }, { out: false }])
  })

  it('of a source that is not there are an error that names those that are', async () => {
    await expect(ask(`select retry_rejected('nowhere')`)).rejects.toThrow(
      /there is no source nowhere \(there are /,
    )
  })
})

describe('a corrected time zone', () => {
  const price = (source: Exchange) => finish(billing.db, source.id)
  const correct = ({ id }: Exchange) => ask(`update source set time_zone = 'Europe/Berlin' where id = $1`, id)

  it('moves past calls, the doubled hour included, and sends them back to be priced again', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', '2026-07-01 12:00:00', '2026-10-25 02:30:00'])
    await importFrom(exchange)
    await price(exchange)
    await correct(exchange)
    await ask('select apply_time_zone($1)', exchange.name)
    await importFrom(exchange)
    const again = { status: 'new record', rerate_reason: 'time zone is Europe/Berlin' }
    expect(await calls(exchange)).toMatchObject([
      { began: '2026-03-01 11:00:00', ...again },
      { began: '2026-07-01 10:00:00', ...again },
      { began: '2026-10-25 00:30:00', ...again },
    ])
  })

  it('moves archived calls, too: they come back into the line', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', '2026-03-09 12:00:00'])
    await importFrom(exchange)
    await price(exchange)
    await ask(
      `update paidcalls set priced_at = calldate, imported_at = calldate where source_id = $1`,
      exchange.id,
    )
    await ask(`select archive_calls(0, '2026-04-01')`)
    expect(await calls(exchange)).toEqual([])
    await correct(exchange)
    await ask(`select apply_time_zone($1, until => '2026-03-02')`, exchange.name)
    await importFrom(exchange)
    expect(await calls(exchange)).toMatchObject([{ began: '2026-03-01 11:00:00', status: 'new record' }])
  })

  it('moves only the calls of the days asked for, and leaves those alone whose moment stays', async () => {
    const exchange = await anExchange([
      '2026-03-01 23:30:00',
      '2026-03-02 00:30:00',
      '2026-03-02 00:30:00+01:00',
      '2026-03-03 00:00:00',
    ])
    await importFrom(exchange)
    await price(exchange)
    await correct(exchange)
    await ask(`select apply_time_zone($1, '2026-03-02', '2026-03-03')`, exchange.name)
    await importFrom(exchange)
    expect(await calls(exchange)).toMatchObject([
      { began: '2026-03-01 23:30:00', status: 'tarif defined' },
      { began: '2026-03-01 23:30:00', status: 'new record' },
      { began: '2026-03-01 23:30:00', status: 'tarif defined' },
      { began: '2026-03-03 00:00:00', status: 'tarif defined' },
    ])
  })

  it('waits for the call that a stage has in hand', async () => {
    const exchange = await anExchange(['2026-03-01 12:00:00', '2026-03-01 12:00:01', '2026-03-01 12:00:02'])
    await importFrom(exchange)
    await correct(exchange)
    await ask('select apply_time_zone($1)', exchange.name)
    const stage = await connect(billing.url, 'test')
    await stage.query('begin')
    await stage.query(`select from paidcalls where source_id = $1 and dst = '84951' for update`, [
      exchange.id,
    ])
    const importing = importFrom(exchange)
    await until(
      'the first call to be moved',
      async () => (await calls(exchange))[0]?.['began'] === '2026-03-01 11:00:00',
    )
    expect((await calls(exchange)).map(({ began }) => began).slice(1)).toEqual([
      '2026-03-01 12:00:01',
      '2026-03-01 12:00:02',
    ])
    await stage.query(
      `update paidcalls set status = 'client defined', problem = 'x' where source_id = $1 and dst = '84951'`,
      [exchange.id],
    )
    await stage.query('commit')
    await disconnect(stage)
    await importing
    expect((await calls(exchange))[1]).toMatchObject({
      began: '2026-03-01 11:00:01',
      status: 'new record',
      problem: null,
    })
  })

  it('moves every call once when import is killed midway', async () => {
    const minute = (at: number) => new Date(Date.UTC(2026, 2, 1) + at * 60_000).toISOString().slice(0, 19)
    const exchange = await anExchange(Array.from({ length: 5_000 }, (_, at) => minute(at)))
    await importFrom(exchange)
    await price(exchange)
    await correct(exchange)
    await ask('select apply_time_zone($1)', exchange.name)
    const env = { DATABASE_URL: billing.url, SOURCE: exchange.name, CDR_URL: exchange.url }
    const moved = async () =>
      Number((await ask(`select changed from rejudging order by id desc limit 1`))[0]?.['changed'])
    for (let before = 0; before < 1_500;) {
      const { child, ended } = start('stages/import.ts', [], env)
      await until('more calls to be moved', async () => (await moved()) > before + 500)
      child.kill('SIGKILL')
      await ended
      before = await moved()
    }
    await importFrom(exchange)
    expect(await moved()).toBe(5_000)
    expect(
      await ask(
        `select count(*) as calls, count(distinct calldate) as different, bool_and(status = 'new record') as sent_back,
           bool_and(calldate at time zone 'Europe/Berlin' = (record ->> 'calldate')::timestamp) as right_time
         from paidcalls join cdr on cdr.id = cdr_id where paidcalls.source_id = $1`,
        exchange.id,
      ),
    ).toEqual([{ calls: 5_000, different: 5_000, sent_back: true, right_time: true }])
  })
})
