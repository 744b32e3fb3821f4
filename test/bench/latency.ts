// How long a call takes from its record to its price, at a steady rate far below what the line bears.

import { createConnection } from 'mysql2/promise'

import type { Database } from '../../shared/database.ts'
import { rest } from '../../shared/rest.ts'
import { cpuMicros, serverProcesses, stages, startProgram, stopAll } from './ground.ts'
import type { Ground } from './ground.ts'
import type { Part } from './report.ts'
import { fillMysql, startSource } from './source.ts'
import { insertCalls } from './world.ts'

// 8 million calls a day, and ten times that.
const rates = [93, 930]
const never = new AbortController().signal

export async function benchLatency(ground: Ground): Promise<Part> {
  const seconds = ground.quick ? 20 : 120
  const rows: string[][] = []
  for (const perSecond of rates) rows.push(await fromNewRecord(ground, perSecond, seconds))
  for (const perSecond of rates) rows.push(await fromSource(ground, perSecond, seconds))
  rows.push(await idle(ground, seconds))
  return {
    title: 'latency: from record to price',
    how: `One process of each stage, LANES=2, ${seconds} s a row. From the commit that brought the call ('new record'), or the insert into the table of MariaDB, to the commit of its price, by the server's commit times. CPU is of all stage processes and of PostgreSQL, 100 % being one core.`,
    columns: ['from', 'calls/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'CPU stages', 'CPU PostgreSQL'],
    rows,
  }
}

async function fromNewRecord(ground: Ground, perSecond: number, seconds: number): Promise<string[]> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  await yard.db.query('create table written (call bigint)')
  const running = stages.map((stage) => startProgram(`stages/${stage}.ts`, yard.stageUrl, 2))
  await settledIn(ground)
  const measured = await cpuWhile(yard.db, running, () =>
    steadily(perSecond, seconds, async (nr) => {
      await yard.db.query('begin')
      await insertCalls(yard.db, nr, nr)
      await yard.db.query(`insert into written select max(id) from paidcalls`)
      await yard.db.query('commit')
    }),
  )
  await rest(1_000, never)
  const { rows } = await yard.db.query<Percentiles>(
    percentiles(`select extract(epoch from pg_xact_commit_timestamp(call.xmin) - pg_xact_commit_timestamp(written.xmin)) * 1000 as ms
      from written join paidcalls call on call.id = written.call where call.status = 'tarif defined'`),
  )
  await stopAll(running)
  await ground.clear()
  return line("'new record'", perSecond, rows[0], measured, seconds)
}

async function fromSource(ground: Ground, perSecond: number, seconds: number): Promise<string[]> {
  const source = await startSource()
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const my = await createConnection({ uri: source.url })
  await yard.db.query('create table written (uniqueid text, at timestamptz)')
  const running = [
    startProgram('stages/import.ts', yard.stageUrl, 1, {
      SOURCE: 'bench',
      CDR_URL: `${source.url}?table=cdr`,
    }),
    ...stages.map((stage) => startProgram(`stages/${stage}.ts`, yard.stageUrl, 2)),
  ]
  await settledIn(ground)
  const measured = await cpuWhile(yard.db, running, () =>
    steadily(perSecond, seconds, async (nr) => {
      await fillMysql(my, yard.db, nr, nr)
      await yard.db.query(
        `insert into written select uniqueid, clock_timestamp() from (select 1772352000 + $1::bigint / 50 || '.' || $1::bigint as uniqueid) written`,
        [nr],
      )
    }),
  )
  await rest(3_000, never)
  const { rows } = await yard.db.query<Percentiles>(
    percentiles(`select extract(epoch from pg_xact_commit_timestamp(call.xmin) - written.at) * 1000 as ms
      from written join paidcalls call using (uniqueid) where call.status = 'tarif defined'`),
  )
  await stopAll(running)
  await my.end()
  await source.stop()
  await ground.clear()
  return line('MariaDB', perSecond, rows[0], measured, seconds)
}

async function idle(ground: Ground, seconds: number): Promise<string[]> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const running = stages.map((stage) => startProgram(`stages/${stage}.ts`, yard.stageUrl, 2))
  await settledIn(ground)
  const measured = await cpuWhile(yard.db, running, () => rest(seconds * 1_000, never))
  await stopAll(running)
  await ground.clear()
  return line('nothing to do, three stages', 0, undefined, measured, seconds)
}

/** Until a process has started and compiled what it runs. */
async function settledIn(ground: Ground): Promise<void> {
  await rest(ground.quick ? 4_000 : 8_000, never)
}

/** Calls `write` with 1, 2, 3 … at a steady pace, whatever each takes. */
async function steadily(
  perSecond: number,
  seconds: number,
  write: (nr: number) => Promise<void>,
): Promise<void> {
  const began = performance.now()
  for (let nr = 1; nr <= perSecond * seconds; nr++) {
    const aheadMs = began + (nr * 1_000) / perSecond - performance.now()
    if (aheadMs > 0) await rest(aheadMs, never)
    await write(nr)
  }
}

interface Measured {
  stages: number
  server: number
}

async function cpuWhile(
  db: Database,
  running: readonly { pid?: number | undefined }[],
  work: () => Promise<void>,
): Promise<Measured> {
  const servers = await serverProcesses(db)
  const sum = (pids: readonly (number | undefined)[]): number =>
    pids.reduce((micros: number, pid) => micros + cpuMicros(pid), 0)
  const own = running.map(({ pid }) => pid)
  const before = { stages: sum(own), server: sum(servers) }
  await work()
  return { stages: sum(own) - before.stages, server: sum(servers) - before.server }
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

function line(
  from: string,
  perSecond: number,
  found: Percentiles | undefined,
  cpu: Measured,
  seconds: number,
): string[] {
  const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1))
  const percent = (micros: number): string => `${(micros / seconds / 10_000).toFixed(1)} %`
  return [
    from,
    String(perSecond),
    ms(found?.p50),
    ms(found?.p95),
    ms(found?.p99),
    ms(found?.most),
    percent(cpu.stages),
    percent(cpu.server),
  ]
}
