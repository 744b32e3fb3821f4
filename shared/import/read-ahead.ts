// What import does while the billing database stores a batch: it reads and judges the next, and marks the one before.

import { isDeepStrictEqual } from 'node:util'

import { judge } from '../cdr/judge.ts'
import type { Judged } from '../cdr/judge.ts'
import { createTwins } from '../cdr/twins.ts'
import type { Log } from '../program/log.ts'
import type { Clock, Format } from '../sources/record/format.ts'
import type { Batch, Position, Reader } from '../sources/record/reader.ts'
import type { Turn } from './turn.ts'

interface Ready {
  from: Position
  format: Format
  clock: Clock
  batch: Batch
  judged: Judged[]
}

export interface ReadAhead {
  start: (turn: Turn) => void
  /** The batch of this turn: the one read ahead, unless the position or the rules have changed meanwhile. */
  take: (turn: Turn) => Promise<Ready>
  /** Marks a batch that is stored; while the next is on its way, that is not waited for. */
  mark: (batch: Batch) => Promise<void>
  /** Until nothing is being marked. */
  settle: () => Promise<void>
}

/** Reads a source one batch ahead of what is stored. `formatNow` is asked for each batch: an edit of the source may change it. */
export function readAhead(reader: Reader, formatNow: () => Format, log: Log): ReadAhead {
  let reading: Promise<Ready> | undefined
  let marking: Promise<void> = Promise.resolve()
  const withoutTwins = createTwins()
  const read = async ({ position, time_zone, latestYear }: Turn): Promise<Ready> => {
    const format = formatNow()
    const batch = await reader.read(position)
    const clock = { time_zone, latestYear }
    return {
      from: position,
      format,
      clock,
      batch,
      judged: withoutTwins(judge(batch.records, format, clock)),
    }
  }
  return {
    start: (turn) => {
      reading = read(turn)
      // Nobody may be waiting for it when it fails; take tells.
      reading.catch(() => undefined)
    },
    take: async (turn) => {
      const ready = await reading?.finally(() => (reading = undefined))
      const fits =
        ready?.clock.time_zone === turn.time_zone &&
        ready.format === formatNow() &&
        isDeepStrictEqual(ready.from, turn.position)
      return ready && fits ? ready : read(turn)
    },
    mark: async (batch) => {
      const before = marking
      marking = Promise.resolve(batch.stored?.()).then((notice) => {
        if (notice !== undefined) log.warn({ notice }, 'source is read-only')
      })
      marking.catch(() => undefined)
      await before
      if (batch.ahead && batch.more) return
      await marking.finally(() => (marking = Promise.resolve()))
    },
    settle: () => marking.catch(() => undefined),
  }
}
