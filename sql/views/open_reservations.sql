-- Money held for calls that are going on, or whose record has not come.

drop view if exists open_reservations;
create view open_reservations with (security_barrier) as
select reservation.id, account_id, account.client_id, shown(client.name, true) as client, source.name as source,
  shown(call_ref, (select sees_numbers())) as call_ref, shown(number, (select sees_numbers())) as number, reservation.country, amount, account.currency, seconds, made_at, ends_at,
  case when ends_at > now() then 'going on'
    when position.read_to_end_at > ends_at + interval '10 minutes' then 'its record waits, or is not summed yet'
    when position.source_id is null then 'its exchange is never read: release it by hand'
    else 'waits until its exchange is read to its end' end as state
from reservation
join account on account.id = account_id
join client on client.id = account.client_id
join source on source.id = reservation.source_id
left join source_position position on position.source_id = reservation.source_id
where settled_at is null and ((select reads_all_clients()) or account.client_id = any ((select read_clients())::integer[]));
comment on view open_reservations is 'Calls that were allowed and have not been priced: how much is held for each, and what it waits for. By hand it ends at its page, or with select release_reservation(id, ''why'').';
