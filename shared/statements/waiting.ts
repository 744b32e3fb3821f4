// Calls of a month that have no price yet: they would come late, on the next statement.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { columns } from '../text/table.ts'

const waitingQuery = `-- statement: calls of these months that have no price yet
with usual as (
  select sum(total) * 60 / nullif(sum(billable_sec), 0) as per_minute
  from (select total, billable_sec from rating_decision order by call_id desc limit 1000) latest
), month as (
  select min(starts_at) as starts_at, max(ends_at) as ends_at from due_period
)
select coalesce(problem, 'on its way through the stages') as problem, count(*) as calls, round(sum(billsec) / 60.0, 1)::text as minutes,
  coalesce(round(sum(billsec) / 60.0 * (select per_minute from usual), 2)::text, '') as money_at_stake, min(id) as first_call
from paidcalls cross join month
where status in ('new record', 'client defined', 'destination defined') and calldate >= month.starts_at and calldate < month.ends_at
  and (client_id is null or client_id in (select client_id from due_period))
group by 1 order by calls desc, 1 limit 20`

/** Throws a Complaint with the problems and the money at stake, when calls of these months wait. */
export async function refuseWaiting(db: Database, month: string): Promise<void> {
  const { rows } = await db.query<Record<string, unknown>>(waitingQuery)
  if (rows.length === 0) return
  throw new Complaint(
    [
      `Calls of ${month} have no price yet, and would come late, on the next statement:`,
      '',
      ...columns(rows)
        .trimEnd()
        .split('\n')
        .map((line) => `  ${line}`),
      '',
      'Mend what they wait for (parked_calls), or say --with-waiting.',
    ].join('\n'),
  )
}
