drop view if exists speed;
create view speed as
with process as (
  select *, seen < clock_timestamp() - interval '15 seconds' as silent from stage_process where (select reads_all_clients())
), from_record_to_price as (
  select percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
  from (
    select extract(epoch from made.decided_at - call.imported_at) * 1000 as ms
    from (select call_id, decided_at from rating_decision where nr = 1 order by call_id desc limit 1000) made join paidcalls call on call.id = made.call_id
  ) latest
)
select stage, count(*) filter (where not silent) as processes, coalesce(sum(lanes) filter (where not silent), 0) as lanes,
  count(*) filter (where silent) as silent, coalesce(sum(per_second) filter (where not silent), 0) as per_second,
  round(case stage when 'tariff' then max(price.p50) else max(p50_ms) filter (where not silent) end::numeric, 1) as p50_ms,
  round(case stage when 'tariff' then max(price.p99) else max(p99_ms) filter (where not silent) end::numeric, 1) as p99_ms
from process cross join from_record_to_price price
group by stage
order by stage;
comment on view speed is
  'How fast each stage is: calls (records, for import) a second over the last few seconds, all its processes together. Compare with pipeline.waiting. Of tariff also how long the last 1000 calls took from their record to their price, of rollup from there to the sum, of authorize from the question to the answer.';
comment on column speed.p50_ms is 'Median, in milliseconds.';
comment on column speed.p99_ms is '99th percentile, in milliseconds.';
