drop view if exists answered_in_part;
create view answered_in_part with (security_barrier) as
select id, status, shown(problem, (select sees_numbers())) as problem, source_id, calldate,
  shown(src, (select sees_numbers())) as src,
  shown(dst, (select sees_numbers())) as dst,
  shown(disposition, (select sees_numbers())) as disposition, duration, billsec, shown(dstchannel, (select sees_numbers())) as dstchannel
from paidcalls
where (select reads_all_clients()) and billsec > 0 and disposition <> '' and lower(regexp_replace(disposition, '[^[:alnum:]]', '', 'g')) <> all ('{answered,answer,ok,normalclearing,normal,success,successful,completed,connected}');
comment on view answered_in_part is
  'Records with billsec that do not count as answered (NO ANSWER, BUSY … after an announcement): priced 0. If your exchange means otherwise set source.billable_by to billsec.';
