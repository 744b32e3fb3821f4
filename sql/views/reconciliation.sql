-- What a source holds beside what was read from it, per day.

create or replace function written_day(written text) returns date
  language sql immutable parallel safe
  return case
    when written ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
    then make_date(substr(written, 1, 4)::integer, substr(written, 6, 2)::integer, 1) + (substr(written, 9, 2)::integer - 1)
  end;
comment on function written_day is
  'The day a moment as written in a source begins with, whatever its time zone; null when it is no date. Mirrors writtenDay in shared/reconciling.ts.';

create or replace function written_seconds(written text) returns numeric
  language sql immutable parallel safe
  return case when written ~ '^\s*-?[0-9]{1,15}([.][0-9]*)?\s*$' then written::numeric else 0 end;
comment on function written_seconds is 'Seconds as written in a source; 0 when they are no number.';

-- So that the planner knows how few days there are, and need not sort every record.
create statistics if not exists cdr_days
  on source_id, (left(coalesce(record ->> 'calldate', record ->> 'start'), 10)) from cdr;

create or replace view reconciliation as
with written as (
  select source_id, left(coalesce(record ->> 'calldate', record ->> 'start'), 10) as written, count(*) as records,
    sum(written_seconds(record ->> 'billsec')) as billsec, count(rejected) as rejected
  from cdr
  group by source_id, left(coalesce(record ->> 'calldate', record ->> 'start'), 10)
), here as (
  select source_id, coalesce(written_day(written), '-infinity') as day, sum(records)::bigint as records,
    sum(billsec) as billsec, sum(rejected)::bigint as rejected
  from written
  group by source_id, coalesce(written_day(written), '-infinity')
)
select source.name as source,
  nullif(day, '-infinity') as day,
  coalesce(source_day.records_most, 0) as records_in_source,
  coalesce(here.records, 0) as records_here,
  greatest(coalesce(source_day.records_most, 0) - coalesce(here.records, 0), 0) as difference,
  coalesce(here.rejected, 0) as rejected,
  coalesce(source_day.billsec_most, 0) as billsec_in_source,
  coalesce(here.billsec, 0) as billsec_here,
  coalesce(source_day.records_most - source_day.records, 0) as gone_at_the_source,
  source_day.counted_at
from source_day
full join here using (source_id, day)
join source on source.id = source_id
order by source.name, day;
comment on view reconciliation is
  'Has every record of every source come in? Ask after npm run import -- --reconcile, or in the morning: difference is what the source had when it was last counted (counted_at) and cdr has not. Reads all of cdr, about two seconds a million records.';
comment on column reconciliation.day is 'As written in the source; null for records that bear no date.';
comment on column reconciliation.records_in_source is 'The most the source ever held when it was counted.';
comment on column reconciliation.records_here is 'Records in cdr, rejected ones included.';
comment on column reconciliation.difference is
  'Records the source has had and cdr has not. 0 is what you want, but for records that somebody else had marked before import first read the source.';
comment on column reconciliation.rejected is 'Records in cdr that became no call: select record, rejected from cdr where rejected is not null.';
comment on column reconciliation.billsec_in_source is 'Seconds as written, when the most records were counted.';
comment on column reconciliation.billsec_here is 'Seconds as written in the records in cdr.';
comment on column reconciliation.gone_at_the_source is 'Records the source held once and holds no more.';
comment on column reconciliation.counted_at is 'When the source was last counted; null if never.';
