-- What a source holds beside what was read from it, per day.

drop view if exists reconciliation;
create view reconciliation as
with complete as (
  select part.source_id, part.part_of
  from cdr part
  join paidcalls on paidcalls.cdr_id = part.id
  where part.part_of is not null
), here as (
  select cdr.source_id, coalesce(cdr.day, '-infinity') as day, count(*) as records, sum(cdr.billsec) as billsec,
    count(call.cdr_id) as calls, count(cdr.rejected) as rejected, count(cdr.left_out) as left_out,
    count(complete.part_of) filter (where call.cdr_id is null) as joined,
    count(cdr.part_of) filter (where complete.part_of is null) as in_progress
  from cdr
  left join paidcalls call on call.cdr_id = cdr.id
  left join complete on complete.source_id = cdr.source_id and complete.part_of = cdr.part_of
  group by cdr.source_id, coalesce(cdr.day, '-infinity')
)
select source.name as source,
  nullif(day, '-infinity') as day,
  coalesce(source_day.records_most, 0) as records_in_source,
  coalesce(here.records, 0) as records_here,
  greatest(coalesce(source_day.records_most, 0) - coalesce(here.records, 0), 0) as difference,
  coalesce(here.calls, 0) as calls,
  coalesce(here.rejected, 0) as rejected,
  coalesce(here.left_out, 0) as left_out,
  coalesce(here.joined, 0) as joined,
  coalesce(here.in_progress, 0) as in_progress,
  coalesce(source_day.billsec_most, 0) as billsec_in_source,
  coalesce(here.billsec, 0) as billsec_here,
  coalesce(source_day.records_most - source_day.records, 0) as gone_at_the_source,
  source_day.counted_at
from source_day
full join here using (source_id, day)
join source on source.id = source_id
where (select reads_all_clients())
order by source.name, day;
comment on view reconciliation is
  'Has every record of every source come in? Ask after npm run import -- --reconcile, or in the morning: difference is what the source had when it was last counted (counted_at) and cdr has not. Reads all of cdr, about three seconds a million records.';
comment on column reconciliation.day is 'As written in the source; null for records that bear no date.';
comment on column reconciliation.records_in_source is 'The most the source ever held when it was counted.';
comment on column reconciliation.records_here is 'Records in cdr: calls, rejected, left out, joined and in progress.';
comment on column reconciliation.difference is
  'Records the source has had and cdr has not. 0 is what you want, but for records that somebody else had marked before import first read the source.';
comment on column reconciliation.calls is 'Records that are a call in paidcalls; of a call made of several records the one it began with.';
comment on column reconciliation.rejected is 'Records in cdr that became no call: select record, rejected from cdr where rejected is not null.';
comment on column reconciliation.left_out is
  'Records in cdr that are no calls of their own, by source.filter or because they are parts of another: select record, left_out from cdr where left_out is not null.';
comment on column reconciliation.joined is 'Further records of a call made of several, such as its BYE.';
comment on column reconciliation.in_progress is 'Records of calls that are not complete yet: select * from open_calls.';
comment on column reconciliation.billsec_in_source is 'Seconds as written, when the most records were counted.';
comment on column reconciliation.billsec_here is 'Seconds as written in the records in cdr.';
comment on column reconciliation.gone_at_the_source is 'Records the source held once and holds no more.';
comment on column reconciliation.counted_at is 'When the source was last counted; null if never.';
