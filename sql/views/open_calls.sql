-- Calls of which some records have come, and those that complete them have not.

drop view if exists open_calls;
create view open_calls with (security_barrier) as
with called as (
  select cdr_id from paidcalls union all select cdr_id from archived_call union all select cdr_id from detached_call
), complete as (
  select part.source_id, part.part_of
  from cdr part
  join called on called.cdr_id = part.id
  where part.part_of is not null
)
select source.name as source, min(part.read_at) as read_since, count(*) as records, min(part.id) as first_cdr_id,
  shown(part.part_of, (select sees_numbers())) as part_of, case when (select sees_numbers()) then (array_agg(part.record order by part.id))[1] end as first_record
from cdr part
join source on source.id = part.source_id
left join complete using (source_id, part_of)
where (select reads_all_clients()) and part.part_of is not null and complete.part_of is null
group by source.name, part.source_id, part.part_of
order by read_since;
comment on view open_calls is
  'Which calls go on, as far as their records tell? One that has been here for hours has lost its end (a BYE that was never sent or not recorded): it costs nothing until that comes. Reads every record that is part of a call, about three seconds a million.';
comment on column open_calls.read_since is 'When the first of its records was read.';
comment on column open_calls.records is 'How many records of it there are.';
comment on column open_calls.first_cdr_id is 'The first of them in cdr.';
comment on column open_calls.part_of is 'select record from cdr where part_of = … shows all of them.';
comment on column open_calls.first_record is 'That record as the source had it; null for who may not see numbers.';
