// What sums cost: how far behind the price they are, how fast they catch up, and what the line pays for being summed.

import { readFileSync } from 'node:fs'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { cpuMicros, serverProcesses, stages, stopAll, until, waitingAt } from './ground.ts'
import type { Ground } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'
import { insertCalls, insertRecord, recordsQuery } from './world.ts'

const never = new AbortController().signal
const perSecond = 93
const warmUp = 5_000

export async function benchRollup(ground: Ground): Promise<Part> {
  const seconds = ground.quick ? 20 : 120
  const behind = await behindThePrice(ground, seconds)
  ground.say(`rollup: ${behind} behind the price`)
  const caughtUp: { rate: number; micros: number }[] = []
  const calls = ground.quick ? 100_000 : 400_000
  const model = await decided(ground, calls)
  for (let round = 0; round < 3; round++) caughtUp.push(await catchUp(ground, model, calls))
  const [rounds, priced] = ground.quick ? [3, 20_000] : [5, 40_000]
  const at = await waitingAt(ground, 'tariff', priced)
  const [summed, unsummed]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    summed.push(await priceOfPricing(ground, at, priced, true))
    unsummed.push(await priceOfPricing(ground, at, priced, false))
    ground.say(
      `rollup: tariff ${summed.at(-1)?.toFixed(0) ?? ''} and ${unsummed.at(-1)?.toFixed(0) ?? ''} µs a call`,
    )
  }
  const differences = summed.map((micros, round) => micros - (unsummed[round] ?? NaN))
  return {
    title: 'rollup: what sums cost',
    how: `Behind the price: one process of each stage and of rollup, LANES=2, ${perSecond} calls/s for ${seconds} s, from the commit of the decision to the commit of the sum that holds it. Catching up: one rollup, ${calls.toLocaleString('en')} decisions in no sum, 3 runs. What the line pays: CPU of PostgreSQL a call in stage tariff (LANES=4, ${priced.toLocaleString('en')} calls), beside the same with neither the columns filled nor a row left for rollup, ${rounds} alternating rounds.`,
    columns: ['what', 'measured'],
    rows: [
      ['behind the price, p50 / p99 / most', behind],
      ['decisions/s when it catches up', spread(caughtUp.map(({ rate }) => rate))],
      [
        'PostgreSQL µs a decision when it catches up',
        spread(
          caughtUp.map(({ micros }) => micros),
          1,
        ),
      ],
      ['PostgreSQL µs a call, stage tariff', spread(summed)],
      ['the same without sums', spread(unsummed)],
      ['difference of the pairs', spread(differences)],
    ],
  }
}

async function behindThePrice(ground: Ground, seconds: number): Promise<string> {
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  await yard.db.query(
    `create table summed (call_id bigint, nr integer);
    create function note_summed() returns trigger language plpgsql security definer as $$
    begin insert into summed select call_id, nr from gone; return null; end $$;
    create trigger note_summed after delete on unsummed referencing old table as gone for each statement execute function note_summed()`,
  )
  await yard.db.query(
    `create table record as ${recordsQuery}`
      .replace('$1', String(warmUp + 1))
      .replace('$2', String(warmUp + perSecond * seconds)),
  )
  await yard.db.query('alter table record add primary key (n); analyze record')
  const writer = await connect(yard.url, 'bench')
  await writer.query('set synchronous_commit = off')
  const running = [...stages, 'rollup'].map((stage) => yard.start(`stages/${stage}.ts`, 2))
  await insertCalls(yard.db, 1, warmUp)
  await until(
    yard.db,
    `select count(*) >= ${warmUp} and not bool_or(status < 'tarif defined' and problem is null) as done from paidcalls`,
  )
  await pause(2_000, never)
  const { rows: before } = await yard.db.query<{ last: number }>('select max(id) as last from paidcalls')
  const began = performance.now()
  for (let nr = 1; nr <= perSecond * seconds; nr++) {
    await pause(Math.max(0, began + (nr * 1_000) / perSecond - performance.now()), never)
    await writer.query({ name: 'write', text: insertRecord, values: [warmUp + nr] })
  }
  await pause(2_000, never)
  const { rows } = await yard.db.query<{ p50: number; p99: number; most: number; calls: number }>(
    `select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99,
      max(ms)::float8 as most, count(*)::integer as calls
    from (select extract(epoch from pg_xact_commit_timestamp(summed.xmin) - pg_xact_commit_timestamp(made.xmin)) * 1000 as ms
      from summed join rating_decision made using (call_id, nr) where call_id > $1) behind`,
    [before[0]?.last],
  )
  await stopAll(running)
  await disconnect(writer)
  await ground.clear()
  const [found] = rows
  return `${[found?.p50, found?.p99, found?.most].map((ms) => (ms ?? NaN).toFixed(0)).join(' / ')} ms (${(found?.calls ?? 0).toLocaleString('en')} decisions)`
}

