// All stages at once, from 'new record' to 'tarif defined', and the same work as a line of job queues and as one statement.

import { runMigrations } from 'graphile-worker'
import { createConnection } from 'mysql2/promise'
import PgBoss from 'pg-boss'

import type { Database } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { stages, startProgram, stopAll, waitingAt } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'
import { fillMysql, startSource } from './source.ts'

// For what is slower, or takes all at once.
const queued = 20_000
const never = new AbortController().signal

export async function benchLine(ground: Ground): Promise<Part> {
  const { quick, say } = ground
  const [calls, rounds] = quick ? [20_000, 2] : [200_000, 5]
  const model = await waitingAt(ground, 'client', calls)
  const small = await waitingAt(ground, 'client', queued)
  const own: number[] = []
  const boss: number[] = []
  const bossBatched: number[] = []
  const graphile: number[] = []
  const set: number[] = []
  const kinds: [figures: number[], run: () => Promise<number>][] = [
    [own, () => ourLine(ground, model, calls)],
    [boss, () => queueLine(ground, small, 'pg-boss', 1, 500)],
    [bossBatched, () => queueLine(ground, small, 'pg-boss', 100, 10_000)],
    [graphile, () => queueLine(ground, small, 'graphile-worker', 1, 2_000)],
    [set, () => oneStatement(ground, small, queued)],
  ]
  for (let round = 0; round < rounds; round++) {
    for (const [figures, run] of kinds) {
      figures.push(await run())
      await ground.clear()
    }
    say(`line: ${own.at(-1)?.toFixed(0) ?? ''}/s, round ${round + 1} of ${rounds}`)
  }
  const fromSource: number[] = []
  for (let round = 0; round < (quick ? 0 : 3); round++) {
    fromSource.push(await lineFromSource(ground, Math.min(calls, 100_000)))
    await ground.clear()
  }
  const times = (of: number[]): string =>
    spread(
      own.map((rate, at) => rate / (of[at] ?? NaN)),
      2,
    )
  return {
    title: 'line: calls a second through all stages at once',
    how: `${calls.toLocaleString('en')} calls, a tariff of 168,372 rows, 1,000 clients; one process of each stage with LANES=2. Beside it the same facts, decisions and statements with one job a call in job queues (500, 2,000 and 10,000 calls; one process a stage, 4 jobs side by side), and one SQL statement that prices all these calls, with the dialling rules of this benchmark written out. ${rounds} interleaved rounds.`,
    columns: ['line', 'calls/s', 'our line ÷ this'],
    rows: [
      ['client, destination, tariff', spread(own), ''],
      ...(quick ? [] : [['import from MariaDB and these three', spread(fromSource), '']]),
      ['pg-boss, one job at a time', spread(boss), times(boss)],
      ['graphile-worker, one job at a time', spread(graphile), times(graphile)],
      ['pg-boss, 100 jobs at a time (for information)', spread(bossBatched), times(bossBatched)],
      ['one statement for all (upper bound)', spread(set), times(set)],
    ],
  }
}

async function ourLine(ground: Ground, model: string, calls: number): Promise<number> {
  const yard = await ground.copyOf(model)
  const running = stages.map((stage) => yard.start(`stages/${stage}.ts`, 2))
  const rate = await wholeRate(yard.db, calls)
  await stopAll(running)
  return rate
}

/** Calls a second from when the first has left 'new record' until all but a few that may wait are priced: the first stage runs ahead of the last. */
export async function wholeRate(db: Database, calls: number): Promise<number> {
  const count = async (status: string): Promise<number> => {
    const { rows } = await db.query<{ there: number }>(
      'select count(*) as there from paidcalls where status >= $1',
      [status],
    )
    return Number(rows[0]?.there)
  }
  while ((await count('client defined')) === 0) await pause(20, never)
  const began = performance.now()
  let priced = 0
  while (priced < calls * 0.99) {
    await pause(1_000, never)
    priced = await count('tarif defined')
  }
  return (priced * 1_000) / (performance.now() - began)
}

