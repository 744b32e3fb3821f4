-- Days of sums, so that months answer at once when there are many clients: a quarter of an hour then holds about one call of each.
-- Kept from call_sum by its triggers, whichever version of rollup writes it.

-- Nobody adds up meanwhile; stages do not write it.
lock table call_sum in share row exclusive mode;

create table day_sum (
  day date not null,
  source_id integer not null,
  provider_id integer not null,
  direction text not null,
  kind text not null,
  country text not null,
  cause text not null,
  currency text not null,
  cost_currency text not null,
  calls bigint not null,
  answered bigint not null,
  billable_sec bigint not null,
  duration bigint not null,
  total numeric not null,
  master_total numeric not null,
  cost numeric not null,
  saved numeric not null,
  margin numeric not null,
  without_master bigint not null,
  without_cost bigint not null,
  primary key (day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency)
);
comment on table day_sum is 'What days (UTC) come to, of all clients together. Kept from call_sum; npm run rollup -- --verify compares the two.';
comment on column day_sum.day is 'The day (UTC).';
comment on column day_sum.source_id is 'The exchange.';
comment on column day_sum.provider_id is 'Who carried the calls.';
comment on column day_sum.direction is 'out, in, transit or internal.';
comment on column day_sum.kind is 'Which kind of number was called.';
comment on column day_sum.country is 'The country called.';
comment on column day_sum.cause is 'Why they ended, as the exchange wrote it.';
comment on column day_sum.currency is 'Of total, master_total and saved.';
comment on column day_sum.cost_currency is 'Of cost.';
comment on column day_sum.calls is 'How many.';
comment on column day_sum.answered is 'Of these answered.';
comment on column day_sum.billable_sec is 'Their billable seconds.';
comment on column day_sum.duration is 'Their seconds from beginning to end.';
comment on column day_sum.total is 'What clients pay.';
comment on column day_sum.master_total is 'What they would pay under the root plan.';
comment on column day_sum.cost is 'What providers charge.';
comment on column day_sum.saved is 'master_total minus total, of quarters in which the master price of every call is known.';
comment on column day_sum.margin is 'total minus cost, of quarters in which the cost of every call is known, where both are of one currency.';
comment on column day_sum.without_master is 'Calls whose price under the root plan is not known.';
comment on column day_sum.without_cost is 'Calls that a provider carried and whose cost is not known.';

create table client_day (
  client_id integer not null,
  day date not null,
  currency text not null,
  calls bigint not null,
  answered bigint not null,
  billable_sec bigint not null,
  total numeric not null,
  master_total numeric not null,
  saved numeric not null,
  primary key (client_id, day, currency) include (calls, answered, billable_sec, total, master_total, saved)
);
comment on table client_day is 'What days (UTC) come to for each client. Kept from call_sum; npm run rollup -- --verify compares the two.';
comment on column client_day.client_id is 'Who pays.';
comment on column client_day.day is 'The day (UTC).';
comment on column client_day.currency is 'Of the amounts.';
comment on column client_day.calls is 'How many.';
comment on column client_day.answered is 'Of these answered.';
comment on column client_day.billable_sec is 'Their billable seconds.';
comment on column client_day.total is 'What the client pays.';
comment on column client_day.master_total is 'What he would pay under the root plan.';
comment on column client_day.saved is 'As in day_sum.';

create function add_days() returns trigger language plpgsql as $$
declare
  changed text;
