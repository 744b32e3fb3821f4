drop view if exists all_decisions;
create view all_decisions with (security_barrier) as
select call_id, nr, decided_at, shown(reason, (select sees_numbers())) as reason, rule, archived, client_id, tarifnum, tarif_id,
  shown(number, (select sees_numbers())) as number,
  code, codes, price, connect_fee, first_sec, step_sec, increments, grace_sec, decimals, rounding, max_charge, billable_sec, free_sec,
  bundle_id, charged_sec, steps, unrounded, total, delta, currency, master_total, master, provider_id, cost, cost_currency, provider
from (
  select *, false as archived from rating_decision
  union all
  select *, true from archived_decision
) made
where (select reads_all_clients());
comment on view all_decisions is
  'Every price ever made, of calls on the line and in the archive. Ask it for sums of delta; how one price came about says receipt().';
comment on column all_decisions.archived is 'Whether it is in the archive, with its call.';
