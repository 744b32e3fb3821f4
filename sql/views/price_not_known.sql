drop view if exists price_not_known;
create view price_not_known with (security_barrier) as
select id, calldate, client_id, shown(client, true) as client,
  shown(number, (select sees_numbers())) as number, provider_id,
  master_total is null as not_in_root_plan, provider_id is not null and cost is null as not_in_provider_plan, total, currency
from paidcalls
where (select reads_all_clients()) and status = 'tarif defined' and billable_sec > 0 and client_id is not null and provider_id is not null
  and (master_total is null or cost is null);
comment on view price_not_known is
  'Priced calls to which the root of the client''s plan or the provider''s plan has no price: their saving or margin is not known. Mend the plan, then rerate.';
