-- Finished calls whose price is not what their decisions say. There are none, unless somebody wrote past the stages.

drop view if exists price_not_decided;
create view price_not_decided as
select call.id, shown(call.client, true) as client, call.priced_at, call.total, made.total as decided, call.currency, sums.deltas as sum_of_deltas, call.decisions,
  case
    when made.call_id is null then 'no decision says this price'
    when (made.total, made.master_total, made.cost) is distinct from (call.total, call.master_total, call.cost) then 'the latest decision says another price'
    else 'the decisions do not add up to it'
  end as what
from paidcalls call
left join rating_decision made on made.call_id = call.id and made.nr = call.decisions
left join lateral (select sum(delta) as deltas from rating_decision where call_id = call.id) sums on true
where call.status = 'tarif defined' and (select reads_all_clients())
  and (made.call_id is null or (made.total, made.master_total, made.cost) is distinct from (call.total, call.master_total, call.cost)
    or sums.deltas is distinct from call.total);
comment on view price_not_decided is
  'Finished calls whose price is not what rating_decision says of them: somebody wrote past the stages. Send them back: select rerate(...). They are not archived meanwhile.';
comment on column price_not_decided.what is 'What contradicts what.';
