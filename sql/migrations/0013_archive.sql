-- Calls priced long ago leave the table the stages work in, with their decisions, for partitions of two months that can be detached.
-- A move is a deletion here and an insertion there. Nothing may be deleted that does not stand on the other side, and that is what the
-- triggers below ask, whoever deletes: no setting and no role lets a price vanish.

create table archived_call (like paidcalls including comments) partition by range (calldate);
alter table archived_call add primary key (id, calldate);
create index archived_call_cdr on archived_call (cdr_id);
create index archived_call_client on archived_call (client_id, calldate);
comment on table archived_call is
  'Calls priced longer ago than KEEP_MONTHS, moved here by schedule; columns as in paidcalls. Partitions of two months by calldate, named by them. For both look at all_calls.';

create table archived_decision (like rating_decision including comments, calldate timestamptz not null) partition by range (calldate);
alter table archived_decision add primary key (call_id, nr, calldate);
comment on table archived_decision is
  'The decisions of archived calls, columns as in rating_decision, in the partition of the same months as their call. For both look at all_decisions.';
comment on column archived_decision.calldate is 'Of the call: by it a decision is in the partition of the same months.';

-- What may leave --------------------------------------------------------------------------------

create function refuse_deleting_priced() returns trigger language plpgsql as $$
declare
  lost bigint;
begin
  select gone.id into lost from old_rows gone
  where gone.decisions > 0 and not exists (
    select from archived_call kept
    where (kept.id, kept.calldate, kept.decisions) = (gone.id, gone.calldate, gone.decisions) and kept.total is not distinct from gone.total)
  limit 1;
  if lost is not null then
    raise exception 'call % was priced and cannot be deleted: its decisions stay', lost using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
comment on function refuse_deleting_priced is 'Keeps every call that has a decision, unless it stands in the archive.';
create trigger refuse_deleting_priced after delete on paidcalls referencing old table as old_rows
  for each statement execute function refuse_deleting_priced();

create function refuse_emptying_priced() returns trigger language plpgsql as $$
begin
  if exists (select from rating_decision) then
    raise exception 'calls were priced and cannot be deleted: their decisions stay' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
comment on function refuse_emptying_priced is 'Keeps paidcalls from being truncated while there are decisions.';
create trigger refuse_truncate before truncate on paidcalls for each statement execute function refuse_emptying_priced();

create function refuse_deleting_decision() returns trigger language plpgsql as $$
begin
  if exists (
    select from old_rows gone
    where not exists (
      select from archived_decision kept
      where (kept.call_id, kept.nr, kept.decided_at, kept.total, kept.delta) = (gone.call_id, gone.nr, gone.decided_at, gone.total, gone.delta))
  ) then
    raise exception 'rating_decision only grows: its rows are never changed or deleted' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
comment on function refuse_deleting_decision is 'Keeps every decision, unless it stands in the archive.';
create trigger refuse_deleting after delete on rating_decision referencing old table as old_rows
  for each statement execute function refuse_deleting_decision();

create function refuse_leaving_archive() returns trigger language plpgsql as $$
declare
  is_back boolean;
begin
  if tg_argv[0] = 'call' then
    is_back := exists (select from paidcalls where id = old.id and decisions = old.decisions and total is not distinct from old.total);
  else
    is_back := exists (
      select from rating_decision
      where (call_id, nr, decided_at, total, delta) = (old.call_id, old.nr, old.decided_at, old.total, old.delta));
  end if;
  if not is_back then
    raise exception '% only grows: its rows are never changed or deleted', tg_table_name
      using errcode = 'restrict_violation', hint = 'A partition may be detached as a whole.';
  end if;
  return null;
end $$;
comment on function refuse_leaving_archive is 'Keeps what is archived, unless it stands in paidcalls or rating_decision again.';
-- For each row, because only such triggers hold for the partitions, too.
create trigger refuse_leaving_archive after delete on archived_call for each row execute function refuse_leaving_archive('call');
create trigger refuse_leaving_archive after delete on archived_decision for each row execute function refuse_leaving_archive('decision');
create trigger refuse_change before update on archived_call for each row execute function refuse_change();
create trigger refuse_change before update on archived_decision for each row execute function refuse_change();
create trigger refuse_truncate before truncate on archived_call for each statement execute function refuse_change();
create trigger refuse_truncate before truncate on archived_decision for each statement execute function refuse_change();

-- There and back -----------------------------------------------------------------------------------

create function columns_of(of_table regclass) returns text language sql stable as $$
  select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
  where attrelid = of_table and attnum > 0 and not attisdropped
$$;
comment on function columns_of is 'The columns of a table, to move whole rows into one that has the same.';

