drop view if exists open_alerts;
create view open_alerts as
select alert.id, alert.severity, alert.opened_at, date_trunc('second', now() - alert.opened_at) as since, shown(alert.message, (select sees_numbers())) as message,
  alert.value, alert.threshold, alert.at_stake, alert.currency, rule.name as rule, alert.client_id, client.name as client,
  coalesce(nullif(provider.name, ''), provider.channel) as provider, source.name as source, alert.country,
  exists (select from account_hold where alert_id = alert.id) as holds, alert.acknowledged_at, alert.acknowledged_by, alert.silenced_until
from alert
left join rule on rule.id = alert.rule_id
left join client on client.id = alert.client_id
left join provider on provider.id = alert.provider_id
left join source on source.id = alert.source_id
where alert.closed_at is null and ((select reads_all_clients()) or alert.client_id = any ((select read_clients())::integer[]))
order by severity_rank(alert.severity) desc, alert.opened_at;
comment on view open_alerts is
  'What is wrong now, the worst first. Take care of one: update alert set acknowledged_at = now(), acknowledged_by = ''me'' where id = 7; silence it: update alert set silenced_until = now() + interval ''8 hours'' where id = 7. A reader sees those of the clients he is named for.';
comment on column open_alerts.since is 'How long it has been going on.';
comment on column open_alerts.value is 'The worst so far.';
comment on column open_alerts.at_stake is 'What its calls came to so far.';
comment on column open_alerts.holds is 'Whether it holds its client.';
