-- Statements as people ask for them; drafts are seen by those who work here.

drop view if exists statements;
create view statements with (security_barrier) as
select statement.id, status, number, client_id, shown(coalesce(payer ->> 'name', client.name), true) as client, lower(period) as month, currency,
  calls, round(billable_sec / 60.0, 1) as minutes, at_master, saved, corrections, fixed_fees, bursts, net, tax, credits, total,
  (issued_at at time zone coalesce(issuer ->> 'time_zone', 'UTC'))::date as issued_on, due_at,
  shown(reason, (select sees_numbers())) as reason, shown(problem, (select sees_numbers())) as problem
from statement
join client on client.id = statement.client_id
where (select reads_all_clients()) or (status <> 'draft' and client_id = any ((select read_clients())::integer[]));
comment on view statements is
  'What each client was billed for each month: at the master tariff, saved, corrections, fees, before tax, tax, to be paid. A void statement is credited on the next. A reader sees those of the clients he is named for, without drafts.';
comment on column statements.month is 'Its first day.';
comment on column statements.minutes is 'Of answered calls.';
comment on column statements.reason is 'Why it is void.';
comment on column statements.problem is 'Why a draft could not be issued.';
