-- What a price is, only its decision says. A login of the stages may move calls on, and price those whose turn it is; what a finished
-- call came to it cannot change, and a price without its decision it cannot make.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

create function works_as_owner() returns boolean language plpgsql stable as $$
begin
  return pg_has_role(current_user, (select relowner from pg_class where oid = 'paidcalls'::regclass), 'member');
end $$;
comment on function works_as_owner is 'Whether what is done now is done by the owner, or by one of his functions.';

create function guard_decision() returns trigger language plpgsql as $$
declare
  call record;
begin
  select status, decisions, total from paidcalls where id = new.call_id into call;
  if call.status = 'destination defined' and new.nr = call.decisions + 1 and new.delta = new.total - coalesce(call.total, 0) then
    return new;
  end if;
  if works_as_owner() then return new; end if;
  raise exception 'call % is not to be priced now, or not by this: a decision is the next one of a call that has its destination', new.call_id
    using errcode = 'insufficient_privilege';
end $$;
comment on function guard_decision is 'Lets stages add decisions only where a call is to be priced, each with what it changed.';
create trigger guard_decision before insert on rating_decision for each row execute function guard_decision();

create function guard_price() returns trigger language plpgsql as $$
begin
  if exists (
    select from (select * from rating_decision where call_id = new.id order by nr desc limit 1) made
    where made.nr = new.decisions
      and (made.total, made.currency, made.master_total, made.cost, made.cost_currency, made.billable_sec, made.decided_at)
        is not distinct from (new.total, new.currency, new.master_total, new.cost, new.cost_currency, new.billable_sec, new.priced_at)
  ) then
    return new;
  end if;
  if works_as_owner() then return new; end if;
  raise exception 'call % cannot be finished so: its price is not that of its latest decision', new.id using errcode = 'insufficient_privilege';
end $$;
comment on function guard_price is 'Lets stages finish a call only with the price that its decision says.';
create trigger guard_price before insert or update on paidcalls
  for each row when (new.status = 'tarif defined') execute function guard_price();

create function guard_finished() returns trigger language plpgsql as $$
begin
  if works_as_owner() then return new; end if;
  raise exception 'call % is finished: it is sent back with a rerate_reason, and changed by pricing it again', old.id
    using errcode = 'insufficient_privilege';
end $$;
comment on function guard_finished is 'Lets stages send a finished call back with a reason, as it was, and change nothing else of what it came to.';
create trigger guard_finished before update on paidcalls
  for each row when (
    old.status = 'tarif defined' and (
      new.status = 'tarif defined' or new.rerate_reason is null
      or (new.total, new.currency, new.master_total, new.cost, new.cost_currency, new.price, new.billable_sec, new.decisions, new.priced_at)
        is distinct from (old.total, old.currency, old.master_total, old.cost, old.cost_currency, old.price, old.billable_sec, old.decisions, old.priced_at)
      -- What stages found they find again.
      or (new.source_id, new.client_id, new.client, new.provider_id, new.direction, new.caller, new.number, new.kind, new.country, new.prefix_id)
        is distinct from (old.source_id, old.client_id, old.client, old.provider_id, old.direction, old.caller, old.number, old.kind, old.country, old.prefix_id)
      -- Another record tells other facts, and every stage judges them.
      or (new.status <> 'new record'
        and (new.cdr_id, new.calldate, new.answered_at, new.channel, new.dstchannel, new.src, new.dst, new.accountcode, new.disposition, new.duration, new.billsec)
          is distinct from (old.cdr_id, old.calldate, old.answered_at, old.channel, old.dstchannel, old.src, old.dst, old.accountcode, old.disposition, old.duration, old.billsec))))
  execute function guard_finished();

create function guard_record() returns trigger language plpgsql as $$
begin
  if works_as_owner() then return new; end if;
  raise exception 'record % is a call already: only what was rejected or left out is judged again', old.id using errcode = 'insufficient_privilege';
end $$;
comment on function guard_record is 'Lets import judge again what is no call yet, and change no other record.';
create trigger guard_record before update on cdr
  for each row when (old.rejected is null and old.left_out is null) execute function guard_record();

