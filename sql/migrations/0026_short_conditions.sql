-- What a trigger asks in its `when` is read anew from the catalog by every statement that moves a call: fourteen thousand characters of
-- it, three times a call. The long question is asked by the function, of finished calls only.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

create or replace function guard_finished() returns trigger language plpgsql as $$
begin
  if works_as_owner() then return new; end if;
  if new.status = 'tarif defined' or new.rerate_reason is null
    or (new.total, new.currency, new.master_total, new.cost, new.cost_currency, new.price, new.billable_sec, new.decisions, new.priced_at)
      is distinct from (old.total, old.currency, old.master_total, old.cost, old.cost_currency, old.price, old.billable_sec, old.decisions, old.priced_at)
    -- What stages found they find again.
    or (new.source_id, new.client_id, new.client, new.provider_id, new.direction, new.caller, new.number, new.kind, new.country, new.prefix_id)
      is distinct from (old.source_id, old.client_id, old.client, old.provider_id, old.direction, old.caller, old.number, old.kind, old.country, old.prefix_id)
    -- Another record tells other facts, and every stage judges them.
    or (new.status <> 'new record'
      and (new.cdr_id, new.calldate, new.answered_at, new.channel, new.dstchannel, new.src, new.dst, new.accountcode, new.disposition, new.duration, new.billsec)
        is distinct from (old.cdr_id, old.calldate, old.answered_at, old.channel, old.dstchannel, old.src, old.dst, old.accountcode, old.disposition, old.duration, old.billsec))
  then
    raise exception 'call % is finished: it is sent back with a rerate_reason, and changed by pricing it again', old.id
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
comment on function guard_finished is 'Lets stages send a finished call back with a reason, as it was, and change nothing else of what it came to.';
drop trigger guard_finished on paidcalls;
create trigger guard_finished before update on paidcalls
  for each row when (old.status = 'tarif defined') execute function guard_finished();
