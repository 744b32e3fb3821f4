drop view if exists workers;
create view workers as
select stage, host, pid, lanes, started, calls, case when silent then 0 else per_second end as per_second,
  case when silent then seen end as silent_since
from (select *, seen < clock_timestamp() - interval '15 seconds' as silent from stage_process where (select reads_all_clients())) process
order by stage, host, pid;
comment on view workers is
  'Who is at work, where and how fast; silent_since is set when a process has not said so for 15 seconds: it was killed, hangs, or lost the database.';
