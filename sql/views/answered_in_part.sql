drop view if exists answered_in_part;
create view answered_in_part as
select id, status, problem, source_id, calldate, src, dst, disposition, duration, billsec, dstchannel
from paidcalls
where billsec > 0 and disposition <> '' and disposition !~* '^[[:space:]]*answer(ed)?[[:space:]]*$';
comment on view answered_in_part is
  'Records with billsec that do not count as answered (NO ANSWER, BUSY … after an announcement): priced 0. If your exchange means otherwise set source.billable_by to billsec.';
