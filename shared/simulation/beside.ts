// What codes and numbers cost under several plans: calls that nobody made, decided upon by the stages themselves.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Call, Stage } from '../line/stage.ts'
import { passOn } from './pass-on.ts'
import { underPlans } from './under-plans.ts'
import type { UnderPlan } from './under-plans.ts'

/** What tariff decides upon that a call nobody made has not. */
export interface Unmade extends Call {
  carried: boolean
  bundles: unknown
}

/** Somebody would carry it, and nobody has minutes left of it. */
const asUnmade = <Facts extends Unmade>(tariff: Stage<Facts>): Stage<Facts> => ({
  ...tariff,
  decide: (facts) => tariff.decide({ ...facts, carried: true, bundles: null }),
})

// Of no client there is, who has each plan in turn.
const calls = (rows: string): string => `select * from jsonb_populate_recordset(null::paidcalls, ${rows})`

/** A minute to each code as if it were a whole number, however it is dialled; `call` is the place of the code. */
export async function codesBeside<Facts extends Unmade>(
  db: Database,
  tariff: Stage<Facts>,
  codes: readonly string[],
  at: Date,
  plans: readonly number[],
): Promise<UnderPlan[]> {
  const rows = codes.map((number, id) => ({
    ...{ id, number, kind: 'international', client_id: 0, client: '', decisions: 0 },
    ...{ calldate: at, duration: 60, billsec: 60, direction: 'out', disposition: 'ANSWERED' },
  }))
  return underPlans(
    db,
    asUnmade(tariff),
    { calls: calls('$1::jsonb'), values: [JSON.stringify(rows)] },
    plans,
  )
}

const insertQuery = `-- plans side by side: a call that is rolled back
insert into paidcalls (status, client_id, client, calldate, duration, billsec, dst, direction, disposition)
values ('client defined', null, '', $1, $2, $2, $3, 'out', 'ANSWERED') returning id`

export interface NumberBeside {
  kind: string
  country: string | null
  found: UnderPlan[]
}

/** A call of so many seconds to a number (E.164). A transaction to be rolled back. Throws a Complaint for what is no number. */
export async function numberBeside<Dialled extends Call, Facts extends Unmade>(
  db: Database,
  { destination, tariff }: { destination: Stage<Dialled>; tariff: Stage<Facts> },
  { number, seconds, at }: { number: string; seconds: number; at: Date },
  plans: readonly number[],
): Promise<NumberBeside> {
  const { rows } = await db.query<{ id: number }>(insertQuery, [at, seconds, `+${number}`])
  const id = rows[0]?.id ?? 0
  const problem = await passOn(db, destination, id)
  if (problem !== undefined) throw new Complaint(`The call would wait: ${problem}.`)
  const { rows: dialled } = await db.query<{ kind: string; country: string | null }>(
    '-- plans side by side: what was dialled?\nselect kind, country from paidcalls where id = $1',
    [id],
  )
  const query = calls(
    `(select jsonb_agg(to_jsonb(paidcalls) || '{"client_id": 0}') from paidcalls where id = $1)`,
  )
  const found = await underPlans(db, asUnmade(tariff), { calls: query, values: [id] }, plans)
  return { kind: dialled[0]?.kind ?? 'none', country: dialled[0]?.country ?? null, found }
}
