drop view if exists rule_effect;
create view rule_effect as
select rule.id, rule.name as rule, rule.enabled, rule.action, count(alert.id) as alerts, count(alert.id) filter (where alert.closed_at is null) as open,
  round(count(alert.id) / 4.0, 1) as a_week,
  date_trunc('second', percentile_cont(0.5) within group (order by coalesce(alert.closed_at, now()) - alert.opened_at)) as lasts,
  (select string_agg(trim_scale(amount) || ' ' || currency, ', ' order by currency) from (
    select currency, sum(at_stake) as amount from alert own
    where own.rule_id = rule.id and own.opened_at > now() - interval '28 days' and currency is not null and at_stake is not null group by currency) money) as at_stake,
  count(alert.id) filter (where alert.acknowledged_at is not null) as acknowledged, count(alert.id) filter (where alert.is_false) as false_alarms
from rule
left join alert on alert.rule_id = rule.id and alert.opened_at > now() - interval '28 days'
where (select reads_all_clients())
group by rule.id
order by rule.id;
comment on view rule_effect is
  'What each rule did in the last 28 days: how often, for how long (the median), what was at stake, and how often it was said to be a false alarm. npm run rehearse says what it would do with another threshold.';
comment on column rule_effect.lasts is 'Half of its alerts were over sooner.';
