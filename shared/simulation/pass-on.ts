// A call passed on by a stage inside the caller's transaction, which must be rolled back.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { decideAgain } from './dry-run.ts'

/** As the stage would; returns why the call would wait, or undefined when it moved. */
export async function passOn<Facts extends Call>(
  db: Database,
  stage: Stage<Facts>,
  call: number,
): Promise<string | undefined> {
  const [tried] = await decideAgain(db, stage, 'select * from paidcalls where id = $1', [call])
  if (!tried) return 'it is gone'
  if ('problem' in tried.outcome) return tried.outcome.problem
  await db.query(stage.settle, [call, ...tried.outcome.found])
  return undefined
}

/** The stages of the line, by the status they take. */
export type Line = ReadonlyMap<string, (db: Database, call: number) => Promise<string | undefined>>

/** A stage that passes calls on, for a line of them. */
export const passing =
  <Facts extends Call>(stage: Stage<Facts>) =>
  (db: Database, call: number): Promise<string | undefined> =>
    passOn(db, stage, call)

export interface Outlook {
  calls: number
  /** What the calls that would be priced come to, a line a currency. */
  totals: { calls: number; total: string; currency: string | null }[]
  /** Why the others would wait, the most frequent first. */
  problems: { calls: number; problem: string }[]
}

/** What would become of calls that wait with a problem, were they looked at now: so many of them at the most. */
export async function outlookOf(
  db: Database,
  line: Line,
  { status, problem, most }: { status: string; problem: string; most: number },
): Promise<Outlook> {
  const { rows: parked } = await db.query<{ id: number }>(
    `-- what would become of these calls?
    update paidcalls set problem = null
    where id in (select id from paidcalls where status = $1::enum_paidcalls_status and problem = $2 order by id limit $3) returning id`,
    [status, problem, most],
  )
  const problems = new Map<string, number>()
  const stages = [...line.keys()]
  for (const { id } of parked) {
    for (const taken of stages.slice(stages.indexOf(status))) {
      const waits = await line.get(taken)?.(db, id)
      if (waits === undefined) continue
      problems.set(waits, (problems.get(waits) ?? 0) + 1)
      break
    }
  }
  const { rows: totals } = await db.query<Outlook['totals'][number]>(
    `-- what would they come to?
    select count(*)::integer as calls, trim_scale(coalesce(sum(total), 0))::text as total, currency
    from paidcalls where id = any ($1) and status = 'tarif defined' group by currency order by currency`,
    [parked.map(({ id }) => id)],
  )
  return {
    ...{ calls: parked.length, totals },
    problems: [...problems]
      .map(([why, calls]) => ({ calls, problem: why }))
      .sort((a, b) => b.calls - a.calls),
  }
}
