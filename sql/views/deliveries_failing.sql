drop view if exists deliveries_failing;
create view deliveries_failing as
select delivery.id, recipient.name as recipient, recipient.kind, delivery.what, shown(alert.message, (select sees_numbers())) as message, delivery.made_at, delivery.attempts,
  delivery.due_at as next_try, delivery.given_up_at, shown(delivery.answer, (select sees_numbers())) as answer
from delivery
join recipient on recipient.id = delivery.recipient_id
left join alert on alert.id = delivery.alert_id
where (select reads_all_clients()) and delivery.sent_at is null and (delivery.attempts > 0 or delivery.due_at < clock_timestamp() - interval '1 minute')
  and (delivery.given_up_at is null or delivery.given_up_at > now() - interval '7 days')
order by delivery.id;
comment on view deliveries_failing is
  'Who could not be told, and what the other side said. Mend the recipient; update delivery set due_at = now() tries at once. Those given up in the last seven days stand here as well.';
comment on column deliveries_failing.next_try is 'When it is tried again.';
