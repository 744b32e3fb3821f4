// What it takes to judge calls by two hundred rules beside a running line, and to rehearse rules on past calls.

import { spawnSync } from 'node:child_process'

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { pause } from '../../shared/program/pause.ts'
import { cpuMicros, serverProcesses, stages, stopAll, until } from './ground.ts'
import type { Ground, Yard } from './ground.ts'
import type { Part } from './report.ts'
import { recordsQuery } from './world.ts'

const never = new AbortController().signal
const [perSecond, rules] = [100, 200]
// Every fiftieth call is to a number that a rule warns of.
const probeEvery = 50
const leadSeconds = 5

export async function benchWatch(ground: Ground): Promise<Part> {
  const seconds = leadSeconds + (ground.quick ? 20 : 120)
  const past = ground.quick ? 200_000 : 1_000_000
  const yard = await ground.copyOf(await ground.model('empty', () => Promise.resolve()))
  const { db } = yard
  await prepare(db, perSecond * seconds)
  const judging = yard.start('stages/watch.ts', 1)
  const running = [...[...stages, 'rollup'].map((stage) => yard.start(`stages/${stage}.ts`, 2)), judging]
  await until(db, `select holder <> '' as done from watch_turn`)
  await writeCalls(yard, 1, perSecond * leadSeconds)
  const before = { watch: cpuMicros(judging.pid), server: await serverMicros(db) }
  const began = performance.now()
  await writeCalls(yard, perSecond * leadSeconds + 1, perSecond * seconds)
  const micros = (performance.now() - began) * 1000
  const share = (after: number, earlier: number): string =>
    `${Math.round(((after - earlier) * 100) / micros)} %`
  const watched = share(cpuMicros(judging.pid), before.watch)
  const served = share(await serverMicros(db), before.server)
  await until(db, `select not exists (select from unsummed) and not exists (select from unwatched) as done`)
  await pause(1_000, never)
  const { rows } = await db.query<{ alerts: number; p50: number; p95: number; p99: number }>(
    `select count(*)::integer as alerts, percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.95) within group (order by ms) as p95, percentile_cont(0.99) within group (order by ms) as p99
    from (
      select extract(epoch from pg_xact_commit_timestamp(alert.xmin) - pg_xact_commit_timestamp(written.xmin)) * 1000 as ms
      from written join paidcalls call on call.id = written.call join alert on alert.client_id = call.client_id
      where alert.rule_id = (select id from rule where name = 'probe') and call.number like '44799990%' and written.nr > $1
    ) found`,
    [perSecond * leadSeconds],
  )
  await stopAll(running)
  const found = rows[0] ?? { alerts: 0, p50: 0, p95: 0, p99: 0 }
  ground.say(`watch: ${found.alerts} alerts, p95 ${found.p95.toFixed(0)} ms, ${watched} of a core`)
  await db.query(`delete from rule where name like 'rule %' or name = 'probe'`)
  await pastCalls(db, past)
  const rehearsed = ['7', 'all'].map((rule) => rehearsal(yard, rule))
  await ground.clear()
  return {
    title: 'watch: from record to alert',
    how: `One process of watch and rollup and of each stage (LANES=2), ${rules} rules that all look at every call out (windows of 5 minutes to an hour), 1,000 clients, ${perSecond} calls/s for ${seconds - leadSeconds} s. From the commit of the record ('new record') to the commit of its alert, which is on disk, by the server's commit times; every ${probeEvery}th call is to a number a rule warns of, each of another client. Rehearsing: ${past.toLocaleString('en')} calls of 30 days and 1,000 clients, the rule of value in an hour, and all of the starter set.`,
    columns: ['what', 'measured'],
    rows: [
      [
        'p50 / p95 / p99 ms',
        `${found.p50.toFixed(0)} / ${found.p95.toFixed(0)} / ${found.p99.toFixed(0)} (${found.alerts} alerts)`,
      ],
      ['CPU of watch, 100 % being one core', watched],
      ['CPU of PostgreSQL, line and sums included', served],
      [`rehearse one rule, ${past.toLocaleString('en')} calls`, `${rehearsed[0] ?? ''} s`],
      [`rehearse all rules of the starter set`, `${rehearsed[1] ?? ''} s`],
    ],
  }
}

