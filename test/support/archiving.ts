// Calls that were priced long ago, and what becomes of them.

import type { Database } from '../../shared/database/connect.ts'

/**
 * Adds calls priced so many months ago, an hour after they began, each with a decision, every third with a second one. They
 * cost 0.01, 0.02 … Gives back their ids.
 */
export async function pricedCalls(db: Database, monthsAgo: readonly number[]): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    `with priced as (
       select nr, now() - make_interval(secs => months * 2629800) as priced_at, 1 + (nr % 3 = 0)::integer as decisions
       from unnest($1::numeric[]) with ordinality aged (months, nr)
     ), called as (
       insert into paidcalls (status, calldate, imported_at, priced_at, src, dst, number, disposition, duration, billsec, billable_sec,
         decisions, total, currency)
       select 'tarif defined', priced_at - interval '1 hour', priced_at, priced_at, '201', '84951234567', '74951234567', 'ANSWERED', 65, 60, 60,
         decisions, nr * 0.01, 'EUR'
       from priced
       order by nr
       returning id, decisions, total, priced_at
     )
     insert into rating_decision (call_id, nr, decided_at, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
     select id, nr, priced_at, 'price', 0.01, 0, 60, 60, total, case nr when decisions then total else total + 1 end,
       case when nr = 2 then -1 when decisions = 2 then total + 1 else total end
     from called, generate_series(1, decisions) nr
     returning call_id as id`,
    [monthsAgo],
  )
  return [...new Set(rows.map(({ id }) => id))].sort((a, b) => a - b)
}

/** Does what schedule does, in pieces, until nothing is left; says how many calls were moved. */
export async function archive(db: Database, keepMonths = 3): Promise<number> {
  let all = 0
  let reached: number | null = 0
  while (reached !== null) {
    const { rows }: { rows: { moved: number; reached: number | null }[] } = await db.query(
      'select moved, reached from archive_calls($1, now() - make_interval(months => $2))',
      [reached, keepMonths],
    )
    all += rows[0]?.moved ?? 0
    reached = rows[0]?.reached ?? null
  }
  return all
}

/** What calls and prices add up to, wherever they are. */
export async function sums(db: Database): Promise<unknown> {
  const { rows } = await db.query(
    `select (select count(*) from all_calls) as calls, (select count(distinct id) from all_calls) as different,
       (select sum(total) from all_calls) as total, (select count(*) from all_decisions) as decisions,
       (select count(distinct (call_id, nr)) from all_decisions) as different_decisions, (select sum(delta) from all_decisions) as of_deltas,
       (select count(*) from all_calls call where decisions <> (
         select count(*) from all_decisions made where made.call_id = call.id and made.archived = call.archived)) as apart`,
  )
  return rows[0]
}

/** Gives the calls of a source that are on their way a price of 1 at some moment, as the stage tariff would, each with its decision. */
export async function finish(db: Database, sourceId: number, pricedAt = '2026-03-02'): Promise<void> {
  await db.query(
    `with call as (select id, decisions from paidcalls where source_id = $1 and status <> 'tarif defined'), made as (
      insert into rating_decision (call_id, nr, decided_at, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
      select id, decisions + 1, $2, 'price', 1, 0, 60, 60, 1, 1, 1 from call
    )
    update paidcalls set status = 'tarif defined', total = 1, billable_sec = 60, decisions = call.decisions + 1, priced_at = $2, imported_at = $2
    from call where call.id = paidcalls.id`,
    [sourceId, pricedAt],
  )
}
