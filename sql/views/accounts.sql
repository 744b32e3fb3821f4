-- What clients have, and for how long it lasts.

drop view if exists accounts;
create view accounts with (security_barrier) as
select account.id, account.client_id, shown(client.name, true) as client, kind, currency, balance, reserved,
  balance + credit_limit - reserved as available, credit_limit, shown(hold, (select sees_numbers())) as hold,
  round((balance + credit_limit - reserved) / nullif(week.total / 7, 0), 1) as days_left, warn_below,
  (select count(*) from reservation where account_id = account.id and settled_at is null) as open_reservations
from account
join client on client.id = account.client_id
left join lateral (
  select sum(total) as total from client_day where client_day.client_id = account.client_id and client_day.currency = account.currency
    and day > (now() at time zone 'UTC')::date - 7
) week on true
where (select reads_all_clients()) or account.client_id = any ((select read_clients())::integer[]);
comment on view accounts is
  'What each account has: balance without tax, what open calls hold of it, what is left to be used, and for how many days at the rate of the last seven. A reader sees those of the clients he is named for.';
