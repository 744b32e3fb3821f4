-- Several databases, each with some of the exchanges: what people edit is edited in the first and copied to the others by logical
-- replication; a client and an exchange are at home in one of them (docs/decisions/0021).

create table this_database (
  one boolean primary key default true constraint "there is one row" check (one),
  name text not null constraint "a database is named by small letters, digits, hyphens" check (name ~ '^[a-z][a-z0-9-]{0,30}$'),
  copied boolean not null
);
comment on table this_database is 'Which of several databases this is; empty where there is only one. npm run divide writes it.';
comment on column this_database.one is 'There is one row at most.';
comment on column this_database.name is 'Its name, as client.home and source.home say it.';
comment on column this_database.copied is 'False: people edit here. True: what they edit is copied from the first database, and refused here.';
-- Triggers below ask it for logins whose rights come last of all.
do $$
declare
  allowed text;
begin
  for allowed in select rolname from pg_roles where rolname in ('paidcalls_stage', 'paidcalls_admin', 'paidcalls_bookkeeper', 'paidcalls_operator') loop
    execute format('grant select on this_database to %I', allowed);
  end loop;
end $$;

alter table client add column home text;
alter table source add column home text;
comment on column client.home is 'Where there are several databases: the one this client''s calls are priced in, where its account, its included seconds and its statements are. Null where there is one.';
comment on column source.home is 'Where there are several databases: the one its records are read into. Null where there is one.';

-- What people edit for all databases, and what triggers keep beside it. Logins, rules, recipients and who sends statements are each database's own.
create function copied_tables() returns text[] language sql immutable as $$
  select array['source', 'client', 'client_tarif', 'callerid', 'provider', 'provider_tarif', 'prefix', 'tarifplan', 'tarifplan_chain', 'priced_plan',
    'tarif', 'tarif_step', 'bundle', 'bundle_code', 'cause', 'tax_rate', 'client_fee', 'client_channels']
$$;
comment on function copied_tables is 'The tables that are edited in the first of several databases and copied to the others.';

-- They have no key of their own: a change names the whole row before it.
alter table client_tarif replica identity full;
alter table provider_tarif replica identity full;

create function at_home() returns trigger language plpgsql as $$
begin
  new.home := (select name from this_database);
  return new;
end $$;
comment on function at_home is 'Who is entered is at home where he is entered, unless the row says otherwise.';
create trigger at_home before insert or update on client for each row when (new.home is null) execute function at_home();
create trigger at_home before insert or update on source for each row when (new.home is null) execute function at_home();

create function refuse_moving_read() returns trigger language plpgsql as $$
begin
  if exists (select from cdr where source_id = old.id) then
    raise exception 'source % stays in database %: its records were read into it, and would be read and charged again elsewhere', old.name, old.home
      using errcode = 'restrict_violation', hint = 'What it writes into another table or file is another source, at home where you like.';
  end if;
  return new;
end $$;
comment on function refuse_moving_read is 'Keeps an exchange where its records are.';
create trigger refuse_moving_read before update of home on source
  for each row when (old.home is distinct from new.home and old.home is not null) execute function refuse_moving_read();

-- Changes that are copied come in as a replica: these triggers do not fire for them.
create function guard_copied() returns trigger language plpgsql as $$
declare
  here this_database;
begin
  select * into here from this_database;
  if here.name is null then return null; end if;
  if here.copied then
    -- A migration does here what it does in the first.
    if works_as_owner() and exists (select from pg_locks where locktype = 'advisory' and objid = 7281001 and pid = pg_backend_pid()) then return null; end if;
    raise exception '% is copied from the first database: edit it there', tg_table_name using errcode = 'restrict_violation';
  end if;
  if tg_op = 'TRUNCATE' or (tg_op = 'DELETE' and tg_argv[0] = 'refers') then
    raise exception 'nothing of % can be deleted: calls in another database may refer to it', tg_table_name
      using errcode = 'foreign_key_violation', hint = 'End it by its column valid, where it has one, or leave it unused.';
  end if;
  return null;
end $$;
comment on function guard_copied is 'Of several databases only the first is edited; and what calls elsewhere may refer to stays.';

do $$
declare
  of_table text;
begin
  foreach of_table in array copied_tables() loop
    continue when of_table in ('tarifplan_chain', 'priced_plan');
    execute format('create trigger guard_copied before insert or delete on %I for each statement execute function guard_copied(%L)', of_table,
      case when of_table in ('source', 'client', 'provider', 'prefix', 'tarifplan', 'tarif', 'bundle') then 'refers' else 'ends' end);
    execute format('create trigger guard_copied_truncate before truncate on %I for each statement execute function guard_copied()', of_table);
    continue when of_table = 'client';
    execute format('create trigger guard_copied_update before update on %I for each statement execute function guard_copied()', of_table);
  end loop;
end $$;
-- Since when a client has statements its home says.
create trigger guard_copied_update before update of id, name, tarif_id, address, tax_id, language, email, home on client
  for each statement execute function guard_copied();

create function keep_statements_from() returns trigger language plpgsql as $$
begin
  new.statements_from := old.statements_from;
  return new;
end $$;
comment on function keep_statements_from is 'An edit that is copied here leaves what issuing statements here has written.';
create trigger keep_statements_from before update on client for each row execute function keep_statements_from();
alter table client enable replica trigger keep_statements_from;

-- Triggers of statements do not fire for what is copied, so the notes they leave in the first database are copied as well, behind the rows
-- they are about and in the same transaction. Here they are as any other note.
create function take_in_note() returns trigger language plpgsql as $$
begin
  new.id := nextval(pg_get_serial_sequence('healing', 'id'));
  new.behind := 0;
  new.held := '{}';
  perform pg_notify('paidcalls healing', '');
  return new;
end $$;
comment on function take_in_note is 'A note of an edit that was made in the first database counts here as one made here, and is told to the stages.';
create trigger take_in_note before insert on healing for each row execute function take_in_note();
alter table healing enable replica trigger take_in_note;

-- Included seconds are taken where the client is at home; an edit of a bundle shares them out anew there.
alter table bundle enable always trigger share_out_all;

-- Money of a client is in one place.
create function guard_home() returns trigger language plpgsql as $$
declare
  elsewhere text := (select home from client where id = new.client_id and home <> (select name from this_database));
begin
  if elsewhere is not null then
    raise exception 'client % is at home in database %: its % there', new.client_id, elsewhere, tg_argv[0] using errcode = 'check_violation';
  end if;
  return new;
end $$;
comment on function guard_home is 'A client has its account and its statements in one database, its home.';
create trigger guard_home before insert on account for each row execute function guard_home('account is');
create trigger guard_home before insert on statement for each row execute function guard_home('statements are made');
