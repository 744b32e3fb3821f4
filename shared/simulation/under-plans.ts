// What calls would cost under other plans, each priced as on the line.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { decisionOf } from '../rating/decision.ts'
import { decideAgain } from './dry-run.ts'

export interface UnderPlan {
  /** Id of the call. */
  call: number
  tarifnum: number
  /** Exact, in the plan's currency; null where the call would wait with the problem. */
  total: string | null
  currency: string | null
  /** The row that applies, in the plan or in one it is based on. */
  tarif_id: number | null
  code: string | null
  /** Per minute and per call. */
  price: string | null
  connect_fee: string | null
  /** By which rule it costs this, when no row says it. */
  rule: string | null
  /** The same of the root plan; null where it has none. */
  master: { price: string; connect_fee: string; total: string } | null
  problem: string | null
}

/**
 * By the prices of the moment a call was made, minutes that a plan includes as far as they were left. `calls` is a query for calls with
 * the parameters `values`, all of clients, which have one plan after the other.
 */
export async function underPlans<Facts extends Call>(
  db: Database,
  tariff: Stage<Facts>,
  { calls, values }: { calls: string; values: readonly unknown[] },
  plans: readonly number[],
): Promise<UnderPlan[]> {
  // In the place of what holds.
  const client_tarif = `select distinct client_id, $${values.length + 1}::integer as tarifnum, '(,)'::tstzrange as valid from call`
  const found: UnderPlan[] = []
  for (const tarifnum of plans) {
    const tried = await decideAgain(db, tariff, calls, [...values, tarifnum], { client_tarif })
    for (const { facts, outcome } of tried) {
      const decision = 'found' in outcome ? decisionOf(outcome.found) : {}
      const text = (name: string): string | null => {
        const value = decision[name]
        return typeof value === 'string' ? value : null
      }
      found.push({
        ...{ call: facts.id, tarifnum, total: text('total'), currency: text('currency') },
        ...{ code: text('code'), price: text('price'), connect_fee: text('connect_fee'), rule: text('rule') },
        tarif_id: typeof decision['tarif_id'] === 'number' ? decision['tarif_id'] : null,
        master: (decision['master'] as UnderPlan['master'] | undefined) ?? null,
        problem: 'problem' in outcome ? outcome.problem : null,
      })
    }
  }
  return found
}
