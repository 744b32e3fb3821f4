-- An edit counts at once and heals by itself: every edit is logged, noted for healing, and told to the stages.

create table change_log (
  id bigint generated always as identity primary key,
  changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default session_user,
  application text not null default coalesce(current_setting('application_name', true), ''),
  table_name text not null,
  operation text not null,
  old_row jsonb,
  new_row jsonb
);
comment on table change_log is 'Who changed what in the tables administrators edit. Rows are only added.';
comment on column change_log.changed_at is 'When.';
comment on column change_log.changed_by is 'The database user who logged in.';
comment on column change_log.application is 'The program, as it named itself.';
comment on column change_log.table_name is 'In which table.';
comment on column change_log.operation is 'insert, update or delete.';
comment on column change_log.old_row is 'The row before; null for an insert.';
comment on column change_log.new_row is 'The row after; null for a delete.';

create table healing (
  id bigint generated always as identity primary key,
  keys text[] not null,
  noted_at timestamptz not null default clock_timestamp(),
  behind bigint default 0,
  held bigint[] not null default '{}'
);
comment on table healing is 'Edits whose waiting calls are still to be released. Stages work it off within moments; normally empty.';
comment on column healing.keys is 'What was edited, in the words of paidcalls.waits_for.';
comment on column healing.noted_at is 'When.';
comment on column healing.behind is 'Calls up to this id are released; null: all are, but those held.';
comment on column healing.held is 'Calls that somebody had locked; they are tried again.';

-- The keys below are those stages write into paidcalls.waits_for (shared/waiting.ts).

create function waits_for_keys(edited callerid) returns setof text language sql immutable as $$
  select 'callerid ' || edited.kind || ' '
    || callerid_key(edited.kind, edited.callerid)
    || coalesce(' at source ' || edited.source_id, '')
$$;
create function waits_for_keys(edited client) returns setof text language sql immutable as $$
  select 'client ' || edited.id
$$;
create function waits_for_keys(edited client_tarif) returns setof text language sql immutable as $$
  select 'client ' || edited.client_id
$$;
create function waits_for_keys(edited provider) returns setof text language sql immutable as $$
  select 'provider ' || edited.channel
$$;
create function waits_for_keys(edited provider_tarif) returns setof text language sql immutable as $$
  select null::text where false
$$;
create function waits_for_keys(edited prefix) returns setof text language sql immutable as $$
  select 'prefix ' || edited.prefix || coalesce(' at source ' || edited.source_id, '')
$$;
create function waits_for_keys(edited source) returns setof text language sql immutable as $$
  select 'source ' || edited.id
$$;
create function waits_for_keys(edited tarifplan) returns setof text language sql immutable as $$
  select 'tarifplan ' || edited.tarifnum
$$;
create function waits_for_keys(edited tarif) returns setof text language sql immutable as $$
  select 'tarif ' || edited.tarifnum || ' ' || edited.direction || ' ' || edited.code
$$;
create function waits_for_keys(edited tarif_step) returns setof text language sql immutable as $$
  select null::text where false
$$;
do $$
declare of_table text;
begin
  foreach of_table in array array['callerid', 'client', 'client_tarif', 'provider', 'provider_tarif',
    'prefix', 'source', 'tarifplan', 'tarif', 'tarif_step'] loop
    execute format('comment on function waits_for_keys(%I) is %L', of_table,
      format('What calls that wait for a row of %s have in waits_for.', of_table));
  end loop;
end $$;

create function note_healing(edited_keys text[]) returns void language plpgsql as $$
begin
  -- In pieces, so that the release of one note stays short.
  insert into healing (keys)
  select array_agg(key) from (select key, row_number() over () / 1000 as piece from unnest(edited_keys) key) keyed
  group by piece;
  if found then perform pg_notify('paidcalls healing', ''); end if;
end $$;
comment on function note_healing is 'Notes what was edited and tells the stages, which release the calls that waited for it once the edit has committed.';

create function note_insert() returns trigger language plpgsql as $$
declare edited_keys text[];
begin
  insert into change_log (table_name, operation, new_row) select tg_table_name, 'insert', to_jsonb(n) from new_rows n;
  execute 'select array_agg(distinct key) from new_rows n, waits_for_keys(n::' || quote_ident(tg_table_name) || ') key' into edited_keys;
  perform note_healing(edited_keys);
  return null;
