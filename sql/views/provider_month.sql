-- What a month came to with each provider.

drop view if exists provider_month;
create view provider_month as
select provider_id, shown(provider.name, true) as provider, month, nullif(cost_currency, '') as currency,
  sum(calls)::bigint as calls, sum(answered)::bigint as answered, round(100 * sum(answered) / nullif(sum(calls), 0), 2) as asr,
  round(100 * (sum(answered) + coalesce(sum(calls - answered) filter (where reached), 0)) / nullif(sum(calls), 0), 2) as ner,
  round(sum(billable_sec) / nullif(sum(answered), 0), 1) as acd_sec, round(sum(billable_sec) / 60, 1) as minutes, sum(cost) as cost, sum(without_cost)::bigint as without_cost
from (
  select month::date, (month + interval '1 month')::date as next_month
  from generate_series((select date_trunc('month', (min(day) - 1)::timestamp) from day_sum), (select date_trunc('month', (max(day) + 1)::timestamp) from day_sum), interval '1 month') month
) month_of_sums
join day_sum on day >= month and day < next_month
left join cause using (cause)
join provider on provider.id = day_sum.provider_id
where (select reads_all_clients())
group by 1, 2, 3, 4;
comment on view provider_month is 'What each month (UTC) came to with a provider: ASR, NER and ACD as in day_calls, what it charges, and calls whose cost is not known.';
