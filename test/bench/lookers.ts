// What people who look at pages cost the line.

import { connect, disconnect } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { cpuMicros, stages, stopAll } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { spread } from './report.ts'
import { insertRecord, recordsQuery } from './world.ts'

const never = new AbortController().signal
const people = 50
// Each looks at a page for so long, on the average.
const readMs = 5_000
// The calls of an exchange with 8 million a day.
const perSecond = 93

interface Window {
  /** CPU of PostgreSQL in microseconds, of the line and of pages, calls priced, and milliseconds from record to price, half and 95 % of them at most. */
  line: number
  pages: number
  calls: number
  p50: number
  p95: number
  seconds: number
}

/** The line at a steady pace in turns with and without so many people, who each take any page, read it, and take another. */
export async function whileTheyLook(
  ground: Ground,
  yard: Yard,
  look: (path: string) => Promise<Response>,
  paths: readonly string[],
): Promise<{ how: string; rows: string[][] }> {
  const [rounds, seconds] = ground.quick ? [3, 5] : [5, 20]
  await yard.db.query(
    `create table record as ${recordsQuery}`.replace('$1', '1').replace('$2', String(perSecond * 600)),
  )
  await yard.db.query('alter table record add primary key (n); analyze record')
  const running = stages.map((stage) => yard.start(`stages/${stage}.ts`, 2))
  const over = new AbortController()
  const writing = writeRecords(yard, over.signal)
  await pause(5_000, never)
  const cpu = async (login: string): Promise<number> => {
    const { rows } = await yard.db.query<{ pid: number }>(
      'select pid from pg_stat_activity where usename = $1',
      [login],
    )
    return rows.reduce((sum, { pid }) => sum + cpuMicros(pid), 0)
  }
  const state = async () => ({
    ...{ line: await cpu('bench_stage'), pages: await cpu('paidcalls_test_web') },
    at: performance.now(),
  })
  const measure = async (): Promise<Window> => {
    const from = await state()
    await pause(seconds * 1_000, never)
    const to = await state()
    const took = (to.at - from.at) / 1_000
    const { rows } = await yard.db.query<{ calls: number; p50: number; p95: number }>(
      `select count(*)::integer as calls, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.95) within group (order by ms) as p95
      from (select (extract(epoch from call.priced_at - call.imported_at) * 1000)::float8 as ms from rating_decision made join paidcalls call on call.id = call_id order by call_id desc limit $1) last`,
      [Math.round(perSecond * took)],
    )
    const { calls = 0, p50 = NaN, p95 = NaN } = rows[0] ?? {}
    return {
      ...{ line: to.line - from.line, pages: to.pages - from.pages },
      ...{ calls, p50, p95, seconds: took },
    }
  }
  const [alone, looked]: [Window[], Window[]] = [[], []]
  let pages = 0
  for (let round = 0; round < rounds; round++) {
    alone.push(await measure())
    const left = new AbortController()
    const lookers = Array.from({ length: people }, async (_, nr) => {
      await pause((nr * readMs) / people, never)
      for (let at = nr * 13; !left.signal.aborted; at += 7) {
        await (await look(paths[at % paths.length] ?? '/')).text()
        pages++
        await pause(Math.random() * 2 * readMs, never)
      }
    })
    await pause(readMs, never)
    looked.push(await measure())
    left.abort()
    await Promise.all(lookers)
  }
  over.abort()
  await writing
  await stopAll(running)
  const micros = (windows: readonly Window[]): number[] =>
    windows.map(({ line, calls: moved }) => line / moved)
  const ratio = micros(looked).map((figure, at) => figure / (micros(alone)[at] ?? NaN))
  const latency = (windows: readonly Window[]): string =>
    `${spread(windows.map(({ p50 }) => p50))} / ${spread(windows.map(({ p95 }) => p95))}`
  return {
    how: `Below: the line with ${perSecond} calls/s, one process of each stage with LANES=2, in ${rounds} rounds of ${seconds} s without anybody and with ${people} people, each at a page for ${readMs / 1_000} s on the average (${pages} pages in all).`,
    rows: [
      [
        'line alone: PostgreSQL µs a call',
        spread(micros(alone)),
        '',
        `p50 / p95 ms to the price: ${latency(alone)}`,
      ],
      [`while ${people} look`, spread(micros(looked)), '', `p50 / p95 ms to the price: ${latency(looked)}`],
      ['the one ÷ the other', spread(ratio, 2), '', ''],
      [
        'PostgreSQL for the pages, of one core',
        spread(
          looked.map(({ pages: cpuOfPages, seconds: took }) => cpuOfPages / took / 1e6),
          2,
        ),
        '',
        '',
      ],
    ],
  }
}

async function writeRecords(yard: Yard, over: AbortSignal): Promise<void> {
  const writer = await connect(yard.url, 'bench')
  await writer.query('set synchronous_commit = off')
  const began = performance.now()
  for (let nr = 1; !over.aborted; nr++) {
    await pause(Math.max(0, began + (nr * 1_000) / perSecond - performance.now()), never)
    await writer.query({ name: 'write', text: insertRecord, values: [nr] })
  }
  await disconnect(writer)
}
