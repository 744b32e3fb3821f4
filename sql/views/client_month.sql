-- What a month of a client came to, in the zone of its plan: whole days (UTC) of it, and the hours at its edges from the quarters.

drop view if exists client_month;
create view client_month with (security_barrier) as
select client_id, shown(client.name, true) as client, month, currency, calls, answered, minutes, total, at_master, saved
from (
  select payer.id as client_id, month, nullif(part.currency, '') as currency, sum(part.calls)::bigint as calls, sum(part.answered)::bigint as answered,
    round(sum(part.billable_sec) / 60, 1) as minutes, sum(part.total) as total, sum(part.master_total) as at_master, sum(part.saved) as saved
  from (
    select month::date, (month + interval '1 month')::date as next_month
    from generate_series(
      (select date_trunc('month', (min(day) - 1)::timestamp) from day_sum), (select date_trunc('month', (max(day) + 1)::timestamp) from day_sum), interval '1 month') month
  ) month_of_sums
  cross join client payer
  left join lateral (
    select coalesce((
      select link.time_zone from tarifplan_chain chain join tarifplan link on link.tarifnum = chain.plan
      where chain.tarifnum = payer.tarif_id and link.time_zone is not null order by chain.depth limit 1), 'UTC') as time_zone
    offset 0
  ) zone on true
  cross join lateral (
    select month::timestamp at time zone time_zone as starts_at, next_month::timestamp at time zone time_zone as ends_at offset 0
  ) border
  cross join lateral (
    select ((starts_at at time zone 'UTC') + interval '1 day' - interval '1 microsecond')::date as first_day, (ends_at at time zone 'UTC')::date as behind_last offset 0
  ) whole
  cross join lateral (
    select currency, calls, answered, billable_sec, total, master_total, saved from client_day
    where client_day.client_id = payer.id and day >= first_day and day < behind_last
    union all
    select currency, calls, answered, billable_sec, total, master_total, case when without_master = 0 then master_total - total else 0 end
    from call_sum
    where call_sum.client_id = payer.id and call_sum.starts_at >= border.starts_at and call_sum.starts_at < first_day::timestamp at time zone 'UTC'
    union all
    select currency, calls, answered, billable_sec, total, master_total, case when without_master = 0 then master_total - total else 0 end
    from call_sum
    where call_sum.client_id = payer.id and call_sum.starts_at >= behind_last::timestamp at time zone 'UTC' and call_sum.starts_at < border.ends_at
  ) part
  where (select reads_all_clients()) or payer.id = any ((select read_clients())::integer[])
  group by 1, 2, 3
) of_month
join client on client.id = client_id;
comment on view client_month is
  'What each month came to for a client, in the time zone of the plan it has today, per currency: calls, minutes, what is paid, what it would be under the root plan, and what was saved.';
