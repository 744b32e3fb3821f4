// npm run bench [-- quick] [part …] [--against FOLDER]: measures, prints, and keeps what was measured in docs/benchmarks.md.
// Brings its own servers. Without parts `quick` measures what a change of the line may cost; without both everything
// is measured, which takes up to two hours. With --against the version in that folder is measured beside this one,
// in turns, and what both were is printed and not kept.

import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { compare } from './against.ts'
import type { Pair } from './against.ts'
import { benchApi } from './api.ts'
import { benchAuthorize } from './authorize.ts'
import { benchCost } from './cost.ts'
import { benchDecks } from './decks.ts'
import { benchFlat } from './flat.ts'
import { prepareGround } from './ground.ts'
import type { Ground } from './ground.ts'
import { benchHealing } from './healing.ts'
import { benchImport } from './import.ts'
import { benchInstructions } from './instructions.ts'
import { benchLatency } from './latency.ts'
import { benchLine } from './line.ts'
import { keep, markdown } from './report.ts'
import type { Part } from './report.ts'
import { benchRollup } from './rollup.ts'
import { benchSeveral } from './several.ts'
import { benchStage } from './stage.ts'
import { benchWatch } from './watch.ts'
import { benchWeb } from './web.ts'

type Measure = (ground: Ground) => Promise<Part>

const parts: Readonly<Record<string, Measure>> = {
  stage: benchStage,
  line: benchLine,
  several: benchSeveral,
  latency: benchLatency,
  flat: benchFlat,
  cost: benchCost,
  instructions: benchInstructions,
  decks: benchDecks,
  import: benchImport,
  healing: benchHealing,
  rollup: benchRollup,
  authorize: benchAuthorize,
  watch: benchWatch,
  web: benchWeb,
  api: benchApi,
}

const ofTheLine = ['stage', 'line', 'latency', 'cost', 'healing', 'rollup']

const pairsOfVersions = 3

const document = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { against: { type: 'string' } },
})
const quick = words.includes('quick')
const unknown = words.filter((word) => word !== 'quick' && !(word in parts))
if (unknown.length > 0)
  refuse(`there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}, and quick.`)
const other = values.against === undefined ? undefined : resolve(values.against)
if (other !== undefined && !existsSync(join(other, 'sql/migrate.ts')))
  refuse(`${other} is no version of paidcalls: check one out there, and run npm ci in it.`)
const named = words.filter((word) => word !== 'quick')
const wanted = named.length > 0 ? named : quick ? ofTheLine : Object.keys(parts)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const ground = await prepareGround(quick)
const otherGround = other === undefined ? undefined : await prepareGround(quick, other)
try {
  for (const [at, name] of wanted.entries()) {
    const began = performance.now()
    ground.say(`${name}, part ${at + 1} of ${wanted.length}`)
    const measure = parts[name]
    if (!measure) continue
    const part = otherGround ? await inTurns(measure, ground, otherGround) : await measureOn(measure, ground)
    const text = markdown(part)
    process.stdout.write(`\n${text}\n\n`)
    if (otherGround) continue
    const minutes = Math.ceil((performance.now() - began) / 60_000)
    const when = `${new Date().toISOString().slice(0, 10)}, ${quick ? 'quick, ' : ''}${minutes} min`
    keep(document, name, `${text}\n\n_${when}; ${ground.machine}_`)
  }
} finally {
  await ground.stop()
  await otherGround?.stop()
}

async function measureOn(measure: Measure, ground: Ground): Promise<Part> {
  const part = await measure(ground)
  await ground.clear()
  return part
}

/** Which of the two is measured first changes from pair to pair: a machine that slows down is on nobody's side. */
async function inTurns(measure: Measure, ground: Ground, other: Ground): Promise<Part> {
  const pairs: Pair[] = []
  for (let round = 0; round < pairsOfVersions; round++) {
    ground.say(`pair ${round + 1} of ${pairsOfVersions}`)
    const first = await measureOn(measure, round % 2 === 0 ? other : ground)
    const second = await measureOn(measure, round % 2 === 0 ? ground : other)
    pairs.push(round % 2 === 0 ? { here: second, there: first } : { here: first, there: second })
    if (first.isExact) break
  }
  return compare(pairs, basename(other.root))
}

function refuse(why: string): never {
  process.stderr.write(`bench: ${why}\n`)
  process.exit(1)
}
