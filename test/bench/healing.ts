// How soon calls that wait for an edit are priced once it is committed.

import { connect, disconnect } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { stages, stopAll, until } from './ground.ts'
import type { Ground } from './ground.ts'
import { median } from './report.ts'
import type { Part } from './report.ts'
import { insertCalls } from './world.ts'

const never = new AbortController().signal
// Newer calls lie in front of those that wait: far behind is where nobody looks by himself.
const newer = 10_000

const cases: [what: string, callers: number, callsEach: number, rounds: number][] = [
  ['40 calls wait for one edit', 1, 40, 5],
  ['10,000 calls wait for one edit', 1, 10_000, 3],
  ['200 edits by 4 administrators, 5 calls wait for each', 200, 5, 3],
]

export async function benchHealing(ground: Ground): Promise<Part> {
  const rows: string[][] = []
  for (const [what, callers, callsEach, rounds] of cases) {
    const measured: Measured[] = []
    for (let round = 0; round < (ground.quick ? 2 : rounds); round++)
      measured.push(await healed(ground, callers, callsEach))
    const ms = (of: keyof Measured): string => median(measured.map((one) => one[of])).toFixed(0)
    rows.push([what, ms('first'), ms('half'), ms('last')])
    ground.say(`healing: ${rows.at(-1)?.join(' | ') ?? ''}`)
  }
  return {
    title: 'healing: from an edit to the price of what waited for it',
    how: `One process of each stage, LANES=2, on 2 cores with PostgreSQL. Calls whose caller nobody owns wait, ${newer.toLocaleString('en')} newer calls are priced, then the rows of callerid are entered, each in its own transaction. From the commit of the edit to the commit of the price, by the server's commit times; median of the rounds.`,
    columns: ['what waits', 'first ms', 'half of them ms', 'last ms'],
    rows,
  }
}

interface Measured {
  first: number
  half: number
  last: number
}

async function healed(ground: Ground, callers: number, callsEach: number): Promise<Measured> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const { db } = yard
  const running = stages.map((stage) => yard.start(`stages/${stage}.ts`, 2))
  await db.query(
    `insert into paidcalls (source_id, calldate, src, dst, accountcode, channel, dstchannel, disposition, duration, billsec, uniqueid, dcontext)
    select 1, timestamptz '2026-03-01 08:00Z', (74959000000 + caller)::text, '95000000', '', 'SIP/1-1', 'PJSIP/first-1', 'ANSWERED', 67, 60, 'waits ' || caller || '.' || n, ''
    from generate_series(1, $1::integer) caller, generate_series(1, $2::integer) n`,
    [callers, callsEach],
  )
  await until(db, `select count(*) = ${callers * callsEach} as done from paidcalls where problem is not null`)
  await insertCalls(db, 1, newer)
  // Some of them wait for ever, as in life.
  await until(
    db,
    `select count(*) > ${newer} and not bool_or(status < 'tarif defined' and problem is null) as done from paidcalls`,
  )
  await pause(1_500, never)
  const administrators = await Promise.all(Array.from({ length: 4 }, () => connect(yard.url, 'bench')))
  await Promise.all(
    administrators.map(async (administrator, at) => {
      for (let caller = 1 + at; caller <= callers; caller += administrators.length)
        await administrator.query('insert into callerid (client_id, callerid) values (1, $1)', [
          String(74959000000 + caller),
        ])
    }),
  )
  await until(
    db,
    `select bool_and(status = 'tarif defined') as done from paidcalls where uniqueid like 'waits %'`,
  )
  const { rows } = await db.query<Measured>(
    `select min(ms)::float8 as first, percentile_cont(0.5) within group (order by ms) as half, max(ms)::float8 as last
    from (select extract(epoch from pg_xact_commit_timestamp(call.xmin) - pg_xact_commit_timestamp(callerid.xmin)) * 1000 as ms
      from paidcalls call join callerid on callerid.callerid = call.src where call.uniqueid like 'waits %') healed`,
  )
  for (const administrator of administrators) await disconnect(administrator)
  await stopAll(running)
  await ground.clear()
  return rows[0] ?? { first: NaN, half: NaN, last: NaN }
}
