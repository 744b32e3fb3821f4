-- What a client sees at the portal. The setting says whose rows: whoever else sets it has no right to these views.

drop view if exists portal_days;
create view portal_days with (security_barrier) as
select day, currency, calls, answered, round(billable_sec / 60.0, 1) as minutes, total, master_total as at_master, saved
from client_day where client_id = (select portal_client());
comment on view portal_days is 'What each day (UTC) came to for the client of the portal.';

drop view if exists portal_statements;
create view portal_statements with (security_barrier) as
select id, number, status, lower(period) as month, currency, calls, at_master, saved, corrections, fixed_fees, net, tax, total, issued_at, due_at, reason
from statement where client_id = (select portal_client()) and status in ('issued', 'void');
comment on view portal_statements is 'The statements of the client of the portal, drafts left out.';

drop view if exists portal_accounts;
create view portal_accounts with (security_barrier) as
select id, kind, currency, balance, reserved, balance + credit_limit - reserved as available, hold
from account where client_id = (select portal_client());
comment on view portal_accounts is 'What the client of the portal has left.';

drop view if exists portal_payments;
create view portal_payments with (security_barrier) as
select payment.id, account_id, amount, tax, paid_at, reference
from payment join account on account.id = account_id where client_id = (select portal_client());
comment on view portal_payments is 'What the client of the portal has paid.';

drop view if exists portal_alerts;
create view portal_alerts with (security_barrier) as
select alert.id, alert.severity, alert.opened_at, alert.closed_at, alert.message
from alert left join rule on rule.id = rule_id
where alert.client_id = (select portal_client()) and alert.opened_at > now() - interval '90 days'
  -- What its calls cost us is no concern of a client.
  and coalesce(rule.metric, '') not in ('cost', 'margin %');
comment on view portal_alerts is 'What the client of the portal was warned of within 90 days.';

drop view if exists portal_me;
create view portal_me with (security_barrier) as
select client.id, client.name, tarifplan.name as plan, client.email
from client left join tarifplan on tarifplan.tarifnum = client.tarif_id where client.id = (select portal_client());
comment on view portal_me is 'The client of the portal.';
