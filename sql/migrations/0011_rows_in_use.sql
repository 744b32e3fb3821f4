-- What records and calls refer to is kept. Not by foreign keys: each would lock the trunk's or the price's row once a call, a row all
-- calls share, and write to it; nearly half of what PostgreSQL did for import was to look up and lock the one row of the source.
-- Deleting is rare, so who deletes bears the cost (docs/decisions/0011).

create function refuse_deleting_used() returns trigger language plpgsql as $$
declare
  used record;
begin
  -- In use is also what archived calls refer to (0013_archive.sql).
  -- tg_argv are the columns of paidcalls and, where there is one, of rating_decision that name rows of this table.
  execute format(
    'select old_rows.id, call.id as call
     from old_rows
     join (select id, %1$I from paidcalls union all select id, %1$I from archived_call) call on call.%1$I = old_rows.id
     limit 1', tg_argv[0]) into used;
  if used is null and tg_nargs > 1 then
    execute format(
      'select old_rows.id, made.call_id as call
       from old_rows
       join (select call_id, %1$I from rating_decision union all select call_id, %1$I from archived_decision) made on made.%1$I = old_rows.id
       limit 1', tg_argv[1]) into used;
  end if;
  if used is not null then
    raise exception '% % cannot be deleted: call % refers to it', tg_table_name, used.id, used.call
      using errcode = 'foreign_key_violation', hint = 'End it by its column valid, where it has one, or leave it unused.';
  end if;
  return null;
end $$;
comment on function refuse_deleting_used is 'Keeps the rows that calls and decisions refer to.';

create trigger refuse_deleting_used after delete on client referencing old table as old_rows
  for each statement execute function refuse_deleting_used('client_id', 'client_id');
create trigger refuse_deleting_used after delete on provider referencing old table as old_rows
  for each statement execute function refuse_deleting_used('provider_id', 'provider_id');
create trigger refuse_deleting_used after delete on prefix referencing old table as old_rows
  for each statement execute function refuse_deleting_used('prefix_id');
create trigger refuse_deleting_used after delete on tarif referencing old table as old_rows
  for each statement execute function refuse_deleting_used('code_id', 'tarif_id');

create function refuse_deleting_read() returns trigger language plpgsql as $$
declare
  read record;
begin
  select old_rows.name, cdr.id as record from old_rows join cdr on cdr.source_id = old_rows.id limit 1 into read;
  if read is not null then
    raise exception 'source % cannot be deleted: record % was read from it', read.name, read.record
      using errcode = 'foreign_key_violation', hint = 'Set enabled = false.';
  end if;
  return null;
end $$;
comment on function refuse_deleting_read is 'Keeps the sources that records are from.';

create trigger refuse_deleting_read after delete on source referencing old table as old_rows
  for each statement execute function refuse_deleting_read();
create trigger refuse_deleting_used after delete on source referencing old table as old_rows
  for each statement execute function refuse_deleting_used('source_id');
create trigger refuse_deleting_used after delete on cdr referencing old table as old_rows
  for each statement execute function refuse_deleting_used('cdr_id');

create function refuse_new_id() returns trigger language plpgsql as $$
begin
  raise exception '% % cannot have another id: calls refer to it', tg_table_name, old.id using errcode = 'foreign_key_violation';
end $$;
comment on function refuse_new_id is 'Keeps the id of rows that calls may refer to.';
do $$
declare of_table text;
begin
  foreach of_table in array array['source', 'client', 'provider', 'prefix', 'tarif'] loop
    execute format('create trigger refuse_new_id before update of id on %I for each row
      when (old.id <> new.id) execute function refuse_new_id()', of_table);
  end loop;
end $$;
