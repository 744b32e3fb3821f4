-- A client's own calls of any day, found by the database without reading those of others; months of them from the sums.

-- What it asked by until now; sql/indexes.sql has what it asks by.
drop view if exists portal_calls;
drop index recent_call_client;

create function portal_calls(since timestamptz, until timestamptz, begins text, behind_at timestamptz, behind_id bigint, most integer)
returns table (id bigint, calldate timestamptz, direction text, src text, number text, kind text, country text, billable_sec bigint, price numeric, total numeric, saved numeric, currency text)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
  whose constant integer := portal_client();
  before_at constant timestamptz := coalesce(behind_at, 'infinity');
  before_id constant bigint := coalesce(behind_id, 0);
begin
  return query
  select call.id, call.calldate, call.direction, call.src, call.number, call.kind, call.country, call.billable_sec, call.price, call.total, call.saved, call.currency
  from (
    (select made.call_id as id, made.calldate, made.direction, call.src, call.number, made.kind, made.country::text, made.billable_sec, made.price, made.total,
      made.master_total - made.total as saved, made.currency
    from rating_decision made
    -- The latest decision of each call.
    join paidcalls call on call.id = made.call_id and call.decisions = made.nr
    where made.client_id = whose and made.calldate >= since and made.calldate < until and made.calldate <= before_at and (made.calldate, made.call_id) < (before_at, before_id)
      and (begins = '' or starts_with(made.number, begins))
    order by made.calldate desc, made.call_id desc limit most)
    union all
    (select old.id, old.calldate, old.direction::text, old.src, old.number, old.kind, old.country::text, old.billable_sec, old.price, old.total,
      old.master_total - old.total, old.currency
    from archived_call old
    where old.client_id = whose and old.calldate >= since and old.calldate < until and old.calldate <= before_at and (old.calldate, old.id) < (before_at, before_id)
      and (begins = '' or starts_with(old.number, begins))
    order by old.calldate desc, old.id desc limit most)
  ) call
  order by call.calldate desc, call.id desc limit most;
end $$;
comment on function portal_calls is
  'The priced calls of the client of the portal that began between two moments, to numbers that begin so, as they are priced now: the last first, those behind a moment and a call.';

create function portal_sums(since timestamptz, until timestamptz, zone text)
returns table (day date, country text, currency text, calls bigint, answered bigint, billable_sec bigint, total numeric, at_master numeric, saved numeric)
language sql stable as $$
  select (starts_at at time zone zone)::date, nullif(country, ''), nullif(currency, ''), sum(calls)::bigint, sum(answered)::bigint, sum(billable_sec)::bigint, sum(total), sum(master_total),
    sum(case when without_master = 0 then master_total - total else 0 end)
  from call_sum
  where client_id = (select portal_client()) and starts_at >= since and starts_at < until
  group by 1, 2, 3
$$;
comment on function portal_sums is 'What calls between two moments came to for the client of the portal, by the days of a zone, country and currency: from the sums.';

create function portal_callers(since timestamptz, until timestamptz, most integer)
returns table (caller text, currency text, calls bigint, answered bigint, billable_sec bigint, total numeric, saved numeric)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
  whose constant integer := portal_client();
begin
  return query
  select call.src, call.currency, count(*), count(*) filter (where call.billable_sec > 0), sum(call.billable_sec)::bigint, sum(call.total), sum(coalesce(call.master_total - call.total, 0))
  from (
    select call.src, made.currency, made.billable_sec, made.total, made.master_total
    from rating_decision made
    join paidcalls call on call.id = made.call_id and call.decisions = made.nr
    where made.client_id = whose and made.calldate >= since and made.calldate < until
    union all
    select old.src, old.currency, old.billable_sec, old.total, old.master_total
    from archived_call old
    where old.client_id = whose and old.calldate >= since and old.calldate < until
  ) call
  group by call.src, call.currency
  order by sum(call.total) desc, count(*) desc, call.src limit most;
end $$;
comment on function portal_callers is 'What calls between two moments came to for the client of the portal, by who called. No sum knows callers: this reads the calls.';
