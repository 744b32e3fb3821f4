-- What a month of a client came to, in the zone of its plan.

drop view if exists client_month;
create view client_month with (security_barrier) as
select client_id, shown(client.name, true) as client, date_trunc('month', starts_at at time zone coalesce(zone.time_zone, 'UTC'))::date as month,
  nullif(currency, '') as currency, sum(calls) as calls, sum(answered) as answered,
  round(sum(billable_sec) / 60, 1) as minutes, sum(total) as total, sum(master_total) as at_master,
  sum(master_total - total) filter (where without_master = 0) as saved
from call_sum
join client on client.id = call_sum.client_id
left join lateral (
  select link.time_zone from tarifplan_chain chain join tarifplan link on link.tarifnum = chain.plan
  where chain.tarifnum = client.tarif_id and link.time_zone is not null order by chain.depth limit 1
) zone on true
where (select reads_all_clients()) or client_id = any ((select read_clients())::integer[])
group by 1, 2, 3, 4;
comment on view client_month is
  'What each month came to for a client, in the time zone of the plan it has today, per currency: calls, minutes, what is paid, what it would be under the root plan, and what was saved.';
