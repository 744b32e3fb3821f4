drop view if exists parked_calls;
create view parked_calls as
with usual as (
  select sum(total) * 60 / nullif(sum(billable_sec), 0) as per_minute
  from (select total, billable_sec from rating_decision order by call_id desc limit 1000) latest
)
select status, shown(problem, (select sees_numbers())) as problem, count(*) as calls, round(sum(billsec) / 60.0, 1) as minutes,
  round(sum(billsec) / 60.0 * (select per_minute from usual), 2) as money_at_stake,
  min(imported_at) as since, min(id) as first_call
from paidcalls
where (select reads_all_clients()) and problem is not null
group by status, paidcalls.problem
order by calls desc, status, problem;
comment on view parked_calls is
  'Why calls wait, the most frequent reason first. Ask this when pipeline.parked is not 0; each problem says which row is missing, and mending it sets its calls going.';
comment on column parked_calls.minutes is 'How long the waiting calls lasted.';
comment on column parked_calls.money_at_stake is 'An estimate: these minutes at the average price of the last 1000 priced calls.';
comment on column parked_calls.since is 'When the first of them was imported.';
comment on column parked_calls.first_call is 'paidcalls.id of the first of them, to look at.';
