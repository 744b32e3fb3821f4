drop view if exists answered_in_part;
create view answered_in_part with (security_barrier) as
select id, status, case when (select sees_numbers()) then problem else masked(problem) end as problem, source_id, calldate,
  case when (select sees_numbers()) then src else masked(src) end as src,
  case when (select sees_numbers()) then dst else masked(dst) end as dst,
  disposition, duration, billsec, case when (select sees_numbers()) then dstchannel else masked(dstchannel) end as dstchannel
from paidcalls
where (select reads_all_clients()) and billsec > 0 and disposition <> '' and disposition !~* '^[[:space:]]*answer(ed)?[[:space:]]*$';
comment on view answered_in_part is
  'Records with billsec that do not count as answered (NO ANSWER, BUSY … after an announcement): priced 0. If your exchange means otherwise set source.billable_by to billsec.';
