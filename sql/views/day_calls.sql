-- What days came to. A day is one of UTC; client_month has those of a client's plan.

drop view if exists day_calls;
create view day_calls as
select day, nullif(currency, '') as currency, sum(calls)::bigint as calls, sum(answered)::bigint as answered,
  round(100 * sum(answered) / nullif(sum(calls), 0), 2) as asr,
  round(100 * (sum(answered) + coalesce(sum(calls - answered) filter (where reached), 0)) / nullif(sum(calls), 0), 2) as ner, round(sum(billable_sec) / nullif(sum(answered), 0), 1) as acd_sec,
  round(sum(billable_sec) / 60, 1) as minutes, sum(total) as total, sum(master_total) as at_master, sum(saved) as saved, sum(margin) as margin
from day_sum
left join cause using (cause)
where (select reads_all_clients())
group by 1, 2;
comment on view day_calls is
  'What days (UTC) came to, per currency. ASR = answered ÷ all calls, ACD = answered seconds ÷ answered calls (ITU-T E.425, E.411); NER = answered, busy, not answered or refused ÷ all (E.425), by table cause; margin = what clients pay minus what providers charge, where both are known and of one currency; saved = at the root plan minus what is paid.';
comment on column day_calls.asr is 'Answer-seizure ratio in percent.';
comment on column day_calls.ner is 'Network effectiveness ratio in percent: calls that reached the called side.';
comment on column day_calls.acd_sec is 'Average call duration in seconds, of answered calls.';
