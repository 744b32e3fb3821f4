drop view if exists client_calls_by_time;
-- The barrier of client_calls, around parts that are each read by an index: only the order within it lets the last be shown without reading all.
create view client_calls_by_time with (security_barrier) as
select id, status, calldate, direction, client_id, shown(client, true) as client,
  shown(src, (select sees_numbers())) as src,
  shown(number, (select sees_numbers())) as number,
  kind, country, billable_sec, price, total, currency, priced_at
from (
  (select made.call_id as id, call.status, made.calldate, call.direction, made.client_id, call.client, call.src, call.number, call.kind, call.country,
    call.billable_sec, call.price, call.total, call.currency, call.priced_at
  from rating_decision made join paidcalls call on call.id = made.call_id and call.decisions = made.nr
  where call.status = 'tarif defined' order by made.calldate desc, made.call_id desc)
  union all
  (select id, status, calldate, direction, client_id, client, src, number, kind, country, billable_sec, price, total, currency, priced_at
  from paidcalls where status <> 'tarif defined' and problem is null and due_at is null order by calldate desc, id desc)
  union all
  (select id, status, calldate, direction, client_id, client, src, number, kind, country, billable_sec, price, total, currency, priced_at
  from paidcalls where status <> 'tarif defined' and problem is not null order by calldate desc, id desc)
  union all
  (select id, status, calldate, direction, client_id, client, src, number, kind, country, billable_sec, price, total, currency, priced_at
  from paidcalls where status <> 'tarif defined' and problem is null and due_at is not null order by calldate desc, id desc)
  union all
  (select id, status, calldate, direction, client_id, client, src, number, kind, country, billable_sec, price, total, currency, priced_at
  from archived_call order by calldate desc, id desc)
) call
where (select reads_all_clients()) or client_id = any ((select read_clients())::integer[])
order by calldate desc, id desc;
comment on view client_calls_by_time is
  'The calls of client_calls, those that began last first: for a page of a list, which is read without reading the rest. What is added up is asked of client_calls, or of the sums.';
comment on column client_calls_by_time.src is 'Who called, to the last four digits unless this login is a member of paidcalls_numbers.';
comment on column client_calls_by_time.number is 'Who was called, likewise.';
