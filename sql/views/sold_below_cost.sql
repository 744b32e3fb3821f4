drop view if exists sold_below_cost;
create view sold_below_cost with (security_barrier) as
select id, calldate, client_id, shown(client, true) as client,
  shown(number, (select sees_numbers())) as number, provider_id, billable_sec, total, cost, total - cost as margin, currency
from paidcalls
where (select reads_all_clients()) and status = 'tarif defined' and total < cost and currency = cost_currency;
comment on view sold_below_cost is
  'Calls that cost us more than the client pays, where both are in one currency. Ask it after a provider has changed its prices.';
