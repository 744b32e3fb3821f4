// How many calls a second each stage moves, beside what pgbench reaches with the bare claim and with the stage's own statements.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import pg from 'pg'
import utils from 'pg/lib/utils.js'

import { claimQuery } from '../../shared/line/lane-queries.ts'
import type { Stage as AnyStage } from '../../shared/line/stage.ts'
import { client } from '../../stages/client.ts'
import { destination } from '../../stages/destination.ts'
import { tariff } from '../../stages/tariff.ts'
import { laneOptions, pgbench, rateOf, reached, stages, statusAfter, stopAll, waitingAt } from './ground.ts'
import type { Ground, Stage, Yard } from './ground.ts'
import { spread } from './report.ts'
import type { Part } from './report.ts'

const definitions: Readonly<Record<Stage, AnyStage<never>>> = { client, destination, tariff }

export async function benchStage(ground: Ground): Promise<Part> {
  const { quick, say } = ground
  const [calls, seconds, rounds] = quick ? [40_000, 4, 2] : [200_000, 8, 5]
  const rows: string[][] = []
  for (const stage of stages) {
    const model = await waitingAt(ground, stage, calls)
    const run = async (processes: number, lanes: number): Promise<number> => {
      const yard = await ground.copyOf(model)
      const running = Array.from({ length: processes }, () => yard.start(`stages/${stage}.ts`, lanes))
      const rate = await rateOf(reached(yard.db, statusAfter[stage], calls), seconds, calls)
      await stopAll(running)
      await ground.clear()
      return rate
    }
    const bare: number[] = []
    const fused: number[] = []
    const own: number[] = []
    for (let round = 0; round < rounds; round++) {
      bare.push(await run(1, 4))
      fused.push(await benched(ground, model, fusedScript(stage), seconds))
      own.push(await benched(ground, model, ownScript(definitions[stage]), seconds))
      say(
        `${stage}: ${bare.at(-1)?.toFixed(0) ?? ''}/s, pgbench ${fused.at(-1)?.toFixed(0) ?? ''} and ${own.at(-1)?.toFixed(0) ?? ''}`,
      )
    }
    const ratio = (of: number[]): string =>
      spread(
        bare.map((rate, at) => rate / (of[at] ?? NaN)),
        2,
      )
    rows.push([stage, '1', '4', spread(bare), spread(fused), ratio(fused), spread(own), ratio(own)])
    const others = quick ? [] : [1, 2, 4].flatMap((processes) => [1, 4, 8].map((lanes) => [processes, lanes]))
    for (const [processes = 1, lanes = 1] of others) {
      if (processes === 1 && lanes === 4) continue
      rows.push([
        stage,
        String(processes),
        String(lanes),
        spread([await run(processes, lanes)]),
        '',
        '',
        '',
        '',
      ])
    }
  }
  return {
    title: 'stage: calls a second through each stage alone',
    how: `${calls.toLocaleString('en')} calls wait at the stage. Beside it pgbench with 4 clients on a copy of the same database: one statement that claims a call and updates its status, the limit of one-row claims; and the stage's own statements, with what was found always the same. ${rounds} interleaved rounds of ${seconds} s.`,
    columns: [
      'stage',
      'processes',
      'LANES',
      'calls/s',
      'pgbench fused',
      'stage ÷ fused',
      'pgbench own',
      'stage ÷ own',
    ],
    rows,
  }
}

async function benched(ground: Ground, model: string, script: Script, seconds: number): Promise<number> {
  const yard = await ground.copyOf(model)
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-pgbench-'))
  const path = join(folder, 'script.sql')
  writeFileSync(path, await script.textFor(yard))
  const url = new URL(script.login(yard))
  url.searchParams.set('options', laneOptions)
  const rate = pgbench(url.href.replaceAll('+', '%20'), path, 4, seconds)
  rmSync(folder, { recursive: true })
  await ground.clear()
  return rate ?? NaN
}

interface Script {
  login: (yard: Yard) => string
  textFor: (yard: Yard) => Promise<string>
}

function fusedScript(stage: Stage): Script {
  const { takes, leaves } = definitions[stage]
  const text = `with next as (
  select id from paidcalls
  where status = '${takes}' and problem is null and due_at is null and (id + 0) > :last
  order by (id + 0) limit 1 for update skip locked
)
update paidcalls set status = '${leaves}' from next where paidcalls.id = next.id returning paidcalls.id as last \\aset
`
  // Only the owner may finish a call at no price.
  return { login: ({ url }) => url, textFor: () => Promise.resolve(text) }
}

/** Claim, settle and commit as a lane does, for a call that always comes to the same. */
function ownScript(stage: AnyStage<never>): Script {
  return { login: ({ stageUrl }) => stageUrl, textFor: (yard) => ownText(yard, stage) }
}

async function ownText(yard: Yard, stage: AnyStage<never>): Promise<string> {
  const claim = claimQuery(stage)
  const found = await someOutcome(yard, stage, claim)
  const settle = [...found.entries()]
    .reverse()
    .reduce((text, [at, value]) => text.replaceAll(`$${at + 2}`, literal(value)), stage.settle)
  const oneLine = (text: string): string => text.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim()
  return `begin;
${oneLine(claim).replace('$1', ':last').replace('select row_to_json(facts) from facts', 'select facts.id as last, row_to_json(facts) as facts from facts')} \\aset
${oneLine(settle).replaceAll('$1', ':last')};
commit;
`
}

async function someOutcome(yard: Yard, stage: AnyStage<never>, claim: string): Promise<readonly unknown[]> {
  const client = new pg.Client(yard.url)
  await client.connect()
  let behind = 0
  for (;;) {
    const { rows } = await client.query<{ row_to_json: never }>(claim, [behind])
    const [row] = rows
    if (!row) throw new Error('No call moves on.')
    const outcome = stage.decide(row.row_to_json)
    behind = (row.row_to_json as { id: number }).id
    // A call that costs something, where the stage prices.
    const costs = 'found' in outcome && (stage.name !== 'tariff' || outcome.found.includes('price'))
    if (!costs) continue
    await client.end()
    return outcome.found
  }
}

// pgbench takes a colon before a word for a variable.
function literal(value: unknown): string {
  const prepared = utils.prepareValue(value) as string | null
  return prepared === null ? 'null' : `'${prepared.replaceAll("'", "''").replaceAll('":', '": ')}'`
}
