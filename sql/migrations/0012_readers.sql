-- People who only look see what they may: numbers to the last four digits, and the calls of the clients they are named for.

create table client_reader (
  role_name text not null,
  client_id integer,
  constraint "client_id must be an existing client" foreign key (client_id) references client on delete cascade,
  constraint "a reader is named once for a client" unique (role_name, client_id)
);
comment on table client_reader is
  'Whose calls members of paidcalls_reader see in the views. Who is not named here sees none.';
comment on column client_reader.role_name is 'A login, or a role it is a member of.';
comment on column client_reader.client_id is 'The client; null: all clients, and the views about the line as a whole.';
create trigger note_insert after insert on client_reader referencing new table as new_rows for each statement execute function note_insert();
create trigger note_delete after delete on client_reader referencing old table as old_rows for each statement execute function note_delete();
create trigger note_update after update on client_reader referencing old table as old_rows new table as new_rows
  for each statement execute function note_replace();
create function waits_for_keys(edited client_reader) returns setof text language sql immutable as $$ select null::text where false $$;
comment on function waits_for_keys(client_reader) is 'No call waits for a reader.';

create function works_here() returns boolean
  language sql stable parallel safe
  return (
    select coalesce(bool_or(pg_has_role(session_user, oid, 'member')), false) from pg_roles
    where rolname in ('paidcalls_stage', 'paidcalls_admin') or oid = (select relowner from pg_class where oid = 'paidcalls'::regclass));
comment on function works_here is 'Whether this session belongs to a stage, an administrator or the owner, who see everything.';

create function reads_all_clients() returns boolean language sql stable security definer as $$
  select works_here() or exists (
    select from client_reader join pg_roles on rolname = role_name
    where client_id is null and pg_has_role(session_user, pg_roles.oid, 'member'))
$$;
comment on function reads_all_clients is
  'Whether this session may see the calls of all clients. Asked of the login and not of the role it has set, so that no set role widens it.';

create function read_clients() returns integer[] language sql stable security definer as $$
  select coalesce(array_agg(client_id), '{}') from client_reader join pg_roles on rolname = role_name
  where pg_has_role(session_user, pg_roles.oid, 'member')
$$;
comment on function read_clients is 'The clients this session is named for in client_reader.';

create function sees_numbers() returns boolean
  language sql stable parallel safe
  return works_here()
    or (select coalesce(bool_or(pg_has_role(session_user, oid, 'member')), false) from pg_roles where rolname = 'paidcalls_numbers');
comment on function sees_numbers is 'Whether numbers are shown to this session as they are: to members of paidcalls_numbers and to whoever works here.';

create function masked(written text) returns text
  language sql immutable parallel safe
  return regexp_replace(
    translate(normalize(written, nfkc), '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'),
    '[0-9](?=([ ().+/-]*[0-9]){4})', '*', 'g');
comment on function masked is 'A number, or a text in which numbers stand, with every digit that at least four more follow as *.';

create function shown(written text, whole boolean) returns text
  language sql immutable parallel safe
  return regexp_replace(
    left(case when whole then written else masked(left(written, 1000)) end, 1000),
    '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]', '�', 'g');
comment on function shown is
  'A text from a record as views show it: masked unless whole, at most 1000 characters, and with � for what would move a terminal''s cursor or turn the direction of writing.';