-- Who moves calls out holds the archive alone; who looks whether a call is archived, to bring it back, holds it with others until he
-- commits. So a call is never in between. A lock of the table, because only who may write there can take it; who reads does not wait.
create function hold_archive(alone boolean) returns void language plpgsql as $$
begin
  if alone then
    lock table only archived_call in exclusive mode;
  else
    lock table only archived_call in row share mode;
  end if;
end $$;
comment on function hold_archive is 'Until the transaction ends no call is moved into the archive but by this session.';

create function archive_start(of_moment timestamptz) returns timestamp
  language sql immutable
  -- In UTC whoever asks: which months a partition holds must not depend on a session.
  return make_date(
    extract(year from of_moment at time zone 'UTC')::integer,
    (extract(month from of_moment at time zone 'UTC')::integer - 1) / 2 * 2 + 1, 1);
comment on function archive_start is 'Where the two months begin that a moment is in.';

create function archive_name(parent text, first timestamp) returns text
  language sql stable
  return parent || to_char(first, '_YYYY_MM') || to_char(first + interval '1 month', '_MM');
comment on function archive_name is 'How the partition of two months is called, such as archived_call_2026_01_02.';

create function archive_partition(parent text, of_moment timestamptz) returns text language sql stable as $$
  select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
  where inhparent = parent::regclass and starts_with(relname, archive_name(parent, archive_start(of_moment)))
$$;
comment on function archive_partition is 'The partition for calls of a moment; null when there is none.';

create function make_archive(of_moment timestamptz) returns void language plpgsql as $$
declare
  first timestamp := archive_start(of_moment);
  parent text;
  name text;
begin
  foreach parent in array array['archived_call', 'archived_decision'] loop
    continue when archive_partition(parent, of_moment) is not null;
    name := archive_name(parent, first);
    -- One that was detached may still have the name.
    for nr in 2..100 loop
      exit when to_regclass(name) is null;
      name := archive_name(parent, first) || '_' || nr;
    end loop;
    execute format('create table %I (like %I including all)', name, parent);
    execute format('comment on table %I is %L', name, format('Of %s, the calls that began in the two months from %s on (UTC).', parent, first::date));
    -- Attached, not created in its place: that would wait for whoever reads the archive.
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, name,
      first at time zone 'UTC', (first + interval '2 months') at time zone 'UTC');
  end loop;
end $$;
comment on function make_archive is 'Makes the partitions for calls of a moment, if they are not there.';

create table detached_call (
  cdr_id bigint primary key
);
comment on table detached_call is 'Records whose calls were detached with their partition: they are accounted for, and never become calls again.';
comment on column detached_call.cdr_id is 'The record in cdr.';

create function detach_archive(of_moment timestamptz) returns setof text language plpgsql as $$
declare
  parent text;
  name text;
begin
  perform hold_archive(true);
  foreach parent in array array['archived_call', 'archived_decision'] loop
    name := archive_partition(parent, of_moment);
    continue when name is null;
    if parent = 'archived_call' then
      execute format('insert into detached_call select cdr_id from %I where cdr_id is not null on conflict do nothing', name);
    end if;
    execute format('alter table %I detach partition %I', parent, name);
    return next name;
  end loop;
end $$;
comment on function detach_archive is
  'select detach_archive(''2024-11-01''): takes the two months around that moment out of the archive and says which tables now hold them, to dump and drop. For the owner.';

