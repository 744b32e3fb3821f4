drop view if exists speed;
create view speed as
select stage, count(*) filter (where not silent) as processes, coalesce(sum(lanes) filter (where not silent), 0) as lanes,
  count(*) filter (where silent) as silent, coalesce(sum(per_second) filter (where not silent), 0) as per_second
from (select *, seen < clock_timestamp() - interval '15 seconds' as silent from stage_process where (select reads_all_clients())) process
group by stage
order by stage;
comment on view speed is
  'How fast each stage is: calls (records, for import) a second over the last few seconds, all its processes together. Compare with pipeline.waiting.';
