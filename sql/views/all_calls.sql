drop view if exists all_calls;
create view all_calls with (security_barrier) as
select id, status, shown(problem, (select sees_numbers())) as problem, archived, calldate, answered_at, source_id, cdr_id, direction,
  client_id, shown(client, true) as client, provider_id,
  shown(src, (select sees_numbers())) as src,
  shown(dst, (select sees_numbers())) as dst,
  shown(number, (select sees_numbers())) as number,
  kind, country, shown(disposition, (select sees_numbers())) as disposition, duration, billsec, billable_sec, billmin, prefix_id, code_id, price, total, currency, master_total,
  cost, cost_currency, decisions, imported_at, priced_at
from (select *, false as archived from paidcalls union all select *, true from archived_call) call
where (select reads_all_clients());
comment on view all_calls is
  'All calls, those on the line and those in the archive. Ask it for sums over a long time, with a condition on calldate: only partitions of those months are read. What was detached from the archive is not here.';
comment on column all_calls.archived is 'Whether it is in the archive; rerate() brings it back by itself.';
