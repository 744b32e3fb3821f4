drop view if exists oldest_calls;
create view oldest_calls as
select id, status, shown(problem, (select sees_numbers())) as problem, now() - imported_at as age, attempts, due_at, calldate,
  shown(src, (select sees_numbers())) as src,
  shown(dst, (select sees_numbers())) as dst,
  shown(channel, (select sees_numbers())) as channel,
  shown(dstchannel, (select sees_numbers())) as dstchannel
from (
  (select * from paidcalls where status = 'new record' and problem is null and due_at is null order by (id + 0) limit 10)
  union all
  (select * from paidcalls where status = 'client defined' and problem is null and due_at is null order by (id + 0) limit 10)
  union all
  (select * from paidcalls where status = 'destination defined' and problem is null and due_at is null order by (id + 0) limit 10)
  union all
  (select * from paidcalls where status = 'new record' and problem is not null order by id limit 10)
  union all
  (select * from paidcalls where status = 'client defined' and problem is not null order by id limit 10)
  union all
  (select * from paidcalls where status = 'destination defined' and problem is not null order by id limit 10)
  union all
  (select * from paidcalls where due_at is not null order by due_at limit 10)
) oldest
where (select reads_all_clients())
order by imported_at;
comment on view oldest_calls is
  'The oldest calls that are not priced yet: of each status the first ten that can move, ten that wait, and ten put aside. Ask it when pipeline.oldest is old.';
