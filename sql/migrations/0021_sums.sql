-- What decisions come to: each carries all it is summed by, leaves a row in unsummed, and is summed exactly once by rollup.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

alter table paidcalls add column call_ref text, add column cause text;
alter table archived_call add column call_ref text, add column cause text;
do $$
declare
  of_call text;
begin
  foreach of_call in array array['paidcalls', 'archived_call'] loop
    execute format('comment on column %I.call_ref is %L', of_call,
      'What all records of one call have in common at their exchange (Asterisk''s linkedid); null: its uniqueid.');
    execute format('comment on column %I.cause is %L', of_call,
      'Why it ended, as the exchange wrote it: a cause of Q.850, a SIP code, a hangup cause; null: its disposition.');
  end loop;
end $$;

-- In the order of archived_decision, which has calldate already.
alter table rating_decision
  add column calldate timestamptz, add column source_id integer, add column call_ref text, add column answered boolean, add column duration bigint,
  add column direction text, add column kind text, add column country text, add column cause text;
alter table archived_decision
  add column source_id integer, add column call_ref text, add column answered boolean, add column duration bigint,
  add column direction text, add column kind text, add column country text, add column cause text;
do $$
declare
  of_decision text;
begin
  foreach of_decision in array array['rating_decision', 'archived_decision'] loop
    execute format('comment on column %I.calldate is %L', of_decision, 'When the call began. It and all that follows are the call''s when this was decided: by them decisions are summed.');
    execute format('comment on column %I.source_id is %L', of_decision, 'The exchange.');
    execute format('comment on column %I.call_ref is %L', of_decision, 'What all records of one call have in common.');
    execute format('comment on column %I.answered is %L', of_decision, 'Whether it was answered, by its billable seconds; null: decided before decisions were summed, and not the latest of its call.');
    execute format('comment on column %I.duration is %L', of_decision, 'Seconds from its beginning to its end.');
    execute format('comment on column %I.direction is %L', of_decision, 'out, in, transit or internal.');
    execute format('comment on column %I.kind is %L', of_decision, 'Which kind of number was called.');
    execute format('comment on column %I.country is %L', of_decision, 'The country called, ISO 3166.');
    execute format('comment on column %I.cause is %L', of_decision, 'Why it ended, as the exchange wrote it.');
  end loop;
end $$;

