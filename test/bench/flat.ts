// Whether a stage keeps its rate with millions of finished calls, with a transaction left open, and with calls that wait.

import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { rateOf, reached, stopAll } from './ground.ts'
import type { Ground } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'
import { insertCalls } from './world.ts'

const waiting = 100_000

export async function benchFlat(ground: Ground): Promise<Part> {
  const { quick } = ground
  const [seconds, rounds] = quick ? [6, 3] : [15, 5]
  const plain = await withFinished(ground, 100_000)
  const many = quick ? [1_000_000] : [1_000_000, 10_000_000]
  const cases: [name: string, model: string, leftOpen: boolean][] = []
  for (const finished of many)
    cases.push([
      `${finished.toLocaleString('en')} finished calls`,
      await withFinished(ground, finished),
      false,
    ])
  cases.push(['a transaction left open', plain, true])
  cases.push(['100,000 calls that wait', await withParked(ground), false])

  const rows: string[][] = []
  for (const [name, model, leftOpen] of cases) {
    const rates: number[] = []
    const plainRates: number[] = []
    for (let round = 0; round < rounds; round++) {
      plainRates.push(await run(ground, plain, seconds, false))
      rates.push(await run(ground, model, seconds, leftOpen))
    }
    rows.push([
      name,
      spread(rates),
      spread(plainRates),
      spread(
        rates.map((rate, at) => rate / (plainRates[at] ?? NaN)),
        2,
      ),
    ])
    ground.say(`flat: ${rows.at(-1)?.join(' | ') ?? ''}`)
  }
  return {
    title: 'flat: the rate of a stage as the table fills',
    how: `Stage client, one process, LANES=4, ${waiting.toLocaleString('en')} new calls, beside a plain run with 100,000 finished calls right before. The open transaction holds a snapshot from before the first call. ${rounds} pairs of ${seconds} s.`,
    columns: ['with', 'calls/s', 'plain calls/s', 'with ÷ plain'],
    rows,
  }
}

async function run(ground: Ground, model: string, seconds: number, leftOpen: boolean): Promise<number> {
  const yard = await ground.copyOf(model)
  const other = await connect(yard.url, 'bench')
  if (leftOpen) await other.query('begin isolation level repeatable read; select count(*) from client')
  const running = [yard.start('stages/client.ts', 4)]
  const rate = await rateOf(reached(yard.db, 'client defined', waiting), seconds, waiting)
  await stopAll(running)
  await disconnect(other)
  await ground.clear()
  return rate
}

function withFinished(ground: Ground, finished: number): Promise<string> {
  return ground.model(`finished_${finished}`, async (db) => {
    ground.say(`making ${finished.toLocaleString('en')} finished calls`)
    for (let at = 0; at < finished; at += 100_000) await insertFinished(db, at + 1, at + 100_000)
    await insertCalls(db, 1, waiting)
  })
}

function withParked(ground: Ground): Promise<string> {
  return ground.model('parked', async (db) => {
    await insertFinished(db, 1, 100_000)
    await insertCalls(db, 1, waiting)
    await db.query(
      `update paidcalls set problem = 'no client owns caller ID ' || src, waits_for = array['callerid number ' || src]
      where status = 'new record'`,
    )
    await insertCalls(db, waiting + 1, 2 * waiting)
  })
}

async function insertFinished(db: Database, from: number, to: number): Promise<void> {
  await db.query(
    `insert into paidcalls (status, source_id, calldate, src, dst, channel, dstchannel, disposition, duration, billsec, direction, caller,
      client_id, client, provider_id, number, kind, country, billable_sec, billmin, price, total, currency, decisions, priced_at)
    select 'tarif defined', 1, timestamptz '2026-01-01' + n * interval '1 second', '74952000037', '981044207' || n, 'SIP/101-' || to_hex(n),
      'PJSIP/first-' || to_hex(n), 'ANSWERED', 67, 60, 'out', '74952000037', 1, 'client 1', 1, '44207' || n, 'international', 'GB', 60, 1,
      0.1, 0.1, 'EUR', 1, now()
    from generate_series($1::bigint, $2::bigint) n`,
    [from, to],
  )
}