/** Two hundred rules that never pass, but one; and the records of the line. */
async function prepare(db: Database, records: number): Promise<void> {
  await db.query(
    `insert into rule (name, metric, scope, within, threshold, direction)
    select 'rule ' || nr, (array['master value', 'calls', 'minutes', 'distinct numbers', 'calls at one time', 'ASR %', 'longest call', 'short calls'])[1 + nr % 8],
      (array['client', 'client', 'client', 'country', 'provider'])[1 + nr % 5], (array['5 min', '30 min', '1 hour'])[1 + nr % 3]::interval, 1000000 + nr, 'out'
    from generate_series(2, ${rules}) nr;
    insert into rule (name, metric, code, threshold, close_after) values ('probe', 'calls', '44799990', 0, '1 day');
    create table written (call bigint, nr bigint)`,
  )
  await db.query(`create table record as ${recordsQuery}`.replace('$1', '1').replace('$2', String(records)))
  await db.query(
    `update record set dst = '981044799990' || lpad((n % 10000)::text, 4, '0'), src = '7495' || lpad((2000000 + (1 + n / ${probeEvery} % 1000) * 37)::text, 7, '0'), accountcode = '', billsec = 5, disposition = 'ANSWERED',
      channel = 'SIP/500-' || n, dstchannel = 'PJSIP/first-' || n
    where n % ${probeEvery} = 0;
    alter table record add primary key (n); analyze`,
  )
}

// As they end now.
const writeQuery = `with call as (
  insert into paidcalls (source_id, calldate, src, dst, accountcode, channel, dstchannel, disposition, duration, billsec, uniqueid, dcontext)
  select 1, clock_timestamp() - (billsec + 7) * interval '1 second', src, dst, accountcode, channel, dstchannel, disposition, billsec + 7, billsec, uniqueid, 'from-internal' from record where n = $1 returning id
) insert into written select id, $1 from call`

async function writeCalls({ url }: Yard, from: number, to: number): Promise<void> {
  const writer = await connect(url, 'bench')
  await writer.query('set synchronous_commit = off')
  const began = performance.now()
  for (let nr = from; nr <= to; nr++) {
    await pause(Math.max(0, began + ((nr - from) * 1_000) / perSecond - performance.now()), never)
    await writer.query({ name: 'write', text: writeQuery, values: [nr] })
  }
  await disconnect(writer)
}

async function serverMicros(db: Database): Promise<number> {
  return (await serverProcesses(db)).reduce((sum, pid) => sum + cpuMicros(pid), 0)
}

async function pastCalls(db: Database, calls: number): Promise<void> {
  await db.query(
    `set session_replication_role = replica;
    insert into rating_decision (call_id, nr, reason, rule, client_id, number, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, currency, master_total, provider_id, cost, cost_currency,
      calldate, source_id, answered, duration, direction, kind, country)
    select 100000000 + n, 1, 'first rating', 'price', 1 + n * 7919 % 1000, (441000000000 + n * 104729 % 900000000)::text, 1, 0, n % 600, n % 600, 0.01 * (n % 600), 0.01 * (n % 600), 0.01 * (n % 600), 'EUR', 0.012 * (n % 600), 1 + n % 20, 0.005 * (n % 600), 'EUR',
      timestamptz '2026-01-01' + n * (interval '30 days' / ${calls}), 1, n % 3 > 0, n % 600 + 5, 'out', 'mobile', (array['GB', 'DE', 'FR', 'US', 'IT'])[1 + n % 5]
    from generate_series(1::bigint, ${calls}) n;
    set session_replication_role = default; analyze rating_decision`,
  )
}

/** Seconds. */
function rehearsal({ url }: Yard, rule: string): string {
  const began = performance.now()
  spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      'stages/rehearse.ts',
      '--rule',
      rule === 'all' ? 'all' : '1',
      '--from',
      '2026-01-01',
      '--to',
      '2026-02-01',
      '--json',
    ],
    { env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'ignore', 'inherit'], maxBuffer: 1e9 },
  )
  return ((performance.now() - began) / 1000).toFixed(0)
}
