-- What calls to each country came to, a day.

drop view if exists country_calls;
create view country_calls as
select day, nullif(country, '') as country, nullif(currency, '') as currency, sum(calls)::bigint as calls, sum(answered)::bigint as answered,
  round(100 * sum(answered) / nullif(sum(calls), 0), 2) as asr,
  round(100 * (sum(answered) + coalesce(sum(calls - answered) filter (where reached), 0)) / nullif(sum(calls), 0), 2) as ner, round(sum(billable_sec) / nullif(sum(answered), 0), 1) as acd_sec,
  round(sum(billable_sec) / 60, 1) as minutes, sum(total) as total, sum(margin) as margin
from day_sum
left join cause using (cause)
where (select reads_all_clients())
group by 1, 2, 3;
comment on view country_calls is 'What calls to each country came to a day (UTC), per currency. ASR, NER, ACD and margin as in day_calls.';
