// What a stage is: the status it takes, the one it leaves, the facts of a call, and the decision on them.

import type { Status, Waiting } from './claim.ts'

/** What every stage's facts hold; the rest is the stage's own. */
export interface Call {
  id: number
}

/** A decision is data: what was found, as the values of the settle query after the id; or why the call waits. */
export type Outcome = { found: readonly unknown[] } | { problem: string; waits_for: readonly string[] }

export interface Stage<Facts extends Call> {
  name: string
  takes: Waiting
  leaves: Status
  /** `select …` over the common table expression `call`: the call together with all candidates for the decision. */
  facts: string
  /** Pure: no clock, no database, no log, no settings, no randomness. */
  decide: (facts: Facts) => Outcome
  /** Keys of the rows an error nobody foresaw may come from: an edit of one of them lets the call try again. */
  touches?: (facts: Facts) => readonly string[]
  /** Writes what was found and the status the stage leaves into call $1. */
  settle: string
}

/** The call moves on with these values for the settle query ($2 …). */
export function moves(...found: readonly unknown[]): Outcome {
  return { found }
}

/** The call waits with this sentence until a row named by one of the keys is edited. */
export function waits(problem: string, waits_for: readonly string[]): Outcome {
  return { problem, waits_for }
}
