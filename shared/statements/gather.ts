// What is still to be billed, of all clients in one snapshot: temporary tables from which each client's draft is made.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { noteSavedByBundles } from './bundles.ts'
import { gatherBursts } from './bursts.ts'
import { latestDecisions } from './decisions.ts'

export interface Asked {
  /** The first day, such as 2026-10-01. */
  month: string
  /** Null: all. */
  client: number | null
}

/** A client's month and where it begins and ends; the plan's currency at its end, null without a plan. */
const periodsQuery = `-- statement: whose month begins and ends when
create temp table due_period as
with asked as (
  select daterange($1::date, ($1::date + interval '1 month')::date) as period, daterange(($1::date - interval '1 month')::date, $1::date) as before,
    daterange(($1::date + interval '1 month')::date, ($1::date + interval '2 months')::date) as after
), bordered as (
  select client.id as client_id, asked.period, client.statements_from,
    coalesce(
      (select max(ends_at) from statement where client_id = client.id and status = 'issued' and period = asked.before),
      (select min(starts_at) from statement where client_id = client.id and status = 'issued' and period = asked.period),
      month_border(client.id, lower(asked.period))) as starts_at,
    coalesce(
      (select min(starts_at) from statement where client_id = client.id and status = 'issued' and period = asked.after),
      (select max(ends_at) from statement where client_id = client.id and status = 'issued' and period = asked.period),
      month_border(client.id, upper(asked.period))) as ends_at
  from client cross join asked
  -- Of several databases a client's statements are made where it is at home.
  where case when $2::integer is null then (client.home <> (select name from this_database)) is not true else client.id = $2 end
)
select client_id, period, starts_at, ends_at, least(starts_at, coalesce(statements_from, starts_at)) as from_at,
  client_zone(client_id, ends_at - interval '1 microsecond') as time_zone, client_currency(client_id, ends_at - interval '1 microsecond') as plan_currency
from bordered`

const decisionColumns = `call_id, nr, calldate, client_id, currency, total, master_total, billable_sec, free_sec, country, kind, price, number, reason`

/** The latest decision of each call, by the client and in the currency it names. Calls nobody answered are on no statement. */
const currentQuery = `-- statement: what each call costs now
create temp table due_current as
select latest.*
from (
  ${latestDecisions(decisionColumns, ' where calldate >= $1')}
) latest
join due_period period using (client_id)
where latest.calldate >= period.from_at and latest.calldate < period.ends_at and currency is not null and (billable_sec > 0 or total <> 0)`

const billedQuery = `-- statement: what is billed of each call
create temp table due_billed as
select call.call_id, statement.client_id, statement.currency, sum(call.net) as net
from statement_call call
join statement on statement.id = call.statement_id
join due_period using (client_id)
where statement.status = 'issued'
group by 1, 2, 3`

const dueQuery = `-- statement: what is still to be billed
create temp table due as
select client_id, currency, call_id, nr, calldate, (calldate at time zone period.time_zone)::date as day,
  case when billed.call_id is not null then 'correction' when calldate < period.starts_at then 'late' else 'call' end as what,
  country, kind, price, number, reason, billable_sec, free_sec, total, coalesce(billed.net, 0) as before, total - coalesce(billed.net, 0) as net,
  coalesce(master_total, total) as at_master, 0::numeric as saved_by_bundle
from due_current
join due_period period using (client_id)
left join due_billed billed using (call_id, client_id, currency)
where billed.call_id is null or billed.net <> total
union all
-- Billed once, and now another's, in another currency, or nobody's.
select billed.client_id, billed.currency, billed.call_id, made.nr, made.calldate, (made.calldate at time zone period.time_zone)::date, 'correction',
  made.country, made.kind, made.price, made.number, made.reason, made.billable_sec, 0, own.total, billed.net, own.total - billed.net, 0, 0
from due_billed billed
join due_period period using (client_id)
left join due_current still using (call_id, client_id, currency)
cross join lateral (
  (select ${decisionColumns} from rating_decision where call_id = billed.call_id order by nr desc limit 1)
  union all
  (select ${decisionColumns} from archived_decision where call_id = billed.call_id order by nr desc limit 1)
  limit 1
) made
cross join lateral (
  select case when made.client_id = billed.client_id and made.currency = billed.currency then made.total else 0 end as total
) own
where still.call_id is null and billed.net <> own.total and made.calldate < period.ends_at`

