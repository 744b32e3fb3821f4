-- What a move of a call asks only of some calls is asked in functions: a query pays for each of its parts at every call, needed or not.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

-- One question is asked of each move, and the rest by the function of the few that it concerns.
create function guard_move() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  made record;
begin
  -- Of a row that is added there is nothing old.
  if old.status = 'tarif defined' or old.forgotten_at is not null then
    if old.forgotten_at is not null and (new.status <> old.status or new.forgotten_at is null) then
      raise exception 'call % was forgotten: it stays at its price', old.id using errcode = 'restrict_violation';
    end if;
    if old.status = 'tarif defined' and not works_as_owner() and (new.status = 'tarif defined' or new.rerate_reason is null
      or (new.total, new.currency, new.master_total, new.cost, new.cost_currency, new.price, new.billable_sec, new.decisions, new.priced_at)
        is distinct from (old.total, old.currency, old.master_total, old.cost, old.cost_currency, old.price, old.billable_sec, old.decisions, old.priced_at)
      -- What stages found they find again.
      or (new.source_id, new.client_id, new.client, new.provider_id, new.direction, new.caller, new.number, new.kind, new.country, new.prefix_id)
        is distinct from (old.source_id, old.client_id, old.client, old.provider_id, old.direction, old.caller, old.number, old.kind, old.country, old.prefix_id)
      -- Another record tells other facts, and every stage judges them.
      or (new.status <> 'new record'
        and (new.cdr_id, new.calldate, new.answered_at, new.channel, new.dstchannel, new.src, new.dst, new.accountcode, new.disposition, new.duration, new.billsec)
          is distinct from (old.cdr_id, old.calldate, old.answered_at, old.channel, old.dstchannel, old.src, old.dst, old.accountcode, old.disposition, old.duration, old.billsec)))
    then
      raise exception 'call % is finished: it is sent back with a rerate_reason, and changed by pricing it again', old.id
        using errcode = 'insufficient_privilege';
    end if;
  end if;
  if new.status = 'tarif defined' then
    if new.problem is not null then
      raise exception 'call % cannot be finished with a problem', new.id using errcode = 'check_violation';
    end if;
    select nr, total, currency, master_total, cost, cost_currency, billable_sec, decided_at
    from rating_decision where call_id = new.id order by rating_decision.nr desc limit 1 into made;
    if (new.decisions, new.total, new.currency, new.master_total, new.cost, new.cost_currency, new.billable_sec, new.priced_at)
      is distinct from (made.nr, made.total, made.currency, made.master_total, made.cost, made.cost_currency, made.billable_sec, made.decided_at)
    then
      if not works_as_owner() then
        raise exception 'call % cannot be finished so: its price is not that of its latest decision', new.id using errcode = 'insufficient_privilege';
      end if;
    end if;
  end if;
  return new;
end $$;
comment on function guard_move is 'Lets stages finish a call only with the price that its decision says, send a finished call back with a reason, as it was, and change nothing else of what it came to; lets nobody price a forgotten call again.';
create trigger guard_insert before insert on paidcalls
  for each row when (new.status = 'tarif defined') execute function guard_move();
-- 'tarif defined' is the last there is: whether a call is finished, was, or was forgotten.
create trigger guard_update before update on paidcalls
  for each row when (greatest(old.status, new.status) = 'tarif defined' or old.forgotten_at is not null) execute function guard_move();
drop trigger guard_finished on paidcalls;
drop trigger guard_forgotten on paidcalls;
drop trigger guard_price on paidcalls;
drop function guard_finished();
drop function guard_forgotten();
drop function guard_price();
alter table paidcalls drop constraint "a finished call has no problem";

-- As before (0021_sums.sql), with its facts read into the decision at once.
create or replace function guard_decision() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  call_status enum_paidcalls_status;
  call_decisions integer;
  call_total numeric;