begin
  if tg_op = 'TRUNCATE' then
    truncate day_sum, client_day;
    return null;
  end if;
  -- One at a time: two bites that came to the same days in another order would wait for each other in a circle.
  perform pg_advisory_xact_lock(7281013);
  changed := case tg_op
    when 'INSERT' then 'select 1 as sign, * from new_rows'
    when 'DELETE' then 'select -1 as sign, * from old_rows'
    else 'select 1 as sign, * from new_rows union all select -1, * from old_rows' end;
  execute format($query$
  with changed as materialized (
    select sign, (starts_at at time zone 'UTC')::date as day, client_id, source_id, provider_id, direction, kind, country, cause, currency, cost_currency,
      calls, answered, billable_sec, duration, total, master_total, cost,
      case when without_master = 0 then master_total - total else 0 end as saved,
      case when currency = cost_currency and without_cost = 0 then total - cost else 0 end as margin, without_master, without_cost
    from (%s) row
  ), days as (
    insert into day_sum (day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency, calls, answered, billable_sec, duration, total, master_total, cost, saved, margin, without_master, without_cost)
    select day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency, sum(sign * calls), sum(sign * answered), sum(sign * billable_sec), sum(sign * duration), sum(sign * total), sum(sign * master_total), sum(sign * cost), sum(sign * saved), sum(sign * margin), sum(sign * without_master), sum(sign * without_cost) from changed group by day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency
    having (sum(sign * calls), sum(sign * answered), sum(sign * billable_sec), sum(sign * duration), sum(sign * total), sum(sign * master_total), sum(sign * cost), sum(sign * saved), sum(sign * margin), sum(sign * without_master), sum(sign * without_cost)) <> (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    order by day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency
    on conflict (day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency) do update set calls = day_sum.calls + excluded.calls, answered = day_sum.answered + excluded.answered, billable_sec = day_sum.billable_sec + excluded.billable_sec, duration = day_sum.duration + excluded.duration, total = day_sum.total + excluded.total, master_total = day_sum.master_total + excluded.master_total, cost = day_sum.cost + excluded.cost, saved = day_sum.saved + excluded.saved, margin = day_sum.margin + excluded.margin, without_master = day_sum.without_master + excluded.without_master, without_cost = day_sum.without_cost + excluded.without_cost
  )
    insert into client_day (client_id, day, currency, calls, answered, billable_sec, total, master_total, saved)
    select client_id, day, currency, sum(sign * calls), sum(sign * answered), sum(sign * billable_sec), sum(sign * total), sum(sign * master_total), sum(sign * saved) from changed group by client_id, day, currency
    having (sum(sign * calls), sum(sign * answered), sum(sign * billable_sec), sum(sign * total), sum(sign * master_total), sum(sign * saved)) <> (0, 0, 0, 0, 0, 0)
    order by client_id, day, currency
    on conflict (client_id, day, currency) do update set calls = client_day.calls + excluded.calls, answered = client_day.answered + excluded.answered, billable_sec = client_day.billable_sec + excluded.billable_sec, total = client_day.total + excluded.total, master_total = client_day.master_total + excluded.master_total, saved = client_day.saved + excluded.saved$query$, changed);
  return null;
end $$;
comment on function add_days is 'Keeps day_sum and client_day as call_sum is.';
create trigger add_inserted after insert on call_sum referencing new table as new_rows for each statement execute function add_days();
create trigger add_updated after update on call_sum referencing old table as old_rows new table as new_rows for each statement execute function add_days();
create trigger add_deleted after delete on call_sum referencing old table as old_rows for each statement execute function add_days();
create trigger add_truncated after truncate on call_sum for each statement execute function add_days();

-- What is there already.
insert into day_sum (day, source_id, provider_id, direction, kind, country, cause, currency, cost_currency, calls, answered, billable_sec, duration, total, master_total, cost, saved, margin, without_master, without_cost)
select (starts_at at time zone 'UTC')::date, source_id, provider_id, direction, kind, country, cause, currency, cost_currency,
  sum(calls), sum(answered), sum(billable_sec), sum(duration), sum(total), sum(master_total), sum(cost), sum(case when without_master = 0 then master_total - total else 0 end),
  sum(case when currency = cost_currency and without_cost = 0 then total - cost else 0 end), sum(without_master), sum(without_cost)
from call_sum group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
insert into client_day (client_id, day, currency, calls, answered, billable_sec, total, master_total, saved)
select client_id, (starts_at at time zone 'UTC')::date, currency,
  sum(calls), sum(answered), sum(billable_sec), sum(total), sum(master_total), sum(case when without_master = 0 then master_total - total else 0 end)
from call_sum group by 1, 2, 3;

-- Who adds up before grants come adds to these as well.
do $$
begin
  if to_regrole('paidcalls_stage') is not null then
    grant select, insert, update on day_sum, client_day to paidcalls_stage;
  end if;
end $$;
