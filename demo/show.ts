// What the demo shows when the calls have come through: each a question people ask, as a query and a table.

import type { Database } from '../shared/database/connect.ts'
import { columns } from '../shared/text/table.ts'

export async function showPipeline(db: Database): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(
    `-- demo: where are the calls?
select status, waiting, put_aside, parked, finished, remark from pipeline`,
  )
  return tableOf(
    {
      status: 'status',
      waiting: 'waiting',
      put_aside: 'put aside',
      parked: 'parked',
      finished: 'finished',
      remark: 'remark',
    },
    rows,
  )
}

export async function showDearest(db: Database): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(
    `-- demo: how did the price of the dearest calls come about?
select decision.number, call.client, plan.name as plan, tarif.code, tarif.description, decision.price::text,
  decision.first_sec || '/' || decision.step_sec as increments, decision.billable_sec, decision.charged_sec,
  trim_scale(decision.unrounded)::text as unrounded, decision.total::text, decision.currency
from rating_decision decision
join paidcalls call on call.id = decision.call_id
join tarif on tarif.id = decision.tarif_id
join tarifplan plan on plan.tarifnum = tarif.tarifnum
order by decision.total desc, decision.call_id
limit 10`,
  )
  return tableOf(
    {
      number: 'number',
      client: 'client',
      plan: 'plan of the price',
      code: 'code',
      description: 'place',
      price: 'per minute',
      increments: 'first/step',
      billable_sec: 'talked s',
      charged_sec: 'charged s',
      unrounded: 'unrounded',
      total: 'total',
      currency: '',
    },
    rows,
  )
}

export async function showSavings(db: Database): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(
    `-- demo: what does a client save by its plan?
select call.client, plan.name as plan, count(*) as calls, sum(call.billmin)::bigint as minutes,
  sum(call.master_total)::text as master_total, sum(call.total)::text as total,
  sum(call.master_total - call.total)::text as saved,
  coalesce(round(100 * sum(call.master_total - call.total) / nullif(sum(call.master_total), 0), 1) || ' %', '') as percent,
  sum(call.cost)::text as cost
from paidcalls call
join client on client.id = call.client_id
join tarifplan plan on plan.tarifnum = client.tarif_id
where call.status = 'tarif defined' and call.billable_sec > 0 and call.provider_id is not null
group by call.client, plan.name
order by sum(call.total) desc`,
  )
  return tableOf(
    {
      client: 'client',
      plan: 'plan',
      calls: 'calls',
      minutes: 'minutes begun',
      master_total: 'by the World list',
      total: 'total',
      saved: 'saved',
      percent: '',
      cost: 'carrier takes',
    },
    rows,
  )
}

export async function showParked(db: Database): Promise<string> {
  const { rows } = await db.query<Record<string, unknown>>(
    `-- demo: why do calls wait?
select status, problem, calls, minutes::text, money_at_stake::text from parked_calls`,
  )
  return tableOf(
    {
      calls: 'calls',
      minutes: 'minutes',
      money_at_stake: 'at stake, about',
      status: 'status',
      problem: 'problem',
    },
    rows,
  )
}

/** The columns of the rows under these headings, indented. */
function tableOf(headings: Record<string, string>, rows: readonly Record<string, unknown>[]): string {
  const under = rows.map((row) =>
    Object.fromEntries(Object.entries(headings).map(([name, heading]) => [heading, row[name]])),
  )
  return columns(under).replace(/^(?=.)/gm, '  ')
}
