// Going over a table for rows without a mark below the place that reading on has reached: their mark was lost when a process was
// killed, or taken back by hand. There is no index on the mark, so it is done in small steps, the newest rows first, when a
// process starts and every ten minutes.

import type { KeyedRow, KeyedTable } from './keyed-table.ts'

const stepRows = 20_000
const restMs = 600_000

export interface Step {
  rows: KeyedRow[]
  /** There is more to go over. */
  more: boolean
  /** To be called once the rows are stored; until then the step is made again. */
  done: () => void
}

export interface GoingOver {
  /** The next step at or below an id; undefined while there is nothing to do. */
  step: (top: bigint, rowsMost: number) => Promise<Step | undefined>
  /** Some mark was lost just now. */
  again: () => void
}

/** Goes over a table from the top to the bottom, step by step, and again when it is told to or ten minutes after its end. */
export function goOver(table: KeyedTable): GoingOver {
  // What is above has been gone over.
  let reached: bigint | undefined
  let ended = -restMs
  return {
    step: async (top, rowsMost) => {
      if (reached === undefined && performance.now() - ended < restMs) return undefined
      const to = reached ?? top
      const from = (await table.below(to, stepRows)) ?? to
      const { rows, more } = await table.unmarked(from, to, rowsMost)
      // Where there are too many for one batch the step is made again, when these are marked.
      const next = more ? to : from < to ? from : undefined
      return {
        rows,
        more: next !== undefined,
        done: () => {
          reached = next
          if (next === undefined) ended = performance.now()
        },
      }
    },
    again: () => {
      reached = undefined
      ended = -restMs
    },
  }
}
