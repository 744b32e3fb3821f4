import { describe, expect, it } from 'vitest'

import { kinds } from './kinds.ts'
import { planFaults } from './plan.ts'
import { failuresOf, tableOf } from './report.ts'
import { runFaults } from './suite.ts'

// One of each sort that is soon over; npm run faults has them all.
const quick = [
  'client process killed',
  'PostgreSQL stopped at once, and started',
  "the exchanges' server killed, and started",
  'disk full (53100)',
  'backends terminated (pg_terminate_backend)',
]

describe('faults', () => {
  it('come in the same order for the same seed, each kind before any comes again', () => {
    const names = (seed: number): string[] => planFaults(kinds, 40, seed).map(({ kind }) => kind.name)
    expect(names(7)).toEqual(names(7))
    expect(names(7)).not.toEqual(names(8))
    expect(new Set(names(7).slice(0, kinds.length)).size).toBe(kinds.length)
  })

  it(
    'lose no call and double none, the loss of the primary included, and work goes on soon after',
    { timeout: 120_000 },
    async () => {
      const wanted = {
        calls: 1_000,
        faults: quick.length,
        seed: 1,
        kinds: kinds.filter(({ name }) => quick.includes(name)),
      }
      const outcome = await runFaults(wanted, () => undefined)
      console.info(tableOf(outcome), outcome.questions)
      expect(outcome.struck).toHaveLength(quick.length + 1)
      expect(failuresOf(outcome, 4)).toEqual([])
    },
  )
})
