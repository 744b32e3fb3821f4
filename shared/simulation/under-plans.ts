// What a call that was made would have cost under other plans, each priced as on the line.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { decisionOf } from '../rating/decision.ts'
import { callsOfAnyAge, decideAgain } from './dry-run.ts'

export interface UnderPlan {
  tarifnum: number
  plan: string
  /** Exact, in the plan's currency; null where the call would wait with the problem. */
  total: string | null
  currency: string | null
  code: string | null
  price: string | null
  problem: string | null
}

/**
 * By the prices of the moment the call was made, minutes that a plan includes as far as they were left. The transaction the caller has
 * begun must be rolled back: in it the client has one plan after the other.
 */
export async function underPlans<Facts extends Call>(
  db: Database,
  tariff: Stage<Facts>,
  call: string,
  plans: readonly { tarifnum: number; name: string }[],
): Promise<UnderPlan[]> {
  // Found before the table itself, in this session alone.
  await db.query(
    `-- under other plans: in the place of what holds\ncreate temp table client_tarif (like client_tarif) on commit drop`,
  )
  const found: UnderPlan[] = []
  for (const { tarifnum, name } of plans) {
    await db.query(
      `-- under other plans: this one
      with before as (delete from pg_temp.client_tarif)
      insert into pg_temp.client_tarif (client_id, tarifnum, valid) select client_id, $2, '(,)' from ${callsOfAnyAge} where id = $1`,
      [call, tarifnum],
    )
    const [tried] = await decideAgain(db, tariff, `select * from ${callsOfAnyAge} where id = $1`, [call])
    if (!tried) continue
    const { outcome } = tried
    const decision = 'found' in outcome ? decisionOf(outcome.found) : {}
    const text = (name: string): string | null => {
      const value = decision[name]
      return typeof value === 'string' ? value : null
    }
    found.push({
      ...{ tarifnum, plan: name, total: text('total'), currency: text('currency') },
      ...{ code: text('code'), price: text('price'), problem: 'problem' in outcome ? outcome.problem : null },
    })
  }
  return found
}
