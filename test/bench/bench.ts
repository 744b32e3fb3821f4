// npm run bench [-- quick] [part …]: measures, prints, and keeps what was measured in docs/benchmarks.md.
// Brings its own servers. Without parts `quick` measures what a change of the line may cost; without both everything
// is measured, which takes up to two hours.

import { fileURLToPath } from 'node:url'

import { benchApi } from './api.ts'
import { benchAuthorize } from './authorize.ts'
import { benchCost } from './cost.ts'
import { benchDecks } from './decks.ts'
import { benchFlat } from './flat.ts'
import { prepareGround } from './ground.ts'
import type { Ground } from './ground.ts'
import { benchHealing } from './healing.ts'
import { benchImport } from './import.ts'
import { benchLatency } from './latency.ts'
import { benchLine } from './line.ts'
import { keep, markdown } from './report.ts'
import type { Part } from './report.ts'
import { benchRollup } from './rollup.ts'
import { benchSeveral } from './several.ts'
import { benchStage } from './stage.ts'
import { benchWatch } from './watch.ts'
import { benchWeb } from './web.ts'

const parts: Readonly<Record<string, (ground: Ground) => Promise<Part>>> = {
  stage: benchStage,
  line: benchLine,
  several: benchSeveral,
  latency: benchLatency,
  flat: benchFlat,
  cost: benchCost,
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

const document = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))
const words = process.argv.slice(2)
const quick = words.includes('quick')
const unknown = words.filter((word) => word !== 'quick' && !(word in parts))
if (unknown.length > 0) {
  process.stderr.write(
    `bench: there is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}, and quick.\n`,
  )
  process.exit(1)
}
const named = words.filter((word) => word !== 'quick')
const wanted = named.length > 0 ? named : quick ? ofTheLine : Object.keys(parts)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const ground = await prepareGround(quick)
try {
  for (const [at, name] of wanted.entries()) {
    const began = performance.now()
    ground.say(`${name}, part ${at + 1} of ${wanted.length}`)
    const part = await parts[name]?.(ground)
    await ground.clear()
    if (!part) continue
    const text = markdown(part)
    process.stdout.write(`\n${text}\n\n`)
    const minutes = Math.ceil((performance.now() - began) / 60_000)
    const when = `${new Date().toISOString().slice(0, 10)}, ${quick ? 'quick, ' : ''}${minutes} min`
    keep(document, name, `${text}\n\n_${when}; ${ground.machine}_`)
  }
} finally {
  await ground.stop()
}
