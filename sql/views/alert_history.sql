drop view if exists alert_history;
create view alert_history as
select alert.id, alert.severity, alert.opened_at, alert.closed_at, date_trunc('second', alert.closed_at - alert.opened_at) as lasted,
  date_trunc('second', alert.noted_at - alert.opened_at) as found_after, shown(alert.message, (select sees_numbers())) as message, alert.value, alert.threshold,
  alert.at_stake, alert.currency, rule.name as rule, alert.client_id, client.name as client, alert.acknowledged_at, alert.acknowledged_by, alert.is_false,
  (select count(*) from delivery where delivery.alert_id = alert.id and sent_at is not null) as told
from alert
left join rule on rule.id = alert.rule_id
left join client on client.id = alert.client_id
where (select reads_all_clients()) or alert.client_id = any ((select read_clients())::integer[])
order by alert.id desc;
comment on view alert_history is 'All alerts, the latest first. Say whether one was a false alarm: update alert set is_false = true where id = 7.';
comment on column alert_history.found_after is 'How long after the call that passed the threshold had ended.';
comment on column alert_history.told is 'How many messages of it were taken.';
