drop view if exists client_calls;
-- A barrier: no condition or function of whoever asks is tried on a row that is not his.
create view client_calls with (security_barrier) as
select id, status, calldate, direction, client_id, shown(client, true) as client,
  shown(src, (select sees_numbers())) as src,
  shown(number, (select sees_numbers())) as number,
  kind, country, billable_sec, price, total, currency, priced_at
from (select * from paidcalls union all select * from archived_call) call
where (select reads_all_clients()) or client_id = any ((select read_clients())::integer[]);
comment on view client_calls is
  'The calls a reader may see: those of the clients table client_reader names for his login, archived ones too. Ask it for a client''s own list of calls.';
comment on column client_calls.src is 'Who called, to the last four digits unless this login is a member of paidcalls_numbers.';
comment on column client_calls.number is 'Who was called, likewise.';
