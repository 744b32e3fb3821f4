// How long a call takes from its record to its price, at a steady rate far below what the line bears.

import { createPool } from 'mysql2/promise'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { cpuMicros, serverProcesses, stages, stopAll, until } from './ground.ts'
import type { Ground } from './ground.ts'
import type { Part } from './report.ts'
import { fillMysql, recordsFor, startSource } from './source.ts'
import { insertCalls, insertRecord, recordsQuery } from './world.ts'

// 8 million calls a day, and ten times that.
const rates = [93, 930]
const never = new AbortController().signal
// Calls that are priced before any is measured: processes compile what they run often.
const warmUp = 5_000
// Import looks less often while nothing is written: the first seconds at a steady rate do not count.
const leadSeconds = 3

export async function benchLatency(ground: Ground): Promise<Part> {
  const { quick, say } = ground
  const seconds = leadSeconds + (quick ? 20 : 120)
  const rows: string[][] = []
  const add = (row: string[]): void => {
    rows.push(row)
    say(`latency: ${row.join(' | ')}`)
  }
  for (const perSecond of quick ? rates.slice(0, 1) : rates) {
    add(await fromNewRecord(ground, perSecond, seconds))
    add(await fromSource(ground, perSecond, seconds))
  }
  if (!quick) add(await idle(ground, seconds))
  return {
    title: 'latency: from record to price',
    how: `One process of each stage, LANES=2, ${seconds - leadSeconds} s a row, after ${warmUp} calls to warm up and ${leadSeconds} s at this rate. From the commit that brought the call ('new record', which does not wait for the disk), or from before the insert into the table of MariaDB, to the commit of its price, by the server's commit times. Writing has its share of the same two cores. CPU is of all stage processes and of PostgreSQL without the writers, 100 % being one core.`,
    columns: ['from', 'calls/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'CPU stages', 'CPU PostgreSQL'],
    rows,
  }
}

async function fromNewRecord(ground: Ground, perSecond: number, seconds: number): Promise<string[]> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  await yard.db.query('create table written (call bigint, nr bigint)')
  await yard.db.query(
    `create table record as ${recordsQuery}`
      .replace('$1', String(warmUp + 1))
      .replace('$2', String(warmUp + perSecond * seconds)),
  )
  await yard.db.query('alter table record add primary key (n); analyze record')
  const writers = await Promise.all(Array.from({ length: 4 }, () => connect(yard.url, 'bench')))
  for (const writer of writers) await writer.query('set synchronous_commit = off')
  const running = stages.map((stage) => yard.start(`stages/${stage}.ts`, 2))
  await insertCalls(yard.db, 1, warmUp)
  await warm(yard.db)
  const measured = await cpuWhile(yard.db, running, perSecond, seconds, async (nr) => {
    await writers[nr % writers.length]?.query({
      name: 'write',
      text: `with call as (${insertRecord}) insert into written select id, $1 from call`,
      values: [warmUp + nr],
    })
  })
  await pause(1_000, never)
  const { rows } = await yard.db.query<Percentiles>(
    percentiles(`select extract(epoch from pg_xact_commit_timestamp(call.xmin) - pg_xact_commit_timestamp(written.xmin)) * 1000 as ms
      from written join paidcalls call on call.id = written.call where call.status = 'tarif defined' and written.nr > $1`),
    [warmUp + perSecond * leadSeconds],
  )
  await stopAll(running)
  for (const writer of writers) await disconnect(writer)
  await ground.clear()
  return line("'new record'", rows[0], measured)
}

