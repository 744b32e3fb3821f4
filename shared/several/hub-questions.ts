// What the hub asks of every database: the views, and the SQL that makes them into one.

/** Asked under the same names; each is a view of sql/views that role paidcalls_hub may read. */
export const asked = [
  'pipeline',
  'parked_calls',
  'workers',
  'speed',
  'sources',
  'open_alerts',
  'day_calls',
  'country_calls',
  'client_month',
  'provider_month',
] as const

export interface Column {
  schema: string
  view: string
  name: string
  type: string
}

/** What the views have for columns; words of an enum are text here. */
export const columnsQuery = `-- hub: which columns do the views have?
select nspname as schema, relname as view, attname as name, case when typtype = 'e' then 'text' else format_type(atttypid, atttypmod) end as type
from pg_attribute join pg_class on pg_class.oid = attrelid join pg_type on pg_type.oid = atttypid join pg_namespace on pg_namespace.oid = relnamespace
where relname = any ($1) and relnamespace = (select relnamespace from pg_class where oid = to_regclass('migration'))
  and attnum > 0 and not attisdropped
order by relname, attnum`

/** Once: who is asked, and who may ask here. */
export const groundQuery = `-- hub: what all questions need
create extension if not exists postgres_fdw;
create table if not exists hub_database (name text primary key, added_at timestamptz not null default now());
comment on table hub_database is 'The databases that are asked. npm run hub -- --add NAME URL adds one.';
comment on column hub_database.name is 'Its name; what is asked of it stands in the schema paidcalls_NAME.';
comment on column hub_database.added_at is 'Since when it is asked as it is now.';
do $$ begin
  if to_regrole('paidcalls_hub_reader') is null then
    create role paidcalls_hub_reader;
    comment on role paidcalls_hub_reader is 'May ask the hub.';
  end if;
  -- A server that is there and does not answer holds up nobody for ever.
  execute format('alter database %I set statement_timeout = ''30s''', current_database());
end $$`

/** A server, a login there, and a foreign table for each view. All names and texts are quoted by the database. */
export const serverQuery = `-- hub: how is a database reached?
with given as (
  select $1::text as name, 'paidcalls_' || replace($1, '-', '_') as place, $2::jsonb as reach, $3::jsonb as columns, $4::text as username, $5::text as password
)
select line from given cross join lateral (
  select 1 as nr, format('drop server if exists %I cascade', place) as line
  union all
  select 2, format('drop schema if exists %I cascade', place)
  union all
  select 3, format('create server %I foreign data wrapper postgres_fdw options (%s)', place,
    (select string_agg(format('%I %L', key, value), ', ') from jsonb_each_text(reach)))
  union all
  select 4, format('create user mapping for current_user server %I options (user %L, password %L)', place, username, password)
  union all
  select 5, format('create schema %I', place)
  union all
  select 6, format('create foreign table %I.%I (%s) server %I options (schema_name %L, table_name %L)', place, view,
    string_agg(format('%I %s', column_name, type), ', ' order by at), place, min(schema), view)
  from jsonb_to_recordset(columns) kept (schema text, view text, column_name text, type text, at integer)
  group by place, view
) made order by nr`

/** A view that asks every database, and says of one that does not answer why. */
export const viewQuery = `-- hub: one question to all
with given as (
  select $1::text as view, string_agg(format('%I', column_name), ', ' order by at) as names,
    string_agg(format('%I %s', column_name, type), ', ' order by at) as columns
  from jsonb_to_recordset($2::jsonb) kept (column_name text, type text, at integer)
)
select line from given cross join lateral (values
  (1, format('drop view if exists public.%I', view)),
  (2, format('drop function if exists public.%I()', 'ask_' || view)),
  (3, format('create function public.%I() returns table (database text, away text, %s) language plpgsql security definer set search_path = pg_catalog, pg_temp as %L',
    'ask_' || view, columns, format(
$body$
declare
  hub_asked text;
  hub_detail text;
begin
  for hub_asked in select hub_database.name from public.hub_database order by 1 loop
    begin
      return query execute format('select %%L::text, null::text, %s from %%I.%I', hub_asked, 'paidcalls_' || replace(hub_asked, '-', '_'));
    exception when query_canceled or others then
      -- Who gives up asking is not answered.
      if sqlerrm like '%%user request%%' then raise; end if;
      get stacked diagnostics hub_detail = pg_exception_detail;
      database := hub_asked;
      away := concat_ws(': ', sqlerrm, nullif(split_part(hub_detail, chr(10), 1), ''));
      return next;
    end;
  end loop;
end
$body$, names, view))),
  (4, format('create view public.%I as select * from public.%I()', view, 'ask_' || view)),
  (5, format('comment on view public.%I is %L', view, view || ' of every database. A database that does not answer is one row: its name, and in away why.')),
  (6, format('revoke all on function public.%I() from public', 'ask_' || view)),
  (7, format('grant execute on function public.%I() to paidcalls_hub_reader', 'ask_' || view)),
  (8, format('grant select on public.%I to paidcalls_hub_reader', view))
) made (nr, line) order by nr`

/** What can only be seen from here. */
export const acrossQuery = `-- hub: what no database sees of itself
create or replace view clients_in_several as
select client_id, min(client) as client, month, count(distinct database)::integer as databases, string_agg(distinct database, ', ' order by database) as which
from client_month where away is null
group by client_id, month having count(distinct database) > 1;
comment on view clients_in_several is 'Clients that were charged in more than one database in a month: their included seconds, accounts and statements do not know of each other.';
grant select on clients_in_several to paidcalls_hub_reader`
