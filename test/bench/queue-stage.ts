// A stage as a worker of a job queue, for comparison: one job a call, taken, done, and handed to the next stage's queue.
//   node --import tsx test/bench/queue-stage.ts pg-boss|graphile-worker client|destination|tariff jobs-at-once
// The facts, the decision and the settling statement are the stages' own.

import { run } from 'graphile-worker'
import pg from 'pg'
import PgBoss from 'pg-boss'

import { columnsFor } from '../../shared/line/claim.ts'
import type { Call, Stage } from '../../shared/line/stage.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { laneOptions } from './ground.ts'

const [queue = '', name = '', atOnce = '1'] = process.argv.slice(2)
// With the settings of a lane.
const connectionString = `${process.env['DATABASE_URL'] ?? ''}?options=${encodeURIComponent(laneOptions)}`
const lanes = Number(process.env['LANES'] ?? 4)
const next: Readonly<Record<string, string | undefined>> = { client: 'destination', destination: 'tariff' }

/** Decides a call and settles it; false when it waits. */
async function pass(db: pg.ClientBase, id: number): Promise<boolean> {
  if (name === 'client') return settle(db, client, id)
  if (name === 'destination') return settle(db, destination, id)
  return settle(db, tariff, id)
}

async function settle<Facts extends Call>(
  db: pg.ClientBase,
  stage: Stage<Facts>,
  id: number,
): Promise<boolean> {
  const { rows } = await db.query<{ facts: Facts }>({
    name: 'facts',
    text: `with call as materialized (select ${columnsFor(stage.facts)} from paidcalls where id = $1), facts as (${stage.facts})
      select row_to_json(facts) as facts from facts`,
    values: [id],
  })
  const [row] = rows
  const outcome = row && stage.decide(row.facts)
  if (!outcome || 'problem' in outcome) return false
  await db.query({ name: 'settle', text: stage.settle, values: [id, ...outcome.found] })
  return true
}

async function workForBoss(): Promise<void> {
  const boss = new PgBoss({ connectionString, max: lanes, schedule: false, supervise: false })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue(name)
  const following = next[name]
  if (following) await boss.createQueue(following)
  const lane = async (): Promise<never> => {
    const db = new pg.Client(connectionString)
    await db.connect()
    for (;;) {
      const jobs = await boss.fetch<{ id: number }>(name, { batchSize: Number(atOnce) })
      const passed: number[] = []
      for (const { data } of jobs) if (await pass(db, data.id)) passed.push(data.id)
      if (following && passed.length === 1) await boss.send(following, { id: passed[0] })
      if (following && passed.length > 1)
        await boss.insert(passed.map((id) => ({ name: following, data: { id } })))
      if (jobs.length > 0)
        await boss.complete(
          name,
          jobs.map(({ id }) => id),
        )
      else await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

async function workForGraphile(): Promise<void> {
  const following = next[name]
  const runner = await run({
    connectionString,
    concurrency: lanes,
    maxPoolSize: lanes + 1,
    pollInterval: 100,
    noHandleSignals: true,
    taskList: {
      [name]: async (payload, { withPgClient, addJob }) => {
        const { id } = payload as { id: number }
        const passed = await withPgClient((db) => pass(db, id))
        if (following && passed) await addJob(following, { id })
      },
    },
  })
  await runner.promise
}

process.on('SIGTERM', () => process.exit(0))
await (queue === 'pg-boss' ? workForBoss() : workForGraphile())
