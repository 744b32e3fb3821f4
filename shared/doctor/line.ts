// What can be wrong on the line: calls that wait, calls put aside, processes that are silent.

import { doubtful, good, one } from './finding.ts'
import type { Check } from './finding.ts'

export const line: Check = async (db) => {
  const { parked, aside, silent } = await one<{ parked: number; aside: number; silent: number }>(
    db,
    `select (select coalesce(sum(parked), 0)::integer from pipeline) as parked, (select coalesce(sum(put_aside), 0)::integer from pipeline) as aside,
       (select count(silent_since) from workers) as silent`,
  )
  return [
    parked > 0
      ? doubtful(
          `calls that wait for an edit: ${parked}`,
          'select * from parked_calls says which rows are missing.',
        )
      : good('no call is parked'),
    ...(aside > 0
      ? [
          doubtful(
            `calls put aside after an error: ${aside}`,
            'select * from oldest_calls, and the log of the stage.',
          ),
        ]
      : []),
    ...(silent > 0
      ? [
          doubtful(
            `processes that are silent: ${silent}`,
            'select * from workers names them: start them again.',
          ),
        ]
      : []),
  ]
}
