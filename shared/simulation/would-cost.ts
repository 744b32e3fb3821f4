// What calls that have been made would cost, as the stage tariff prices them now. Kept for the transaction, for queries to compare.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { decisionOf } from '../rating/decision.ts'
import { decideAgain } from './dry-run.ts'

const callsAtOnce = 1_000

const tableQuery = `-- what calls would cost
create temp table would_cost (call_id bigint primary key, total numeric, cost numeric, tarif_id integer, problem text) on commit drop`

const keepQuery = `-- keep what calls would cost
insert into would_cost
select call_id, (decision ->> 'total')::numeric, (decision ->> 'cost')::numeric, (decision ->> 'tarif_id')::integer, problem
from unnest($1::bigint[], $2::jsonb[], $3::text[]) tried (call_id, decision, problem)`

/**
 * Fills the temporary table would_cost(call_id, total, cost, tarif_id, problem): exact amounts in the currency of the plan and
 * of the provider, or the problem the call would wait with. `calls` is a query for rows of paidcalls whose parameters `values`
 * are $1, $2 …; a batch is asked at a time. Returns how many calls there were. The caller has begun a transaction.
 */
export async function priceAgain<Facts extends Call>(
  db: Database,
  tariff: Stage<Facts>,
  calls: string,
  values: readonly unknown[],
): Promise<number> {
  await db.query(tableQuery)
  const batch = `select * from (${calls}) asked where id > $${values.length + 1} order by id limit ${callsAtOnce}`
  let [last, priced] = [0, 0]
  for (;;) {
    const tried = await decideAgain(db, tariff, batch, [...values, last])
    if (tried.length === 0) return priced
    last = Math.max(...tried.map(({ facts }) => facts.id))
    priced += tried.length
    await db.query(keepQuery, [
      tried.map(({ facts }) => facts.id),
      tried.map(({ outcome }) => ('found' in outcome ? JSON.stringify(decisionOf(outcome.found)) : null)),
      tried.map(({ outcome }) => ('problem' in outcome ? outcome.problem : null)),
    ])
  }
}