/**
 * Takes one snapshot of all decisions and leaves the temporary tables due_period, due and due_burst. Throws a Complaint where calls of
 * before are not in the sums yet, and for a client that is not there.
 */
export async function gather(db: Database, asked: Asked): Promise<void> {
  await db.query(
    '-- statement: nothing of an earlier time\ndrop table if exists pg_temp.due_period, pg_temp.due, pg_temp.due_burst, pg_temp.due_busy',
  )
  await db.query('begin isolation level repeatable read')
  try {
    await db.query(`set local work_mem = '256MB'; set local jit = off`)
    await gatherNow(db, asked)
    await db.query('commit')
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    throw error
  }
}

async function gatherNow(db: Database, { month, client }: Asked): Promise<void> {
  await refuseUnfilled(db)
  const { rowCount } = await db.query(periodsQuery, [month, client])
  if (client !== null && rowCount === 0) throw new Complaint(`There is no client ${client}.`)
  const { rows } = await db.query<{ first: Date | null }>(
    `-- statement: the first moment that counts\nselect min(from_at) as first from due_period`,
  )
  await db.query(currentQuery, [rows[0]?.first ?? new Date()])
  await db.query(billedQuery)
  await db.query('analyze due_current; analyze due_billed; analyze due_period')
  await db.query(dueQuery)
  await db.query('create index on due (client_id, currency); analyze due')
  await noteSavedByBundles(db)
  await gatherBursts(db)
  await db.query('drop table due_current, due_billed')
}

async function refuseUnfilled(db: Database): Promise<void> {
  const { rows } = await db.query<{ filling: boolean }>(
    `-- statement: do all decisions carry what they are billed by?
    select coalesce(bool_or(line_reached < line_last or archive_reached < archive_last), false) as filling from sum_fill`,
  )
  if (rows[0]?.filling === true)
    throw new Complaint(
      'Calls that were priced before there were sums are not in them yet: let npm run rollup come to its end.',
    )
}

/** A statement to make: a client's month in a currency. */
export interface Wanted {
  client_id: number
  client: string
  currency: string | null
  period: string
  starts_at: Date
  ends_at: Date
  time_zone: string
  /** Whether the month is over in the client's zone. */
  over: boolean
  /** The number, where it is issued already. */
  issued: string | null
  calls: number
}

/** Every client with calls, corrections, fees, bursts or credits, in the order of their ids. */
export async function wantedStatements(db: Database): Promise<Wanted[]> {
  const { rows } = await db.query<Wanted>(
    `-- statement: which are to be made
    with wanted as (
      select client_id, currency, count(*) as calls from due group by 1, 2
      union all
      select client_id, coalesce(fee.currency, plan_currency), 0 from client_fee fee join due_period using (client_id) where fee.valid && period
      union all
      select client_id, currency, 0 from due_burst
      union all
      select client_id, void.currency, 0 from statement void join due_period using (client_id)
      where void.status = 'void' and not exists (
        select from statement_line credit join statement given on given.id = credit.statement_id where credit.credits = void.id and given.status = 'issued')
      union all
      select client_id, issued.currency, 0 from statement issued join due_period period using (client_id) where issued.status = 'issued' and issued.period = period.period
    )
    select client_id, client.name as client, wanted.currency, lower(period.period)::text as period, period.starts_at, period.ends_at, period.time_zone,
      now() >= period.ends_at as over,
      (select number from statement where status = 'issued' and statement.client_id = wanted.client_id and statement.currency = wanted.currency
        and statement.period = period.period) as issued,
      sum(calls)::bigint as calls
    from wanted join due_period period using (client_id) join client on client.id = client_id
    group by client_id, client.name, wanted.currency, period.period, period.starts_at, period.ends_at, period.time_zone
    order by client_id, wanted.currency`,
  )
  return rows
}