-- Nobody asks why a finished call waits.
alter table paidcalls add constraint "a finished call has no problem" check (status <> 'tarif defined' or problem is null) not valid;

-- Plans are edited one after another. Whoever holds their lock for long, by mistake or in malice, is named.

create function take_turn_of_plans() returns void language plpgsql set lock_timeout = '10s' as $$
declare
  number constant bigint := hashtext('tarifplan.base');
  holder text;
begin
  perform pg_advisory_xact_lock(number);
exception when lock_not_available then
  select string_agg(format('%s (%s, pid %s)', usename, coalesce(nullif(application_name, ''), 'psql'), pid), ', ') into holder
  from pg_locks join pg_stat_activity using (pid)
  where locktype = 'advisory' and granted and objsubid = 1 and pg_locks.database = (select oid from pg_database where datname = current_database())
    and (classid::bigint << 32 | objid::bigint) = number;
  raise exception 'plans are being edited by %: try again when that is over, or end it with pg_terminate_backend', coalesce(holder, 'somebody else')
    using errcode = 'lock_not_available';
end $$;
comment on function take_turn_of_plans is 'Editors of plans and bundles take turns, until their transaction ends; who waits for ten seconds is told for whom.';

do $$
declare
  edited record;
begin
  -- As they were, but for how they wait.
  for edited in select pg_proc.oid, pg_get_functiondef(pg_proc.oid) as text from pg_proc
    where pronamespace = current_schema()::regnamespace and proname in ('tarifplan_defaults', 'priced_plan_refresh')
  loop
    execute replace(edited.text, 'perform pg_advisory_xact_lock(hashtext(''tarifplan.base''));', 'perform take_turn_of_plans();');
  end loop;
end $$;

-- What is archived is what its decisions say.

create or replace function archive_calls(after_id bigint, priced_before timestamptz, out moved bigint, out reached bigint)
  language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  -- Few enough to be written in a fraction of a second, enough to make a commit of little weight.
  calls_at_once constant integer := 5000;
  old_calls bigint[];
  of_moment timestamptz;
begin
  perform hold_archive(true);
  -- Calls come in the order they were imported: behind a piece in which nothing is old, nothing is.
  select array_agg(id) filter (where status = 'tarif defined' and priced_at < priced_before),
    case when bool_or(least(imported_at, priced_at) < priced_before) then max(id) end
  into old_calls, reached
  from (select id, status, imported_at, priced_at from paidcalls where id > after_id order by id limit calls_at_once) piece;
  -- Who holds one of them is about to change it; what contradicts its decisions stays where somebody sees it (view price_not_decided).
  select array_agg(id) into old_calls from (
    select id from paidcalls
    where id = any (old_calls) and status = 'tarif defined' and priced_at < priced_before
      and exists (
        select from rating_decision made
        where made.call_id = paidcalls.id and made.nr = paidcalls.decisions
          and (made.total, made.master_total, made.cost) is not distinct from (paidcalls.total, paidcalls.master_total, paidcalls.cost))
      and (select sum(delta) from rating_decision where call_id = paidcalls.id) = total
    for update skip locked
  ) free;
  moved := coalesce(cardinality(old_calls), 0);
  if moved = 0 then return; end if;

  for of_moment in
    select distinct date_trunc('month', calldate at time zone 'UTC') at time zone 'UTC' from paidcalls where id = any (old_calls)
  loop
    perform make_archive(of_moment);
  end loop;
  execute format(
    'with gone as (
       delete from rating_decision made using paidcalls call where made.call_id = any ($1) and call.id = made.call_id
       returning made.*, call.calldate
     )
     insert into archived_decision (%1$s) select %1$s from gone', columns_of('archived_decision')) using old_calls;
  execute format(
    'with gone as (delete from paidcalls where id = any ($1) returning *)
     insert into archived_call (%1$s) select %1$s from gone', columns_of('paidcalls')) using old_calls;
end $$;

comment on function dialled_digits is 'What was dialled without scheme, host and punctuation. Mirrors dialledDigits in shared/dialling/dialling.ts.';