/** Decisions that are in no sum: of 1,000 clients, three providers and a hundred countries. */
function decided(ground: Ground, calls: number): Promise<string> {
  return ground.model(`decided_${calls}`, async (db) => {
    ground.say(`making ${calls.toLocaleString('en')} decisions`)
    await db.query(
      `insert into rating_decision (call_id, nr, decided_at, reason, rule, client_id, provider_id, number, price, connect_fee, billable_sec,
        charged_sec, unrounded, total, delta, master_total, cost, currency, cost_currency,
        calldate, source_id, answered, duration, direction, kind, country, cause)
      select n, 1, now(), 'first rating', 'price', 1 + n * 7919 % 1000, 1 + n % 3, '7495' || n, 0.1, 0, 60, 60, 0.1, 0.1, 0.1, 0.2, 0.05, 'EUR', 'EUR',
        timestamptz '2026-01-01' + n * interval '20 ms', 1, true, 67, 'out', 'mobile', chr(65 + (n % 10)::integer) || chr(65 + (n / 10 % 10)::integer), '16'
      from generate_series(1, $1::bigint) n`,
      [calls],
    )
    await db.query(
      'insert into unsummed (call_id, nr) select call_id, nr from rating_decision order by call_id',
    )
  })
}

async function catchUp(
  ground: Ground,
  model: string,
  calls: number,
): Promise<{ rate: number; micros: number }> {
  const yard = await ground.copyOf(model)
  const began = performance.now()
  const rollup = yard.start('stages/rollup.ts', 1)
  const from = { at: began, left: calls, cpu: NaN }
  let pids: number[] = []
  const left = async (): Promise<number> =>
    (await yard.db.query<{ left: number }>('select count(*)::integer as left from unsummed')).rows[0]?.left ??
    0
  for (;;) {
    const now = await left()
    // From the first bite on: until then the program starts.
    if (now < calls && Number.isNaN(from.cpu)) {
      pids = await serverProcesses(yard.db)
      from.at = performance.now()
      from.left = now
      from.cpu = cpuOf(pids)
    }
    if (now === 0) break
    await pause(100, never)
  }
  const took = (performance.now() - from.at) / 1_000
  const micros = (cpuOf(pids) - from.cpu) / from.left
  await stopAll([rollup])
  await ground.clear()
  return { rate: from.left / took, micros }
}

/** CPU of PostgreSQL a call of stage tariff. */
async function priceOfPricing(
  ground: Ground,
  model: string,
  calls: number,
  withSums: boolean,
): Promise<number> {
  const yard = await ground.copyOf(model)
  if (!withSums) await withoutSums(yard.db)
  const program = yard.start('stages/tariff.ts', 4)
  const left = async (): Promise<number> =>
    (
      await yard.db.query<{ left: number }>(
        `select count(*)::integer as left from paidcalls where status = 'destination defined'`,
      )
    ).rows[0]?.left ?? 0
  while ((await left()) > calls * 0.8) await pause(100, never)
  const pids = await serverProcesses(yard.db)
  const [before, from] = [cpuOf(pids), await left()]
  let upto = from
  while (upto > calls * 0.05) {
    await pause(500, never)
    upto = await left()
  }
  const micros = (cpuOf(pids) - before) / (from - upto)
  await stopAll([program])
  await ground.clear()
  return micros
}

/** As it was before decisions were summed: the guard of then, and no row for rollup. */
async function withoutSums(db: Database): Promise<void> {
  const before = readFileSync(new URL('../../sql/migrations/0014_guards.sql', import.meta.url), 'utf8')
  const guard = /create function guard_decision\(\)[\s\S]*?\nend \$\$;/.exec(before)?.[0] ?? ''
  await db.query(
    guard
      .replace('create function', 'create or replace function')
      .replace(' as $$', ' set enable_seqscan = off as $$$$'),
  )
}

const cpuOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMicros(pid), 0)
