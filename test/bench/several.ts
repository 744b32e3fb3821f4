// What dividing costs: the same calls through one database, and through two with half of them each, on the same cores.

import { wholeRate } from './line.ts'
import { stages, stopAll, waitingAt } from './ground.ts'
import type { Ground } from './ground.ts'
import { median, spread } from './report.ts'
import type { Part } from './report.ts'

export async function benchSeveral(ground: Ground): Promise<Part> {
  const { quick, say } = ground
  const [calls, rounds] = quick ? [30_000, 3] : [200_000, 5]
  const whole = await waitingAt(ground, 'client', calls)
  const half = await waitingAt(ground, 'client', calls / 2)
  const one: number[] = []
  const two: number[] = []
  for (let round = 0; round < rounds; round++) {
    one.push(await throughDatabases(ground, [whole], calls))
    two.push(await throughDatabases(ground, [half, half], calls / 2))
  }
  say(`several: ${median(one).toFixed(0)}/s in one, ${median(two).toFixed(0)}/s in two`)
  return {
    title: 'several: calls a second through two databases on the cores of one',
    how: `${calls.toLocaleString('en')} calls through all stages, in one database with LANES=2, and half of them in each of two with LANES=1; one process of each stage a database. ${rounds} interleaved rounds. Two servers of their own have each the cores to themselves: this is the price of dividing, not its gain.`,
    columns: ['databases', 'calls/s', 'of one'],
    rows: [
      ['one', spread(one), ''],
      [
        'two',
        spread(two),
        spread(
          two.map((rate, at) => rate / (one[at] ?? NaN)),
          2,
        ),
      ],
    ],
  }
}

/** The sum of what each moves while all are at work. */
async function throughDatabases(ground: Ground, models: readonly string[], calls: number): Promise<number> {
  const yards = []
  for (const model of models) yards.push(await ground.copyOf(model))
  const lanes = 2 / models.length
  const running = yards.flatMap((yard) => stages.map((stage) => yard.start(`stages/${stage}.ts`, lanes)))
  const rates = await Promise.all(yards.map(({ db }) => wholeRate(db, calls)))
  await stopAll(running)
  await ground.clear()
  return rates.reduce((sum, rate) => sum + rate, 0)
}
