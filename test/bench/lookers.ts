// What people who look at pages cost the line.

import { pause } from '../../shared/program/pause.ts'
import { cpuMicros, reached, stages, startProgram, stopAll } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { spread } from './report.ts'
import { insertCalls } from './world.ts'

const never = new AbortController().signal
const people = 50
// Each looks at a page for so long, on the average.
const readMs = 5_000

interface Window {
  /** CPU of PostgreSQL in microseconds, of the line and of pages, and calls priced. */
  line: number
  pages: number
  calls: number
  seconds: number
}

/** The line at full speed in turns with and without so many people, who each take any page, read it, and take another. */
export async function whileTheyLook(
  ground: Ground,
  yard: Yard,
  look: (path: string) => Promise<Response>,
  paths: readonly string[],
): Promise<{ how: string; rows: string[][] }> {
  const [rounds, seconds, calls] = ground.quick ? [3, 5, 60_000] : [5, 12, 250_000]
  const { rows: before } = await yard.db.query<{ last: number }>(
    'select coalesce(max(id), 0) as last from paidcalls',
  )
  await insertCalls(yard.db, 1, calls)
  await yard.db.query('analyze')
  const running = stages.map((stage) => startProgram(`stages/${stage}.ts`, yard.stageUrl, 2))
  const done = reached(yard.db, 'tarif defined', calls)
  while ((await done()) < 2_000) await pause(200, never)
  const cpu = async (login: string): Promise<number> => {
    const { rows } = await yard.db.query<{ pid: number }>(
      'select pid from pg_stat_activity where usename = $1',
      [login],
    )
    return rows.reduce((sum, { pid }) => sum + cpuMicros(pid), 0)
  }
  const state = async () => ({
    ...{ line: await cpu('bench_stage'), pages: await cpu('paidcalls_test_web') },
    ...{ calls: await done(), at: performance.now() },
  })
  const measure = async (): Promise<Window> => {
    const from = await state()
    await pause(seconds * 1_000, never)
    const to = await state()
    return {
      ...{ line: to.line - from.line, pages: to.pages - from.pages, calls: to.calls - from.calls },
      seconds: (to.at - from.at) / 1_000,
    }
  }
  const [alone, looked]: [Window[], Window[]] = [[], []]
  let pages = 0
  for (let round = 0; round < rounds; round++) {
    alone.push(await measure())
    const left = new AbortController()
    const lookers = Array.from({ length: people }, async (_, nr) => {
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
  await stopAll(running)
  const { rows: aside } = await yard.db.query<{ stuck: number }>(
    'select count(*)::integer as stuck from paidcalls where id > $1 and due_at is not null',
    [before[0]?.last],
  )
  if (aside[0]?.stuck) ground.say(`${aside[0].stuck} calls were put aside`)
  const micros = (windows: readonly Window[]): number[] =>
    windows.map(({ line, calls: moved }) => line / moved)
  const rate = (windows: readonly Window[]): number[] =>
    windows.map(({ calls: moved, seconds: took }) => moved / took)
  const ratio = (of: (windows: readonly Window[]) => number[]): number[] =>
    of(looked).map((figure, at) => figure / (of(alone)[at] ?? NaN))
  return {
    how: `Below: the line at full speed, one process of each stage with LANES=2, in ${rounds} rounds of ${seconds} s without anybody and with ${people} people, each at a page for ${readMs / 1_000} s on the average (${pages} pages in all).`,
    rows: [
      ['line alone: PostgreSQL µs a call', spread(micros(alone)), '', `${spread(rate(alone))} calls/s`],
      [`while ${people} look`, spread(micros(looked)), '', `${spread(rate(looked))} calls/s`],
      ['the one ÷ the other', spread(ratio(micros), 2), '', `${spread(ratio(rate), 2)} calls/s`],
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
