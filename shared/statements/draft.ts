// A draft: what stands on one client's statement, made from what was gathered.

import type { Database } from '../database/connect.ts'
import type { Wanted } from './gather.ts'

const behind = `(select coalesce(max(nr), 0) from statement_line where statement_id = $1)`

const callLines = `-- statement: calls by country, kind and price; late ones apart
insert into statement_line (statement_id, nr, what, country, kind, calls, billable_sec, unit_price, at_master, saved, net)
select $1, ${behind} + row_number() over (order by what = 'late', sum(net) desc, country, kind, price), 
  case what when 'call' then 'calls' else what end, country, kind, count(*), sum(billable_sec), price, sum(at_master), sum(at_master - net), sum(net)
from due where client_id = $2 and currency = $3 and what in ('call', 'late')
group by what, country, kind, price`

const correctionLines = `-- statement: corrections, call by call
insert into statement_line (statement_id, nr, what, country, kind, description, reason, call_id, began, quantity, unit_price, net)
select $1, ${behind} + row_number() over (order by calldate, call_id), 'correction', country, kind, coalesce(number, ''), reason, call_id, calldate, before, total, net
from due where client_id = $2 and currency = $3 and what = 'correction'`

const feeLines = `-- statement: monthly fees, by days where a month is not whole
insert into statement_line (statement_id, nr, what, description, quantity, unit_price, net)
select $1, ${behind} + row_number() over (order by id), 'fee', description, days, amount, round(amount * days / of_month, $4::integer)
from (
  select fee.id, description, amount, upper(period) - lower(period) as of_month,
    case when prorated then upper(valid * period) - lower(valid * period) else upper(period) - lower(period) end as days
  from client_fee fee join due_period using (client_id)
  where fee.client_id = $2 and coalesce(fee.currency, plan_currency) = $3 and valid && period
) fee`

const burstLines = `-- statement: bursts above the channels paid for
insert into statement_line (statement_id, nr, what, description, reason, quantity, unit_price, net)
select $1, ${behind} + row_number() over (order by channels), 'burst', model, format('%s of %s', peak, channels), quantity, price, round(quantity * price, $4::integer)
from due_burst where client_id = $2 and currency = $3`

// Of a tax of one name the client's own rate goes before the one for all. Fees and bursts are of the month's first and last day.
const taxLines = `-- statement: taxes, each rate on what it holds for
insert into statement_line (statement_id, nr, what, description, quantity, unit_price, net)
with taxed as (
  select day, net from due where client_id = $2 and currency = $3
  union all
  select case line.what when 'fee' then lower(period) else upper(period) - 1 end, line.net
  from statement_line line join statement on statement.id = statement_id where statement_id = $1 and line.what in ('fee', 'burst')
), day as (
  select day, sum(net) as net from taxed group by day
), rate as (
  select distinct on (day, name) day, name, percent from day join tax_rate on valid @> day and coalesce(client_id, $2) = $2
  order by day, name, client_id nulls last
)
select $1, ${behind} + row_number() over (order by name, percent desc), 'tax', name, sum(net), percent, round(sum(net) * percent / 100, $4::integer)
from day join rate using (day) group by name, percent`

const creditLines = `-- statement: what void statements came to is given back
insert into statement_line (statement_id, nr, what, description, reason, credits, net)
select $1, ${behind} + row_number() over (order by void.id), 'credit', void.number, void.reason, void.id, -void.total
from statement void
where void.client_id = $2 and void.currency = $3 and void.status = 'void' and not exists (
  select from statement_line credit join statement given on given.id = credit.statement_id where credit.credits = void.id and given.status = 'issued')`

const billedCalls = `-- statement: which decisions are billed here
insert into statement_call (statement_id, call_id, nr, calldate, what, total, net)
select $1, call_id, nr, calldate, what, total, net from due where client_id = $2 and currency = $3`

const sums = `-- statement: what it comes to
with calls as (
  select count(*) filter (where what <> 'correction') as calls, coalesce(sum(billable_sec) filter (where what <> 'correction'), 0) as billable_sec,
    coalesce(sum(at_master) filter (where what <> 'correction'), 0) as at_master, coalesce(sum(at_master - net) filter (where what <> 'correction'), 0) as saved,
    coalesce(sum(saved_by_bundle), 0) as saved_by_bundles, coalesce(sum(net) filter (where what = 'correction'), 0) as corrections, coalesce(sum(net), 0) as net
  from due where client_id = $2 and currency = $3
), lines as (
  select coalesce(sum(net) filter (where what = 'fee'), 0) as fees, coalesce(sum(net) filter (where what = 'burst'), 0) as bursts,
    coalesce(sum(net) filter (where what = 'tax'), 0) as tax, coalesce(sum(net) filter (where what = 'credit'), 0) as credits
  from statement_line where statement_id = $1
), payable as (
  select calls.net + fees + bursts as net, round(calls.net + fees + bursts + tax, $4::integer) as rounded from calls cross join lines
)
update statement
set calls = calls.calls, billable_sec = calls.billable_sec, at_master = calls.at_master, saved = calls.saved, saved_by_bundles = calls.saved_by_bundles,
  corrections = calls.corrections, fixed_fees = fees, bursts = lines.bursts, net = payable.net, tax = lines.tax, rounding = rounded - payable.net - lines.tax,
  credits = lines.credits, total = rounded + lines.credits
from calls cross join lines cross join payable
where statement.id = $1`

const roundingLine = `-- statement: rounding is a line of its own
insert into statement_line (statement_id, nr, what, net)
select id, ${behind} + 1, 'rounding', rounding from statement where id = $1 and rounding <> 0`

/**
 * Makes the draft of a client's month in a currency, in one transaction and in the place of an earlier one. Amounts are exact; fees, bursts
 * and each tax are rounded half up to the currency's minor unit, and so is the total, whose rounding is a line of its own.
 */
export async function makeDraft(db: Database, wanted: Wanted & { currency: string }): Promise<number> {
  const { client_id, currency, period, starts_at, ends_at, time_zone } = wanted
  await db.query('begin')
  try {
    await db.query(
      `-- statement: a draft is made anew
      delete from statement where client_id = $1 and currency = $2 and lower(period) = $3 and status = 'draft'`,
      [client_id, currency, period],
    )
    const { rows } = await db.query<{ id: number; decimals: number }>(
      `-- statement: a draft
      insert into statement (client_id, period, currency, starts_at, ends_at, time_zone, decimals)
      values ($1, daterange($2::date, ($2::date + interval '1 month')::date), $3, $4, $5, $6, minor_digits($3)) returning id, decimals`,
      [client_id, period, currency, starts_at, ends_at, time_zone],
    )
    const { id, decimals: digits } = rows[0] ?? { id: 0, decimals: 2 }
    const own = [id, client_id, currency]
    for (const query of [callLines, correctionLines]) await db.query(query, own)
    for (const query of [feeLines, burstLines, taxLines]) await db.query(query, [...own, digits])
    for (const query of [billedCalls, creditLines]) await db.query(query, own)
    await db.query(sums, [...own, digits])
    await db.query(roundingLine, [id])
    await db.query('commit')
    return id
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    throw error
  }
}
