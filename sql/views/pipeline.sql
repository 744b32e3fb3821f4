drop view if exists pipeline;
create view pipeline as
select status, waiting, put_aside, parked, oldest, finished,
  case when finished is not null and pg_relation_size('paidcalls') >= 8388608 then 'finished is estimated' end as remark
from (
  select 'new record'::enum_paidcalls_status as status,
    (select count(*) from paidcalls where status = 'new record' and problem is null and due_at is null) as waiting,
    (select imported_at from paidcalls where status = 'new record' and problem is null and due_at is null order by (id + 0) limit 1) as oldest,
    null::bigint as finished
  union all
  select 'client defined',
    (select count(*) from paidcalls where status = 'client defined' and problem is null and due_at is null),
    (select imported_at from paidcalls where status = 'client defined' and problem is null and due_at is null order by (id + 0) limit 1),
    null
  union all
  select 'destination defined',
    (select count(*) from paidcalls where status = 'destination defined' and problem is null and due_at is null),
    (select imported_at from paidcalls where status = 'destination defined' and problem is null and due_at is null order by (id + 0) limit 1),
    null
  union all
  select 'tarif defined', 0, null, greatest(0, (
    select case when pg_relation_size('paidcalls') < 8388608 then (select count(*) from paidcalls where status = 'tarif defined')
      else (
        select greatest(coalesce(statistics.n_live_tup, 0), greatest(reltuples, 0)::bigint)
          - (select count(*) from paidcalls where status = 'new record' and problem is null and due_at is null)
          - (select count(*) from paidcalls where status = 'client defined' and problem is null and due_at is null)
          - (select count(*) from paidcalls where status = 'destination defined' and problem is null and due_at is null)
          - (select count(*) from paidcalls where problem is not null)
          - (select count(*) from paidcalls where due_at is not null)
        from pg_class left join pg_stat_user_tables statistics on statistics.relid = pg_class.oid
        where pg_class.oid = 'paidcalls'::regclass) end))
) line
left join lateral (select count(*) as parked from paidcalls where paidcalls.status = line.status and problem is not null) parked on true
left join lateral (
  select count(*) as put_aside from paidcalls where paidcalls.status = line.status and due_at is not null) put_aside on true
where (select reads_all_clients());
comment on view pipeline is
  'How many calls are where, and since when the oldest waits for its stage. Ask this first. waiting: can move now; put_aside: retried later; parked: see parked_calls.';
comment on column pipeline.waiting is 'Calls the stage that takes this status can move now.';
comment on column pipeline.put_aside is 'Calls an unexpected error stopped; they are tried again by themselves.';
comment on column pipeline.parked is 'Calls that wait for an edit: select * from parked_calls.';
comment on column pipeline.oldest is 'When the first of those waiting was imported.';
comment on column pipeline.finished is 'Calls with a price: counted while the table is small, estimated from statistics above 8 MB. Archived calls are not counted.';
