// Whether all statements together are what the decisions say: per client and currency, to the last digit.

import type { Database } from '../database/connect.ts'
import { latestDecisions } from './decisions.ts'

export interface Verified {
  statements: number
  /** A sentence for each client and currency with something that is on no statement yet. */
  toBill: string[]
  /** A sentence for each thing that is wrong. */
  differences: string[]
}

const shownMost = 20

const decisionColumns = 'call_id, nr, calldate, client_id, currency, total, billable_sec'
const latestQuery = `-- statement: what each call costs now
create temp table verify_latest on commit drop as
${latestDecisions(decisionColumns, '')}`

const billedQuery = `-- statement: what is billed of each call, and whether its decisions are still here
create temp table verify_billed on commit drop as
select call.call_id, statement.client_id, statement.currency, sum(call.net) as net
from statement_call call join statement on statement.id = call.statement_id and statement.status = 'issued'
group by 1, 2, 3`

/** One row a client and currency: `on_statements` and `to_bill` together must be `decisions` and `detached`; `decisions` must be `sums`. */
const comparisonQuery = `-- statement: statements, decisions and sums beside each other
with span as (
  select client.id as client_id, statements_from, max(ends_at) as ends_at
  from client join statement on statement.client_id = client.id and status = 'issued' where statements_from is not null group by 1, 2
), per_call as (
  select coalesce(own.client_id, billed.client_id) as client_id, coalesce(own.currency, billed.currency) as currency, coalesce(own.total, 0) as total,
    coalesce(own.total, 0) - coalesce(billed.net, 0) as due
  from (select latest.* from verify_latest latest join span using (client_id) where (calldate >= statements_from and calldate < ends_at)
    or exists (select from verify_billed where call_id = latest.call_id and client_id = latest.client_id and currency = latest.currency)) own
  full join (select * from verify_billed where call_id in (select call_id from verify_latest)) billed
    on billed.call_id = own.call_id and billed.client_id = own.client_id and billed.currency = own.currency
), figures as (
  select client_id, currency, total as decisions, due, case when due <> 0 then 1 else 0 end as due_calls, 0::numeric as on_statements, 0::numeric as detached, 0::numeric as in_span, 0::numeric as sums
  from per_call
  union all
  select client_id, currency, 0, 0, 0, net - fixed_fees - bursts, 0, 0, 0 from statement where status = 'issued'
  union all
  select client_id, currency, 0, 0, 0, 0, net, 0, 0 from verify_billed where call_id not in (select call_id from verify_latest)
  union all
  select client_id, currency, 0, 0, 0, 0, 0, total, 0 from verify_latest join span using (client_id) where calldate >= statements_from and calldate < ends_at
  union all
  select client_id, currency, 0, 0, 0, 0, 0, 0, total from call_sum join span using (client_id) where starts_at >= statements_from and starts_at < ends_at
  union all
  select client_id, currency, 0, 0, 0, 0, 0, 0, -total from closed_sum join span using (client_id) where starts_at >= statements_from and starts_at < ends_at
)
select client_id, currency, sum(on_statements)::text as on_statements, sum(due)::text as to_bill, sum(due_calls)::integer as calls_to_bill,
  (sum(decisions) + sum(detached))::text as decisions, sum(on_statements) + sum(due) = sum(decisions) + sum(detached) as agrees,
  sum(in_span)::text as in_span, sum(sums)::text as sums, sum(in_span) = sum(sums) as sums_agree
from figures where currency <> '' group by 1, 2 order by 1, 2`

const structureQueries = [
  `-- statement: do its lines come to its total?
  select format('statement %s: its lines come to %s, it says %s', coalesce(number, id::text), trim_scale(lines), trim_scale(total)) as what
  from (
    select statement.id, number, total, (select coalesce(sum(net), 0) from statement_line where statement_id = statement.id) as lines from statement where status <> 'draft'
  ) own where lines <> total order by id`,
  `-- statement: do its calls come to what it says?
  select format('statement %s: its calls come to %s, it says %s', number, trim_scale(calls), trim_scale(says)) as what
  from (
    select statement.id, number, net - fixed_fees - bursts as says, (select coalesce(sum(net), 0) from statement_call where statement_id = statement.id) as calls
    from statement where status <> 'draft'
  ) own where calls <> says order by id`,
  `-- statement: does each call cost what its decision says?
  select format('statement %s, call %s: %s there, its decision %s says %s', number, call_id, trim_scale(total), nr, trim_scale(says)) as what
  from (
    select statement.number, call.call_id, call.nr, call.total, case when made.client_id = statement.client_id and made.currency = statement.currency then made.total else 0 end as says
    from statement_call call join statement on statement.id = call.statement_id
    join (
      select call_id, nr, client_id, currency, total from rating_decision union all select call_id, nr, client_id, currency, total from archived_decision
    ) made using (call_id, nr)
    where statement.status <> 'draft'
  ) own where total <> says order by call_id`,
  `-- statement: are there gaps in the numbers?
  select format('of %s %s numbers were given, and %s statements are there', year, last, count(statement.id)) as what
  from statement_number
  left join statement on status <> 'draft' and extract(year from issued_at at time zone coalesce(statement.issuer ->> 'time_zone', 'UTC')) = year
  group by year, last having count(statement.id) <> last`,
]

/** Compares all statements with all decisions and all sums in one snapshot. Changes nothing. */
export async function verifyStatements(db: Database): Promise<Verified> {
  await db.query(`begin isolation level repeatable read; set local work_mem = '256MB'; set local jit = off`)
  try {
    await db.query(latestQuery)
    await db.query(billedQuery)
    await db.query('create index on verify_billed (call_id); analyze verify_latest; analyze verify_billed')
    const differences: string[] = []
    for (const query of structureQueries) {
      const { rows } = await db.query<{ what: string }>(`${query} limit ${shownMost}`)
      differences.push(...rows.map(({ what }) => what))
    }
    const { rows } = await db.query<Comparison>(comparisonQuery)
    const { rows: counted } = await db.query<{ statements: number; unsummed: boolean }>(
      `-- statement: how many there are, and whether the sums are behind
      select (select count(*) from statement where status = 'issued') as statements, exists (select from unsummed) as unsummed`,
    )
    const behind = counted[0]?.unsummed === true
    for (const row of rows) {
      const whose = `client ${row.client_id} ${row.currency}`
      if (!row.agrees)
        differences.push(
          `${whose}: statements ${row.on_statements} and still to bill ${row.to_bill}, decisions ${row.decisions}`,
        )
      if (!row.sums_agree && !behind) differences.push(`${whose}: decisions ${row.in_span}, sums ${row.sums}`)
    }
    const toBill = rows
      .filter(({ calls_to_bill }) => calls_to_bill > 0)
      .map(
        (row) =>
          `client ${row.client_id} ${row.currency}: ${row.calls_to_bill} calls worth ${row.to_bill} will be on the next statement`,
      )
    if (behind)
      toBill.push(
        'some decisions are not in the sums yet, so these were not compared: let npm run rollup come to its end',
      )
    return { statements: counted[0]?.statements ?? 0, toBill, differences }
  } finally {
    await db.query('rollback').catch(() => undefined)
  }
}

interface Comparison {
  client_id: number
  currency: string
  on_statements: string
  to_bill: string
  calls_to_bill: number
  decisions: string
  agrees: boolean
  in_span: string
  sums: string
  sums_agree: boolean
}
