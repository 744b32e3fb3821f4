-- Calls that lasted longer than their exchange was told to let them.

drop view if exists overrun_calls;
create view overrun_calls with (security_barrier) as
select made.call_id, account.client_id, shown(client.name, true) as client, source.name as source, shown(made.number, (select sees_numbers())) as number, made.calldate,
  reservation.seconds as allowed_sec, made.billable_sec, made.billable_sec - reservation.seconds as over_sec, made.total, made.currency
from reservation
join account on account.id = account_id
join client on client.id = account.client_id
join source on source.id = reservation.source_id
join account_entry entry on entry.account_id = account.id and entry.what = 'call' and entry.nr = 1 and entry.made_at >= reservation.made_at
join rating_decision made on made.call_id = entry.call_id and made.nr = 1 and made.source_id = reservation.source_id and made.call_ref = reservation.call_ref
where made.billable_sec > reservation.seconds
  and ((select reads_all_clients()) or account.client_id = any ((select read_clients())::integer[]));
comment on view overrun_calls is 'Calls that their exchange let go on for longer than was allowed: its limit (Dial''s L(), sched_hangup) does not work.';