begin
  -- What comes back from the archive is as it was, and no new decision.
  if new.answered is not null then
    if works_as_owner() then return new; end if;
  end if;
  select status, decisions, coalesce(total, 0),
    calldate, source_id, coalesce(call_ref, nullif(uniqueid, '')), new.billable_sec > 0, duration, direction, kind, country, coalesce(cause, nullif(disposition, ''))
  from paidcalls where id = new.call_id
  into call_status, call_decisions, call_total,
    new.calldate, new.source_id, new.call_ref, new.answered, new.duration, new.direction, new.kind, new.country, new.cause;
  if (call_status = 'destination defined' and new.nr = call_decisions + 1 and new.delta = new.total - call_total) is not true then
    if not works_as_owner() then
      raise exception 'call % is not to be priced now, or not by this: a decision is the next one of a call that has its destination', new.call_id
        using errcode = 'insufficient_privilege';
    end if;
  end if;
  -- For rollup, in the transaction of the decision.
  if new.answered is not null then
    insert into unsummed (call_id, nr) values (new.call_id, new.nr);
  end if;
  return new;
end $$;

-- As before (0017_channels.sql), asked from branch to branch.
create or replace function trunk_names(channel text) returns text[] language plpgsql immutable parallel safe as $$
declare
  bare text[] := array[regexp_replace(channel, '-[0-9a-fA-F]+(;[12])?$', ''), regexp_replace(channel, ';[12]$', '')];
begin
  if channel = '' then return '{}'; end if;
  -- Most have nothing but a counter behind the trunk.
  if channel !~ '@|/.*/|^sofia/' then return bare; end if;
  if channel like 'Local/%@%' then
    return bare || ('@' || regexp_replace(regexp_replace(channel, '^[^@]*@', ''), '(-[0-9a-fA-F]+)?(;[12])?$', ''));
  end if;
  if channel like 'sofia/%@%' then
    return array[
      regexp_replace(channel, '^(sofia/[^/]*/)[^@]*(@[^:;]*).*$', '\1\2'),
      regexp_replace(channel, '^(sofia/[^/]*)/.*$', '\1'),
      channel];
  end if;
  if channel like 'sofia/%' then return array[channel]; end if;
  -- PJSIP/trunk_1/01632960001-00000001, DAHDI/i1/01632960001-1: the trunk stands before the number.
  if channel like '%/%/%' then return bare || regexp_replace(channel, '^([^/]+/[^/@]+)/.*$', '\1'); end if;
  -- PJSIP/01632960001@trunk_1-00000001: behind it.
  if channel like '%/%@%' then return bare || regexp_replace(bare[1], '^([^/]+/)[^@]*@', '\1'); end if;
  return bare;
end $$;

create function first_half_of(at_source integer, second_half text) returns json
  language plpgsql stable set enable_seqscan = off as $$
begin
  return (
    select json_build_object('did', did, 'dst', dst) from paidcalls
    where source_id = at_source and dstchannel = left(second_half, -1) || '1' and dstchannel like 'Local/%;1'
    limit 1);
end $$;
comment on function first_half_of is 'What the first half of a Local channel says of who was called; null where there is no record of it.';

create function ends_of_first_half(first_half json) returns text[]
  language plpgsql immutable strict parallel safe as $$
begin
  return array[first_half ->> 'dst', right(dialled_digits(first_half ->> 'dst'), 6), right(dialled_digits(first_half ->> 'did'), 6)];
end $$;
comment on function ends_of_first_half is 'What callerid_sought gives of the numbers that the first half of a Local channel names.';

create function has_second_half(at_source integer, first_half text) returns boolean
  language plpgsql stable set enable_seqscan = off as $$
begin
  return exists (
    select from paidcalls
    where source_id = at_source and channel = left(first_half, -1) || '2' and channel like 'Local/%;2');
end $$;
comment on function has_second_half is 'Whether the second half of a Local channel has a record of its own.';

create function home_elsewhere(home text) returns text
  language plpgsql stable strict as $$
begin
  return (select case when home <> name then home end from this_database where one);
end $$;
comment on function home_elsewhere is 'The database where a client is at home, null where that is this one.';

-- Whose plan it was is found by whose it is: the index that keeps its spans apart compares hundreds of them.
create index client_tarif_client on client_tarif (client_id);
create index provider_tarif_provider on provider_tarif (provider_id);