create function archive_calls(after_id bigint, priced_before timestamptz, out moved bigint, out reached bigint)
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
  -- Who holds one of them is about to change it.
  select array_agg(id) into old_calls from (
    select id from paidcalls where id = any (old_calls) and status = 'tarif defined' and priced_at < priced_before for update skip locked
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
comment on function archive_calls is
  'For schedule: moves what was priced before that moment into the archive, of the next 5000 calls behind an id. Says how many, and behind which id to go on; null: nothing old is left.';

create function bring_back_calls(ids bigint[]) returns bigint language plpgsql as $$
declare
  brought bigint;
begin
  perform hold_archive(false);
  if not exists (select from archived_call where id = any (ids)) then return 0; end if;
  execute format(
    'with back as (delete from archived_call where id = any ($1) returning *)
     insert into paidcalls (%1$s) select %1$s from back', columns_of('paidcalls')) using ids;
  get diagnostics brought = row_count;
  execute format(
    'with back as (delete from archived_decision where call_id = any ($1) returning *)
     insert into rating_decision (%1$s) select %1$s from back', columns_of('rating_decision')) using ids;
  return brought;
end $$;
comment on function bring_back_calls is
  'Moves archived calls back into paidcalls with their decisions, as they were; those that are not archived stay where they are. Says how many.';

create function bring_back_calls_of(records bigint[]) returns bigint language plpgsql as $$
begin
  perform hold_archive(false);
  return bring_back_calls(array(
    select id from archived_call
    where cdr_id = any (array(select record from unnest(records) record where record <= (select max(cdr_id) from archived_call)))));
end $$;
comment on function bring_back_calls_of is 'For import, before it corrects calls: brings back those made of these records, if they are archived.';

-- What reads or changes calls of any age -----------------------------------------------------------

create function receipt(call bigint) returns table (decision integer, line integer, item text, value text, explanation text)
  language sql stable as $$
  select made.nr, row_number() over (partition by made.nr order by lines.line)::integer, lines.item, lines.value, lines.explanation
  from (select *, null::timestamptz from rating_decision union all select * from archived_decision) made
  join (
    select id, src, dst, calldate, direction, disposition, kind, country from paidcalls
    union all
    select id, src, dst, calldate, direction, disposition, kind, country from archived_call
  ) paidcalls on paidcalls.id = made.call_id
  left join tarifplan plan on plan.tarifnum = made.tarifnum
  left join tarif on tarif.id = made.tarif_id
  cross join lateral (
    values
      (1, 'reason', made.reason, 'decided ' || to_char(made.decided_at, 'YYYY-MM-DD HH24:MI:SS TZ')),
      (2, 'call', paidcalls.src || ' to ' || paidcalls.dst,
        'began ' || to_char(paidcalls.calldate, 'YYYY-MM-DD HH24:MI:SS TZ') || coalesce(', ' || paidcalls.direction, '')
          || coalesce(', ' || nullif(paidcalls.disposition, ''), '')),
      (3, 'number', nullif(made.number, ''), concat_ws(', ', paidcalls.kind, paidcalls.country)),
      (4, 'plan', made.tarifnum::text, plan.name || coalesce(', differences from plan ' || plan.base, '')),
      (5, 'codes', array_to_string(made.codes, ', '), 'begin the number; the first that holds at the time wins'),
      (6, 'rule', made.rule, null),
      (7, 'row', nullif(made.tarif_id::text, ''),
        'code ' || coalesce(nullif(made.code, ''), '(any)') || ' of plan ' || tarif.tarifnum || coalesce(', ' || nullif(tarif.description, ''), '')),
      (8, 'price per minute', case when made.tarif_id is not null then trim_scale(made.price)::text end, made.currency),
      (9, 'seconds', made.billable_sec::text, case when made.free_sec > 0 then made.free_sec || ' of them free' end),
      (10, 'seconds charged', case when made.rule = 'price' then made.charged_sec::text end,
        'first ' || made.first_sec || ', then steps of ' || made.step_sec || ', ' || made.increments
          || case when made.grace_sec > 0 then ', none up to ' || made.grace_sec else '' end),
      (30, 'connect fee', case when made.rule = 'price' and made.connect_fee > 0 then trim_scale(made.connect_fee)::text end, 'once'),
      (31, 'at most', trim_scale(made.max_charge)::text, 'for one call'),
      (32, 'unrounded', made.unrounded::text, null),
      (33, 'total', made.total || coalesce(' ' || made.currency, ''), 'rounded ' || made.rounding || ' to ' || made.decimals || ' decimals'),
      (34, 'under the root plan', made.master_total::text,
        format('plan %s, code %s, %s per minute, %s s charged, unrounded %s; saving %s', made.master ->> 'tarifnum',
          coalesce(made.master ->> 'code', '-'), made.master ->> 'price', made.master ->> 'charged_sec', made.master ->> 'unrounded',
          made.master_total - made.total)),
      (35, 'cost', made.cost || coalesce(' ' || made.cost_currency, ''),
        format('provider %s, plan %s, code %s, %s per minute, %s s charged, unrounded %s%s', made.provider_id, made.provider ->> 'tarifnum',
          coalesce(made.provider ->> 'code', '-'), made.provider ->> 'price', made.provider ->> 'charged_sec', made.provider ->> 'unrounded',
          case when made.cost_currency = made.currency then '; margin ' || (made.total - made.cost) end)),
      (36, 'change', case when made.nr > 1 then made.delta::text end, 'against decision ' || made.nr - 1)
    union all
    select 10 + step.nr / 1e6, 'step ' || step.nr, step.value ->> 'amount',
      format('from second %s: %s s at %s per minute', step.value ->> 'from_sec', step.value ->> 'seconds', step.value ->> 'price')
    from jsonb_array_elements(case when jsonb_typeof(made.steps) = 'array' then made.steps else '[]' end) with ordinality step (value, nr)
  ) lines (line, item, value, explanation)
  where made.call_id = receipt.call and lines.value is not null
  order by made.nr, lines.line
$$;
comment on function receipt is 'select * from receipt(17): how the price of call 17 came about, line by line, and every price it had before.';
