-- One row a source: whether it is read, and how far behind.

drop view if exists sources;
create view sources as
select source.name as source,
  case
    when source.home <> (select name from this_database) then 'read into database ' || source.home
    when not source.enabled then 'not enabled'
    when source_position.source_id is null then 'never read'
    when failing_since is not null then 'cannot be read'
    when read_to_end_at > now() - interval '30 seconds' then 'up to date'
    when moved_at > now() - interval '30 seconds' then 'being read'
    else 'not being read'
  end as state,
  shown(failure, (select sees_numbers())) as failure,
  failing_since,
  (date_trunc('second', now() - read_to_end_at)) as lag,
  case when records > 0 then moved_at end as last_record_at,
  records,
  (select count(*) from cdr where cdr.source_id = source.id and rejected is not null) as rejected,
  (select count(*) from rejudging where rejudging.source_id = source.id and done_at is null) as rejudging,
  rereads,
  reread_at,
  left_out,
  case when left_out * 2 > records then 'more than half of its records are left out: select left_out, count(*) from cdr where source_id = ' || source.id || ' and left_out is not null group by 1' end as remark
from source
left join source_position on source_position.source_id = source.id
cross join lateral (select count(*) as left_out from cdr where cdr.source_id = source.id and cdr.left_out is not null) counted
where (select reads_all_clients())
order by source.name;
comment on view sources is
  'Is every exchange read, and how far behind is it? Ask when calls are missing. Quick however many records there are.';
comment on column sources.state is
  'up to date; being read (there is more); cannot be read (failure says why, import retries by itself); not being read (no import process for it, or a process that hangs); never read; not enabled (source.enabled); read into database …, of several the one that is its home.';
comment on column sources.failure is 'What the source said when it could not be read.';
comment on column sources.failing_since is 'Since when it cannot be read.';
comment on column sources.lag is
  'How long ago import last came to the end of the source: what it has written since may not be here yet. Some seconds at rest; null when the end was never reached.';
comment on column sources.last_record_at is 'When import last read a record.';
comment on column sources.records is 'Records kept from it, rejected ones included.';
comment on column sources.rejected is 'Those that became no call: select id, rejected, record from cdr where rejected is not null.';
comment on column sources.rejudging is 'Requests to judge records again that are not worked off yet: select * from rejudging where done_at is null.';
comment on column sources.rereads is 'How often in a row it was read again from its beginning because reconciliation found records missing.';
comment on column sources.reread_at is 'When that last began.';
comment on column sources.left_out is 'Those that are no calls by a rule: of a filter, of the format, or because they are there twice.';
comment on column sources.remark is 'What an administrator should look at.';
