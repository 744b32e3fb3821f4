-- Why calls ended that came before that was kept (0021_sums.sql): a job of schedule reads it again from their records.

create table cause_fill (
  source_id integer primary key references source on delete cascade,
  reached bigint not null default 0,
  last bigint,
  noted_at timestamptz not null default now()
);
-- Of an exchange that comes later every call has its cause from the first day.
insert into cause_fill (source_id) select id from source;
comment on table cause_fill is 'Exchanges whose calls of before are still to get their cause from their records, by the job fill-causes of schedule. An exchange that is done has no row.';
comment on column cause_fill.source_id is 'The exchange.';
comment on column cause_fill.reached is 'Its calls up to this id are done.';
comment on column cause_fill.last is 'The last that may be without: import has written causes since. Null until the job begins.';
comment on column cause_fill.noted_at is 'An hour later the job begins: by then no import of a version before is at work.';

create function take_old_calls(of_sources integer[], at_most integer, out sources integer[], out upto bigint, out is_held boolean, out calls jsonb)
  language plpgsql set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
  free integer[];
  behind bigint;
  until_id bigint;
  piece bigint[];
  wanting bigint[];
  locked bigint[];
  held bigint;
begin
  -- Whoever has a mark already goes on by it.
  free := array(select source_id from cause_fill where source_id = any (of_sources) and noted_at < now() - interval '1 hour' order by source_id for update skip locked);
  update cause_fill set last = greatest((select max(id) from paidcalls), (select max(id) from archived_call), 0) where source_id = any (free) and last is null;
  -- Exchanges go together; one that could not be read for a while comes after, by itself.
  select array_agg(source_id), reached, max(last) into sources, behind, until_id from cause_fill where source_id = any (free) group by reached order by reached limit 1;
  if sources is null then return; end if;

  -- First of all, so that nobody waits for a call that this is waiting with.
  perform hold_archive(false);
  piece := array(
    select id from (
      (select id from paidcalls where id > behind and id <= until_id order by id limit at_most)
      union all
      (select id from archived_call where id > behind and id <= until_id order by id limit at_most)
    ) own order by id limit at_most);
  upto := case when cardinality(piece) < at_most then until_id else piece[at_most] end;
  wanting := array(
    select id from paidcalls where id = any (piece) and cause is null and source_id = any (sources) and cdr_id is not null and forgotten_at is null
    union all
    select id from archived_call where id = any (piece) and cause is null and source_id = any (sources) and cdr_id is not null and forgotten_at is null);
  locked := array(select id from paidcalls where id = any (wanting) for no key update skip locked)
    || array(select id from archived_call where id = any (wanting) for no key update skip locked);
  -- Who has one in hand, or moves it, goes first: the piece ends before it.
  select min(id) into held from (select unnest(wanting) as id except select unnest(locked)) other;
  is_held := held is not null;
  if is_held then upto := held - 1; end if;
  select coalesce(jsonb_agg(jsonb_build_object('id', call.id, 'source_id', call.source_id, 'record', cdr.record)), '[]') into calls
  from (
    select id, source_id, cdr_id from paidcalls where id = any (locked)
    union all
    select id, source_id, cdr_id from archived_call where id = any (locked)
  ) call
  join cdr on cdr.id = call.cdr_id and cdr.forgotten_at is null
  where call.id <= upto;
end $$;
comment on function take_old_calls is
  'For schedule: of the next calls of these exchanges those without a cause, with their records, locked as far as nobody has them in hand. Says of which exchanges and up to which id that is; null: none are left, or another process has them.';

create function fill_causes(of_sources integer[], upto bigint, causes jsonb) returns bigint language plpgsql set plan_cache_mode = force_custom_plan set enable_seqscan = off as $$
declare
  ids bigint[] := array(select key::bigint from jsonb_object_keys(causes) key);
  until_id bigint := (select max(last) from cause_fill where source_id = any (of_sources));
  filled bigint;
  archived bigint;
begin
  update paidcalls set cause = causes ->> id::text
  where id = any (ids) and id <= until_id and source_id = any (of_sources) and cause is null and forgotten_at is null;
  get diagnostics filled = row_count;
  update archived_call set cause = causes ->> id::text
  where id = any (ids) and id <= until_id and source_id = any (of_sources) and cause is null and forgotten_at is null;
  get diagnostics archived = row_count;
  update cause_fill set reached = upto where source_id = any (of_sources);
  delete from cause_fill where source_id = any (of_sources) and reached >= last;
  return filled + archived;
end $$;
comment on function fill_causes is 'For schedule: gives calls of before the causes that their records say, by their ids, and notes how far that is. Says how many got one. Neither status nor price nor any decision changes.';

-- What is archived is never changed, but that a call of before gets its cause, once.
create function refuse_change_of_archived() returns trigger language plpgsql as $$
begin
  if old.cause is null and new.cause is not null and works_as_owner() and to_jsonb(new) - 'cause' = to_jsonb(old) - 'cause' then return new; end if;
  if only_forgets(to_jsonb(old), to_jsonb(new)) then return new; end if;
  raise exception '% only grows: its rows are never changed or deleted', tg_table_name using errcode = 'restrict_violation';
end $$;
comment on function refuse_change_of_archived is 'Refuses every change of an archived call, but that one of before gets its cause, and that it is forgotten who called whom.';
drop trigger refuse_change on archived_call;
create trigger refuse_change before update on archived_call for each row execute function refuse_change_of_archived();