async function fromSource(ground: Ground, perSecond: number, seconds: number): Promise<string[]> {
  const source = await startSource()
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const records = await recordsFor(yard.db, warmUp + 1, warmUp + perSecond * seconds)
  const my = createPool({ uri: source.url, connectionLimit: 4 })
  const first = await my.getConnection()
  await fillMysql(first, yard.db, 1, warmUp)
  first.release()
  const written: [string, number][] = []
  const running = [
    yard.start('stages/import.ts', 1, {
      SOURCE: 'bench',
      CDR_URL: `${source.url}?table=cdr`,
    }),
    ...stages.map((stage) => yard.start(`stages/${stage}.ts`, 2)),
  ]
  await warm(yard.db)
  const measured = await cpuWhile(yard.db, running, perSecond, seconds, async (nr) => {
    const record = records[nr - 1] ?? {}
    // From before it is sent on: whoever writes it waits for MariaDB as well.
    if (nr > perSecond * leadSeconds) written.push([String(record['uniqueid']), Date.now()])
    await my.query(`insert into cdr (${Object.keys(record).join(', ')}) values (?)`, [Object.values(record)])
  })
  await pause(3_000, never)
  const { rows } = await yard.db.query<Percentiles>(
    percentiles(`select extract(epoch from pg_xact_commit_timestamp(call.xmin)) * 1000 - written.at as ms
      from unnest($1::text[], $2::float8[]) written (uniqueid, at) join paidcalls call using (uniqueid) where call.status = 'tarif defined'`),
    [written.map(([uniqueid]) => uniqueid), written.map(([, at]) => at)],
  )
  await stopAll(running)
  await my.end()
  await source.stop()
  await ground.clear()
  return line('MariaDB', rows[0], measured)
}

async function idle(ground: Ground, seconds: number): Promise<string[]> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const running = stages.map((stage) => yard.start(`stages/${stage}.ts`, 2))
  await insertCalls(yard.db, 1, warmUp)
  await warm(yard.db)
  const measured = await cpuWhile(yard.db, running, 1, seconds, () => Promise.resolve())
  await stopAll(running)
  await ground.clear()
  return line('nothing to do, three stages', undefined, measured)
}

/** Until the processes have priced the calls that warm them up, and rest. */
function warm(db: Database): Promise<void> {
  return until(
    db,
    `select count(*) >= ${warmUp} and not bool_or(status < 'tarif defined' and problem is null) as done from paidcalls`,
  )
}

interface Measured {
  perSecond: number
  /** Microseconds of CPU a second. */
  stages: number
  server: number
}

/** Calls `write` with 1, 2, 3 … at a steady pace, however long each takes, and says what CPU that cost. */
async function cpuWhile(
  db: Database,
  running: readonly { pid?: number | undefined }[],
  perSecond: number,
  seconds: number,
  write: (nr: number) => Promise<void>,
): Promise<Measured> {
  const servers = await serverProcesses(db)
  const sum = (pids: readonly (number | undefined)[]): number =>
    pids.reduce((micros: number, pid) => micros + cpuMicros(pid), 0)
  const own = running.map(({ pid }) => pid)
  const before = { stages: sum(own), server: sum(servers) }
  const began = performance.now()
  const writing: Promise<void>[] = []
  for (let nr = 1; nr <= perSecond * seconds; nr++) {
    const aheadMs = began + (nr * 1_000) / perSecond - performance.now()
    if (aheadMs > 0) await pause(aheadMs, never)
    writing.push(write(nr))
  }
  await Promise.all(writing)
  const took = (performance.now() - began) / 1_000
  return {
    perSecond: (perSecond * seconds) / took,
    stages: (sum(own) - before.stages) / took,
    server: (sum(servers) - before.server) / took,
  }
}

interface Percentiles {
  p50: number
  p95: number
  p99: number
  most: number
}

function percentiles(query: string): string {
  return `select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.95) within group (order by ms) as p95,
    percentile_cont(0.99) within group (order by ms) as p99, max(ms)::float8 as most from (${query}) taken`
}

function line(from: string, found: Percentiles | undefined, measured: Measured): string[] {
  const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1))
  const percent = (micros: number): string => `${(micros / 10_000).toFixed(1)} %`
  return [
    from,
    found ? measured.perSecond.toFixed(0) : '0',
    ms(found?.p50),
    ms(found?.p95),
    ms(found?.p99),
    ms(found?.most),
    percent(measured.stages),
    percent(measured.server),
  ]
}
