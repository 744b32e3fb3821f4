// What a stage would decide about calls, without moving them.

import type { Database } from '../database/connect.ts'
import type { Call, Outcome, Stage } from '../line/stage.ts'

/** A call as it stands, and what the stage would now make of it. */
export interface Tried<Facts extends Call> {
  facts: Facts
  outcome: Outcome
}

/** Calls on the line and in the archive, under the name of the table; what is forgotten cannot be priced again. */
export const callsOfAnyAge =
  '(select * from paidcalls where forgotten_at is null union all select * from archived_call where forgotten_at is null) paidcalls'

/**
 * Reads the facts of calls as the stage itself does, and decides. `calls` is a query for rows of paidcalls with the
 * parameters `values`; `instead` are queries by name that stand in the place of tables, over `call`. Nothing is locked or written.
 */
export async function decideAgain<Facts extends Call>(
  db: Database,
  stage: Stage<Facts>,
  calls: string,
  values: readonly unknown[],
  instead: Readonly<Record<string, string>> = {},
): Promise<Tried<Facts>[]> {
  const others = Object.entries(instead).map(([table, query]) => `${table} as (${query}), `)
  const { rows } = await db.query<{ facts: Facts }>(
    `-- what would ${stage.name} decide?\nwith call as materialized (${calls}), ${others.join('')}facts as (${stage.facts})\nselect row_to_json(facts) as facts from facts`,
    [...values],
  )
  return rows.map(({ facts }) => ({ facts, outcome: stage.decide(facts) }))
}
