-- A source is looked after: whether it is up to date, whether it must be read again from its beginning, and which of its
-- records are to be judged again because an administrator has mended what was wrong.

alter table source_position
  add column records bigint not null default 0,
  add column read_to_end_at timestamptz,
  add column rereads integer not null default 0,
  add column reread_at timestamptz;
update source_position set records = (select count(*) from cdr where cdr.source_id = source_position.source_id);
comment on column source_position.records is 'Records kept in cdr so far; counted by import as it goes.';
comment on column source_position.read_to_end_at is
  'When import last came to the end of the source: all it had written by then is here. Written every few seconds.';
comment on column source_position.rereads is
  'How often in a row the source was read again from its beginning because records were missing; 0 when none are.';
comment on column source_position.reread_at is 'When it last began to be read again.';

alter table source_day add column marked bigint not null default 0;
comment on column source_day.marked is 'Of the records counted last time, those with a mark: read by import, or by somebody else.';

-- A request is one row, however many records it is for: how far it has come is moved in the transaction that changes the calls,
-- so a killed import goes on where it was, and nothing is done twice.
create table rejudging (
  id bigint generated always as identity primary key,
  source_id integer not null references source on delete cascade,
  kind text not null,
  rejected_like text,
  since date,
  until date,
  reason text not null,
  asked_by text not null default session_user,
  asked_at timestamptz not null default clock_timestamp(),
  last_cdr_id bigint,
  reached_cdr_id bigint not null default 0,
  judged bigint not null default 0,
  changed bigint not null default 0,
  done_at timestamptz,
  constraint "kind is rejected or time zone" check (kind in ('rejected', 'time zone'))
);
create index rejudging_open on rejudging (source_id, id) where done_at is null;
comment on table rejudging is
  'Requests to judge records again, made by retry_rejected() and apply_time_zone(); the import process of the source works them off in pieces, beside reading on.';
comment on column rejudging.source_id is 'Whose records.';
comment on column rejudging.kind is 'rejected: records that were rejected or left out may become calls. time zone: calls get the moments their records mean in source.time_zone.';
comment on column rejudging.rejected_like is 'Only records whose reason is like this.';
comment on column rejudging.since is 'Only calls that began on this day or later, on the clock of source.time_zone.';
comment on column rejudging.until is 'Only calls that began before this day.';
comment on column rejudging.reason is 'Kept with the new prices.';
comment on column rejudging.asked_by is 'The database user who asked.';
comment on column rejudging.asked_at is 'When.';
comment on column rejudging.last_cdr_id is 'The last record it is for; null until import has begun.';
comment on column rejudging.reached_cdr_id is 'Done up to this record.';
comment on column rejudging.judged is 'Records looked at so far.';
comment on column rejudging.changed is 'Records that became calls, or calls whose moments changed.';
comment on column rejudging.done_at is 'When all was done.';

create function source_named(wanted text) returns integer language plpgsql stable as $$
declare found_id integer;
begin
  select id into found_id from source where name = wanted;
  if found_id is null then
    raise exception 'there is no source % (there are %)', wanted, coalesce((select string_agg(name, ', ' order by name) from source), 'none')
      using errcode = 'invalid_parameter_value';
  end if;
  return found_id;
end $$;
comment on function source_named is 'The id of the source with this name; an error that names the others when there is none.';

create function retry_rejected(source text, reason_like text default '%') returns bigint language plpgsql as $$
declare
  of_source integer := source_named(retry_rejected.source);
  records bigint;
begin
  select (select count(*) from cdr where source_id = of_source and rejected is not null and rejected like reason_like)
    + (select count(*) from cdr where source_id = of_source and left_out is not null and left_out like reason_like)
  into records;
  if records > 0 then
    insert into rejudging (source_id, kind, rejected_like, reason) values (of_source, 'rejected', reason_like, 'judged again');
  end if;
  return records;
end $$;
comment on function retry_rejected is
  'select retry_rejected(''office''): records of a source that were rejected or left out are judged again, once what was wrong is mended (the format, mapping or filter); says how many. What can now become a call does, the others say why not. reason_like: only those, e.g. ''%no date''.';

create function apply_time_zone(source text, since date default null, until date default null) returns bigint language plpgsql as $$
declare
  of_source integer := source_named(apply_time_zone.source);
  request bigint;
begin
  insert into rejudging (source_id, kind, since, until, reason)
  select id, 'time zone', apply_time_zone.since, apply_time_zone.until, 'time zone is ' || time_zone from source where id = of_source
  returning id into request;
  return request;
end $$;
comment on function apply_time_zone is
  'select apply_time_zone(''office''): after source.time_zone was corrected, past calls get the moments their records mean in it, and go back to find owner, number and price again. since and until (not included): only calls of these days. Says the id in rejudging, where to watch it.';