create table unsummed (
  id bigint generated always as identity primary key,
  call_id bigint not null,
  nr integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
comment on table unsummed is 'Decisions that are in no sum yet; rollup takes them away as it adds them up. Written by guard_decision.';
comment on column unsummed.id is 'In the order in which they were made, as far as that is known.';
comment on column unsummed.call_id is 'The call.';
comment on column unsummed.nr is 'Which of its decisions.';

-- Stages price calls meanwhile, and grants come last of all.
do $$
begin
  if to_regrole('paidcalls_stage') is not null then
    grant insert on unsummed to paidcalls_stage;
  end if;
end $$;

create or replace function guard_decision() returns trigger language plpgsql set enable_seqscan = off as $$
declare
  call record;
begin
  -- What comes back from the archive is as it was, and no new decision.
  if new.answered is not null and works_as_owner() then return new; end if;
  select status, decisions, total, calldate, source_id, coalesce(call_ref, nullif(uniqueid, '')) as call_ref, duration, direction, kind, country,
    coalesce(cause, nullif(disposition, '')) as cause
  from paidcalls where id = new.call_id into call;
  new.calldate := call.calldate;
  new.source_id := call.source_id;
  new.call_ref := call.call_ref;
  new.answered := case when call.calldate is not null then new.billable_sec > 0 end;
  new.duration := call.duration;
  new.direction := call.direction;
  new.kind := call.kind;
  new.country := call.country;
  new.cause := call.cause;
  if not (call.status = 'destination defined' and new.nr = call.decisions + 1 and new.delta = new.total - coalesce(call.total, 0)) is true and not works_as_owner() then
    raise exception 'call % is not to be priced now, or not by this: a decision is the next one of a call that has its destination', new.call_id
      using errcode = 'insufficient_privilege';
  end if;
  -- For rollup, in the transaction of the decision.
  if new.answered is not null then
    insert into unsummed (call_id, nr) values (new.call_id, new.nr);
  end if;
  return new;
end $$;
comment on function guard_decision is 'Lets stages add decisions only where a call is to be priced, each with what it changed and with all it is summed by, and leaves a row for rollup.';

-- A decision is never changed, but that one of before gets what it is summed by, once.
create function refuse_change_of_decision() returns trigger language plpgsql as $$
declare
  filled constant text[] := '{calldate,source_id,call_ref,answered,duration,direction,kind,country,cause}';
begin
  if old.answered is null and new.answered is not null and works_as_owner() and to_jsonb(new) - filled = to_jsonb(old) - filled then return new; end if;
  raise exception '% only grows: its rows are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
comment on function refuse_change_of_decision is 'Refuses every change of a decision, but that one of before gets what it is summed by.';
drop trigger refuse_change on rating_decision;
create trigger refuse_change before update on rating_decision for each row execute function refuse_change_of_decision();
drop trigger refuse_change on archived_decision;
create trigger refuse_change before update on archived_decision for each row execute function refuse_change_of_decision();

do $$
declare
  edited record;
begin
  -- As they were, but that decisions have a calldate of their own, and that what detached months came to is kept.
  for edited in select pg_proc.oid, pg_get_functiondef(pg_proc.oid) as text from pg_proc
    where pronamespace = current_schema()::regnamespace and proname in ('receipt', 'archive_calls', 'bring_back_calls', 'detach_archive')
  loop
    edited.text := replace(edited.text, 'select *, null::timestamptz from rating_decision', 'select * from rating_decision');
    edited.text := replace(edited.text, 'returning made.*, call.calldate', 'returning made.*, call.calldate as began');
    edited.text := replace(edited.text, 'insert into archived_decision (%1$s) select %1$s from gone'', columns_of(''archived_decision''))',
      'insert into archived_decision (%1$s) select %2$s from gone'', columns_of(''archived_decision''), replace(columns_of(''archived_decision''), ''calldate'', ''began''))');
    edited.text := replace(edited.text, 'foreach parent in array',
      'perform close_sums(archive_partition(''archived_decision'', of_moment)::regclass); foreach parent in array');
    execute edited.text;
  end loop;
end $$;

create table call_sum (
  starts_at timestamptz not null,
  source_id integer not null,
  client_id integer not null,
  provider_id integer not null,
  direction text not null,
  kind text not null,
  country text not null,
  cause text not null,
  currency text not null,
  cost_currency text not null,
  calls bigint not null,
  answered bigint not null,
  billable_sec bigint not null,
  duration bigint not null,
  total numeric not null,
  master_total numeric not null,
  cost numeric not null,
  without_master bigint not null,
  without_cost bigint not null,
  primary key (starts_at, source_id, client_id, provider_id, direction, kind, country, cause, currency, cost_currency)
);
create index call_sum_client on call_sum (client_id, starts_at);
comment on table call_sum is 'What the latest decisions of calls come to, by quarters of an hour (UTC) in which they began. 0 and '''' stand for none. Kept by rollup; npm run rollup -- --verify compares it with the decisions.';
comment on column call_sum.starts_at is 'The quarter of an hour.';
comment on column call_sum.source_id is 'The exchange.';
comment on column call_sum.client_id is 'Who pays.';
comment on column call_sum.provider_id is 'Who carried them.';
comment on column call_sum.direction is 'out, in, transit or internal.';
comment on column call_sum.kind is 'Which kind of number was called.';
comment on column call_sum.country is 'The country called.';
comment on column call_sum.cause is 'Why they ended, as the exchange wrote it.';
comment on column call_sum.currency is 'Of total and master_total.';
comment on column call_sum.cost_currency is 'Of cost.';
comment on column call_sum.calls is 'How many.';
comment on column call_sum.answered is 'Of these answered.';
comment on column call_sum.billable_sec is 'Their billable seconds.';
comment on column call_sum.duration is 'Their seconds from beginning to end.';
comment on column call_sum.total is 'What clients pay.';
comment on column call_sum.master_total is 'What they would pay under the root plan.';
comment on column call_sum.cost is 'What providers charge.';
comment on column call_sum.without_master is 'Calls whose price under the root plan is not known.';
comment on column call_sum.without_cost is 'Calls that a provider carried and whose cost is not known.';

create table minute_calls (
  minute timestamptz not null,
  source_id integer not null,
  client_id integer not null,
  provider_id integer not null,
  direction text not null,
  begun bigint not null,
  ended bigint not null,
  primary key (minute, source_id, client_id, provider_id, direction)
);
comment on table minute_calls is 'How many calls began and ended in each minute: their difference from the beginning on is how many there were at one time. Kept by rollup.';
comment on column minute_calls.minute is 'The minute (UTC).';
comment on column minute_calls.source_id is 'The exchange.';
comment on column minute_calls.client_id is 'Who pays.';
comment on column minute_calls.provider_id is 'Who carried them.';
comment on column minute_calls.direction is 'out, in, transit or internal.';
comment on column minute_calls.begun is 'Calls that began in it.';
comment on column minute_calls.ended is 'Calls that ended in it.';

-- Months that are detached: what they came to stays.
create table closed_sum (like call_sum including comments including constraints);
create table closed_minute (like minute_calls including comments including constraints);
comment on table closed_sum is 'What calls came to whose decisions were detached with their months: verifying and rebuilding take it as given. As call_sum.';
comment on table closed_minute is 'Calls that began and ended in each minute, whose decisions were detached with their months. As minute_calls.';

create table sum_fill (
  one boolean primary key default true constraint "there is one row" check (one),
  line_reached bigint not null default 0,
  line_last bigint not null,
  archive_reached bigint not null default 0,
  archive_last bigint not null
);
insert into sum_fill (line_last, archive_last)
select coalesce((select max(id) from paidcalls), 0),
  -- A call of the line may be archived before its turn has come.
  greatest((select max(id) from paidcalls), (select max(id) from archived_call), 0);
comment on table sum_fill is 'How far calls have come into the sums that were priced before there were sums: rollup goes on here, in bites.';
comment on column sum_fill.one is 'There is one row.';
comment on column sum_fill.line_reached is 'Calls in paidcalls up to this id are in the sums.';
comment on column sum_fill.line_last is 'The last there was.';
comment on column sum_fill.archive_reached is 'Calls in the archive up to this id are.';
comment on column sum_fill.archive_last is 'The last there was.';

create function fill_decisions(calls_at_once integer) returns bigint language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
  fill sum_fill;
  upto bigint;
  filled bigint;
begin
  select * into fill from sum_fill for update skip locked;
  if fill.line_reached < fill.line_last then
    select coalesce(max(id), fill.line_last) into upto from (
      select id from paidcalls where id > fill.line_reached and id <= fill.line_last order by id limit calls_at_once) piece;
    -- Who is pricing one of them decides first.
    perform from paidcalls where id > fill.line_reached and id <= upto order by id for no key update;
    with got as (
      update rating_decision made
      set calldate = call.calldate, source_id = call.source_id, call_ref = coalesce(call.call_ref, nullif(call.uniqueid, '')), answered = made.billable_sec > 0,
        duration = call.duration, direction = call.direction, kind = call.kind, country = call.country, cause = coalesce(call.cause, nullif(call.disposition, ''))
      from paidcalls call
      where call.id > fill.line_reached and call.id <= upto and made.call_id = call.id and made.nr = call.decisions and made.answered is null
      returning made.call_id, made.nr
    )
    insert into unsummed (call_id, nr) select call_id, nr from got;
    get diagnostics filled = row_count;
    update sum_fill set line_reached = upto;
    return filled;
  elsif fill.archive_reached < fill.archive_last then
    perform hold_archive(false);
    select coalesce(max(id), fill.archive_last) into upto from (
      select id from archived_call where id > fill.archive_reached and id <= fill.archive_last order by id limit calls_at_once) piece;
    with got as (
      update archived_decision made
      set source_id = call.source_id, call_ref = coalesce(call.call_ref, nullif(call.uniqueid, '')), answered = made.billable_sec > 0,
        duration = call.duration, direction = call.direction, kind = call.kind, country = call.country, cause = coalesce(call.cause, nullif(call.disposition, ''))
      from archived_call call
      where call.id > fill.archive_reached and call.id <= upto and made.call_id = call.id and made.calldate = call.calldate and made.nr = call.decisions
        and made.answered is null
      returning made.call_id, made.nr
    )
    insert into unsummed (call_id, nr) select call_id, nr from got;
    get diagnostics filled = row_count;
    update sum_fill set archive_reached = upto;
    return filled;
  end if;
  return null;
end $$;
comment on function fill_decisions is
  'For rollup: gives the latest decisions of the next calls that were priced before there were sums what they are summed by. Says how many; null: all are.';

create function close_sums(decisions regclass) returns void strict language plpgsql as $$
declare
  waits boolean;
begin
  if exists (select from sum_fill where line_reached < line_last or archive_reached < archive_last) then
    raise exception 'calls of before are not all in the sums yet: let rollup come to its end, then detach' using errcode = 'object_not_in_prerequisite_state';
  end if;
  execute format('select exists (select from unsummed join %s made using (call_id, nr))', decisions) into waits;
  if waits then
    raise exception 'decisions of these months are not in the sums yet: let rollup come to its end, then detach' using errcode = 'object_not_in_prerequisite_state';
  end if;
  execute format($query$
    with latest as (
      select distinct on (call_id) * from %1$s where answered is not null order by call_id, nr desc
    ), quarters as (
      insert into closed_sum
      select date_bin('15 minutes', calldate, '2000-01-01 00:00Z'), coalesce(source_id, 0), coalesce(client_id, 0), coalesce(provider_id, 0), coalesce(direction, ''), coalesce(kind, ''),
        coalesce(country, ''), coalesce(cause, ''), coalesce(currency, ''), coalesce(cost_currency, ''),
        count(*), count(*) filter (where answered), sum(billable_sec), sum(duration), sum(total), sum(coalesce(master_total, 0)), sum(coalesce(cost, 0)),
        count(*) filter (where master_total is null), count(*) filter (where cost is null and provider_id is not null)
      from latest group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    )
    insert into closed_minute
    select date_trunc('minute', moment, 'UTC'), coalesce(source_id, 0), coalesce(client_id, 0), coalesce(provider_id, 0), coalesce(direction, ''), sum(began), sum(1 - began)
    from latest cross join lateral (values (calldate, 1), (calldate + duration * interval '1 second', 0)) ends (moment, began)
    group by 1, 2, 3, 4, 5$query$, decisions);
end $$;
comment on function close_sums is 'Before months are detached: keeps what their decisions come to. Refused while some of them are in no sum.';