async function lineFromSource(ground: Ground, calls: number): Promise<number> {
  const source = await startSource()
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const my = await createConnection({ uri: source.url })
  await fillMysql(my, yard.db, 1, calls)
  const running = [
    yard.start('stages/import.ts', 1, {
      SOURCE: 'bench',
      CDR_URL: `${source.url}?table=cdr`,
    }),
    ...stages.map((stage) => yard.start(`stages/${stage}.ts`, 4)),
  ]
  const rate = await wholeRate(yard.db, calls)
  await stopAll(running)
  await my.end()
  await source.stop()
  return rate
}

type Queue = 'pg-boss' | 'graphile-worker'

async function queueLine(
  ground: Ground,
  model: string,
  queue: Queue,
  atOnce: number,
  calls: number,
): Promise<number> {
  const yard = await ground.copyOf(model)
  if (queue === 'pg-boss') await fillBoss(yard, calls)
  else {
    await runMigrations({ connectionString: yard.url })
    await yard.db.query(
      `select count(*) from graphile_worker.add_jobs(array(
        select row('client', json_build_object('id', id), null, null, null, null, null, null)::graphile_worker.job_spec from paidcalls where id <= $1))`,
      [calls],
    )
  }
  await yard.db.query('analyze')
  const running = stages.map((stage) =>
    startProgram({
      path: 'test/bench/queue-stage.ts',
      url: yard.url,
      lanes: 4,
      args: [queue, stage, String(atOnce)],
    }),
  )
  const rate = await wholeRate(yard.db, calls)
  await stopAll(running)
  return rate
}

async function fillBoss(yard: Yard, calls: number): Promise<void> {
  const boss = new PgBoss({ connectionString: yard.url, schedule: false, supervise: false })
  await boss.start()
  for (const stage of stages) await boss.createQueue(stage)
  const { rows } = await yard.db.query<{ id: number }>('select id from paidcalls order by id limit $1', [
    calls,
  ])
  for (let at = 0; at < rows.length; at += 1_000)
    await boss.insert(rows.slice(at, at + 1_000).map(({ id }) => ({ name: 'client', data: { id } })))
  await boss.stop({ graceful: false })
}

// What set-based SQL could do at best: the calls of this benchmark and nothing else, no history, no reasons, no waiting.
const pricesAll = `
with understood as (
  select call.id, call.billsec, call.disposition, coalesce(account.client_id, caller.client_id, called.client_id) as client_id,
    case when call.dst like '9810%' then substr(call.dst, 5) when call.dst like '98%' then '7' || substr(call.dst, 3)
      when call.dst like '9%' then '7495' || substr(call.dst, 2) else call.dst end as number
  from paidcalls call
  left join callerid account on account.callerid = call.accountcode and account.kind = 'accountcode'
  left join callerid caller on caller.kind = 'number' and phone_digits(caller.callerid) = call.src
  left join callerid called on called.kind = 'did' and phone_digits(called.callerid) = call.dst
), priced as (
  select understood.*, row.id as code_id, row.price, row.connect_fee, row.tarifnum,
    case when disposition = 'ANSWERED' then billsec else 0 end as seconds
  from understood
  join client on client.id = understood.client_id
  join priced_plan plan on plan.tarifnum = client.tarif_id
  cross join lateral (
    select tarif.id, tarif.price, tarif.connect_fee, tarif.tarifnum from tarif
    where tarif.code = any (prefixes_of(understood.number)) and tarif.tarifnum = any (plan.plans) and tarif.direction = 'out'
    order by length(tarif.code) desc, array_position(plan.plans, tarif.tarifnum) limit 1
  ) row
), decided as (
  insert into rating_decision (call_id, nr, rule, client_id, tarif_id, number, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
  select id, 1, 'price', client_id, code_id, number, price, connect_fee, seconds, seconds,
    price * seconds / 60 + connect_fee, round(price * seconds / 60 + connect_fee, 4), round(price * seconds / 60 + connect_fee, 4)
  from priced
  returning call_id, client_id, tarif_id, number, price, total
)
update paidcalls set status = 'tarif defined', client_id = decided.client_id, code_id = decided.tarif_id, number = decided.number,
  price = decided.price, total = decided.total
from decided where paidcalls.id = decided.call_id`

async function oneStatement(ground: Ground, model: string, calls: number): Promise<number> {
  const yard = await ground.copyOf(model)
  const began = performance.now()
  await yard.db.query(pricesAll)
  return (calls * 1_000) / (performance.now() - began)
}
