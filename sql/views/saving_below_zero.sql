drop view if exists saving_below_zero;
create view saving_below_zero with (security_barrier) as
select id, calldate, client_id, shown(client, true) as client,
  shown(number, (select sees_numbers())) as number, code_id, total, master_total, master_total - total as saving, currency
from paidcalls
where (select reads_all_clients()) and status = 'tarif defined' and master_total < total;
comment on view saving_below_zero is
  'Calls that are dearer under the client''s plan than under the root of that plan: a difference plan that is no bargain. Ask it after editing a plan with a base.';