end $$;
create function note_delete() returns trigger language plpgsql as $$
declare edited_keys text[];
begin
  insert into change_log (table_name, operation, old_row) select tg_table_name, 'delete', to_jsonb(o) from old_rows o;
  execute 'select array_agg(distinct key) from old_rows o, waits_for_keys(o::' || quote_ident(tg_table_name) || ') key' into edited_keys;
  perform note_healing(edited_keys);
  return null;
end $$;
create function note_update() returns trigger language plpgsql as $$
declare
  edited_keys text[];
begin
  -- tg_argv[0] is the column that names a row of this table.
  execute format(
    'insert into change_log (table_name, operation, old_row, new_row)
     select %L, ''update'', to_jsonb(o), to_jsonb(n) from old_rows o full join new_rows n on n.%I = o.%I
     where to_jsonb(o) is distinct from to_jsonb(n)', tg_table_name, tg_argv[0], tg_argv[0]);
  execute format(
    'select array_agg(distinct key) from (
       select waits_for_keys(o::%1$I) as key from old_rows o union all select waits_for_keys(n::%1$I) from new_rows n) k',
    tg_table_name) into edited_keys;
  perform note_healing(edited_keys);
  return null;
end $$;
create function note_replace() returns trigger language plpgsql as $$
declare edited_keys text[];
begin
  -- Tables without a key of one column: what was and what is, as two rows.
  insert into change_log (table_name, operation, old_row) select tg_table_name, 'update', to_jsonb(o) from old_rows o;
  insert into change_log (table_name, operation, new_row) select tg_table_name, 'update', to_jsonb(n) from new_rows n;
  execute format(
    'select array_agg(distinct key) from (
       select waits_for_keys(o::%1$I) as key from old_rows o union all select waits_for_keys(n::%1$I) from new_rows n) k',
    tg_table_name) into edited_keys;
  perform note_healing(edited_keys);
  return null;
end $$;
comment on function note_insert is 'Logs inserted rows and notes which waiting calls they may heal.';
comment on function note_delete is 'Logs deleted rows and notes which waiting calls that may heal.';
comment on function note_update is 'Logs updated rows and notes which waiting calls they may heal.';
comment on function note_replace is 'As note_update, for tables whose rows have no key of one column.';

do $$
declare
  edited record;
begin
  for edited in
    select * from (values ('callerid', 'id'), ('client', 'id'), ('client_tarif', null), ('provider', 'id'), ('provider_tarif', null),
      ('prefix', 'id'), ('source', 'id'), ('tarifplan', 'tarifnum'), ('tarif', 'id'), ('tarif_step', null)) t (name, key)
  loop
    execute format('create trigger note_insert after insert on %I referencing new table as new_rows
      for each statement execute function note_insert()', edited.name);
    execute format('create trigger note_delete after delete on %I referencing old table as old_rows
      for each statement execute function note_delete()', edited.name);
    execute format('create trigger note_update after update on %I referencing old table as old_rows new table as new_rows
      for each statement execute function %s', edited.name,
      case when edited.key is null then 'note_replace()' else format('note_update(%L)', edited.key) end);
  end loop;
end $$;

-- Calls that are new, or free to move again, are told to their stage.

create function tell_new_calls() returns trigger language plpgsql as $$
begin
  perform pg_notify('paidcalls new record', '');
  return null;
end $$;
comment on function tell_new_calls is 'Wakes the first stage once per statement that adds calls.';
create trigger tell_new_calls after insert on paidcalls
  for each statement execute function tell_new_calls();

create function release_call() returns trigger language plpgsql as $$
begin
  new.waits_for := null;
  new.attempts := 0;
  new.due_at := null;
  perform pg_notify('paidcalls ' || new.status, 'released');
  return new;
end $$;
comment on function release_call is 'A call whose problem is cleared, by an edit or by hand, starts afresh at its stage.';
create trigger release_call before update of problem on paidcalls
  for each row when (old.problem is not null and new.problem is null) execute function release_call();
