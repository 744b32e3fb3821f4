// A statement as it is read back to be written: the same for PDF, CSV and JSON, however long ago it was issued.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { decisionOf } from './decisions.ts'
import type { BilledCall, Document, Line } from './paper/content.ts'

const documentQuery = `-- statement: read it to be written
select id, status, number, client_id, currency, decimals,
  greatest(decimals, (select max(greatest(scale(trim_scale(net)), scale(trim_scale(at_master)), case what when 'correction' then greatest(scale(trim_scale(quantity)), scale(trim_scale(unit_price))) end)) from statement_line where statement_id = own.id)) as amount_digits,
  greatest(decimals, (select max(scale(trim_scale(unit_price))) from statement_line where statement_id = own.id and what in ('calls', 'late'))) as price_digits,
  lower(period)::text as first_day, (upper(period) - 1)::text as last_day, starts_at, ends_at,
  time_zone, made_at, issued_at, (issued_at at time zone coalesce(own.issuer ->> 'time_zone', 'UTC'))::date::text as issued_on, due_at::text, reason,
  calls, billable_sec, at_master::text, saved::text, (saved - saved_by_bundles)::text as saved_by_plan, saved_by_bundles::text, (at_master - saved)::text as paid,
  (select coalesce(sum(net), 0)::text from statement_line where statement_id = own.id and what = 'late') as late,
  corrections::text, fixed_fees::text, bursts::text, net::text, tax::text, rounding::text, credits::text, total::text,
  coalesce(own.issuer, (select to_jsonb(issuer) - '{one,logo}'::text[] from issuer), '{}') as issuer,
  coalesce(own.payer, (select jsonb_build_object('name', name, 'address', address, 'tax_id', tax_id, 'language', language) from client where client.id = own.client_id)) as payer,
  (select logo from issuer) as logo, pdf_sha256
from statement own where id = $1`

export async function readDocument(db: Database, id: number): Promise<Document> {
  const { rows } = await db.query<Document>(documentQuery, [id])
  const [document] = rows
  if (!document) throw new Complaint(`There is no statement ${id}.`)
  return document
}

/** Its lines in their order, some thousands at a time. */
export async function* linesOf(
  db: Database,
  id: number,
  what: readonly Line['what'][],
): AsyncGenerator<Line> {
  for (let behind = 0; ;) {
    const { rows } = await db.query<Line>(
      `-- statement: its lines
      select nr, what, country, kind, description, reason, call_id, began, calls, billable_sec, quantity::text, unit_price::text, at_master::text, saved::text, net::text
      from statement_line where statement_id = $1 and what = any ($2) and nr > $3 order by nr limit 2000`,
      [id, what, behind],
    )
    const last = rows.at(-1)
    if (!last) return
    behind = last.nr
    yield* rows
  }
}

// What a decision says that is nobody's any more was that of who paid before.
const callsQuery = `-- statement: its calls, by the decisions that are billed
select billed.what, billed.call_id, billed.nr, billed.calldate, made.billable_sec, call.caller, made.number, made.country, made.kind, made.code, made.price::text,
  coalesce(made.master_total, made.total)::text as at_master, billed.total::text, billed.net::text, made.reason
from statement_call billed
left join lateral ${decisionOf('billable_sec, number, country, kind, code, price, master_total, total, reason', 'billed.call_id', 'billed.nr')} made on true
left join lateral (
  select caller from paidcalls where id = billed.call_id union all select caller from archived_call where id = billed.call_id limit 1
) call on true
where billed.statement_id = $1`

/** Every call of it, by the moment it began. Needs a transaction, in which it keeps a cursor. */
export async function* callsOf(db: Database, id: number): AsyncGenerator<BilledCall> {
  await db.query(
    `declare billed_calls no scroll cursor for ${callsQuery} order by billed.calldate, billed.call_id`,
    [id],
  )
  for (;;) {
    const { rows } = await db.query<BilledCall>(
      `-- statement: the next of its calls\nfetch 2000 from billed_calls`,
    )
    if (rows.length === 0) break
    yield* rows
  }
  await db.query('close billed_calls')
}

export async function dearestCalls(db: Database, id: number): Promise<BilledCall[]> {
  const { rows } = await db.query<BilledCall>(
    `with dearest as materialized (
      select call_id from statement_call where statement_id = $1 and what <> 'correction' and total > 0 order by total desc, call_id limit 10
    )
    ${callsQuery} and billed.call_id in (select call_id from dearest) order by billed.total desc, billed.call_id`,
    [id],
  )
  return rows
}
