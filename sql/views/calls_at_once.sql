-- How many calls there were at one time.

drop view if exists calls_at_once;
create view calls_at_once as
select minute, begun, ended, sum(begun - ended) over (order by minute) as going_on
from (select minute, sum(begun) as begun, sum(ended) as ended from minute_calls where (select reads_all_clients()) group by minute) minute_calls;
comment on view calls_at_once is 'How many calls of all clients went on at the end of each minute in which one began or ended (UTC).';
