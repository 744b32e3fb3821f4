-- What a source holds beside what was read from it, per day.

drop view if exists reconciliation;
create view reconciliation as
with called as (
  select cdr_id from paidcalls union all select cdr_id from archived_call union all select cdr_id from detached_call
), complete as (
  select part.source_id, part.part_of
  from cdr part
  join called on called.cdr_id = part.id
  where part.part_of is not null
), here as (
  select cdr.source_id, coalesce(cdr.day, '-infinity') as day, count(*) as records, sum(cdr.billsec) as billsec,
    count(call.cdr_id) as calls, count(cdr.rejected) as rejected, count(cdr.left_out) as left_out,
    count(complete.part_of) filter (where call.cdr_id is null) as joined,
    count(cdr.part_of) filter (where complete.part_of is null) as in_progress
  from cdr
  left join called call on call.cdr_id = cdr.id
  left join complete on complete.source_id = cdr.source_id and complete.part_of = cdr.part_of
  group by cdr.source_id, coalesce(cdr.day, '-infinity')
), beside as (
  select source_id, day, coalesce(records_most, 0) as records_most, coalesce(records_most - source_day.records, 0) as gone,
    coalesce(billsec_most, 0) as billsec_most, counted_at, coalesce(here.records, 0) as records_here,
    coalesce(calls, 0) as calls, coalesce(rejected, 0) as rejected, coalesce(left_out, 0) as left_out, coalesce(joined, 0) as joined,
    coalesce(in_progress, 0) as in_progress, coalesce(here.billsec, 0) as billsec_here,
    greatest(coalesce(marked, 0) - coalesce(here.records, 0), 0) as marked_elsewhere
  from source_day
  full join here using (source_id, day)
)
select source.name as source,
  nullif(day, '-infinity') as day,
  records_most as records_in_source,
  records_here,
  greatest(records_most - calls - rejected - left_out - joined - in_progress - marked_elsewhere, 0) as difference,
  calls, rejected, left_out, joined, in_progress, marked_elsewhere,
  billsec_most as billsec_in_source,
  billsec_here,
  gone as gone_at_the_source,
  counted_at,
  date_trunc('second', greatest(counted_at - read_to_end_at, interval '0')) as lag
from beside
join source on source.id = beside.source_id
left join source_position on source_position.source_id = source.id
where (select reads_all_clients())
order by source.name, day;
comment on view reconciliation is
  'Has every record of every source come in? Ask after npm run import -- --reconcile, or in the morning: difference is what the source had when it was last counted (counted_at) and cdr has not. Reads all of cdr, about three seconds a million records.';
comment on column reconciliation.day is 'As written in the source; null for records that bear no date.';
comment on column reconciliation.records_in_source is 'The most the source ever held when it was counted.';
comment on column reconciliation.records_here is 'Records in cdr: calls, rejected, left out, joined and in progress.';
comment on column reconciliation.difference is
  'Records the source has had that are none of: calls, rejected, left_out, joined, in_progress, marked_elsewhere. 0 is what you want. While it is not, import reads the source again by itself: see the view sources.';
comment on column reconciliation.calls is 'Records that are a call in paidcalls or archived_call, or were one until its partition was detached; of a call made of several records the one it began with.';
comment on column reconciliation.rejected is 'Records in cdr that became no call: select record, rejected from cdr where rejected is not null.';
comment on column reconciliation.left_out is
  'Records in cdr that are no calls of their own, by source.filter or because they are parts of another: select record, left_out from cdr where left_out is not null.';
comment on column reconciliation.joined is 'Further records of a call made of several, such as its BYE.';
comment on column reconciliation.in_progress is 'Records of calls that are not complete yet: select * from open_calls.';
comment on column reconciliation.billsec_in_source is 'Seconds as written, when the most records were counted.';
comment on column reconciliation.billsec_here is 'Seconds as written in the records in cdr.';
comment on column reconciliation.gone_at_the_source is 'Records the source held once and holds no more.';
comment on column reconciliation.counted_at is 'When the source was last counted; null if never.';
comment on column reconciliation.marked_elsewhere is
  'Records that have a mark in the source and are not here: another program read them or, if the billing database was set back, import itself. To have them read take their mark away: set marked = 0 there.';
comment on column reconciliation.lag is
  'How long before the count import had last been at the end of the source; records of this time may still come. 0 when it was there since.';
