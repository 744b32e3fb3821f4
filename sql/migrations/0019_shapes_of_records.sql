-- What an administrator can say of the values of an exchange nobody thought of, and the number of ours that was called where the
-- record tells another one too.

-- Whoever works on calls locks paidcalls first: who has it waits for nobody.
lock table paidcalls in access exclusive mode;

create or replace function is_mapping(mapping jsonb) returns boolean language sql immutable parallel safe as $$
  select case when jsonb_typeof(mapping) = 'object' then not exists (
    select from jsonb_each(mapping) entry
    where entry.key = '' or not case jsonb_typeof(entry.value)
      when 'string' then entry.value <> '""'
      when 'object' then case when entry.value ? 'value'
        then (select count(*) from jsonb_object_keys(entry.value)) = 1 and jsonb_typeof(entry.value -> 'value') in ('string', 'number')
        else entry.value - 'column' - 'as' - 'words' = '{}'
          and case jsonb_typeof(entry.value -> 'column')
            when 'string' then entry.value -> 'column' <> '""'
            when 'array' then entry.value -> 'column' <> '[]' and not exists (
              select from jsonb_array_elements(entry.value -> 'column') part where jsonb_typeof(part) <> 'string' or part = '""')
            else false end
          and coalesce(entry.value ->> 'as' in ('month first', 'day first', 'mm:ss', 'hh:mm', 'milliseconds', 'decimal comma'), not entry.value ? 'as')
          and case when entry.value ? 'words' then jsonb_typeof(entry.value -> 'words') = 'object'
            and not exists (select from jsonb_each(entry.value -> 'words') word where jsonb_typeof(word.value) <> 'string') else true end
        end
      else false
    end)
  else false end
$$;
comment on column source.mapping is
  'Which column of the exchange is which of the format''s: {"calldate": "begin_time"}; how it is written: {"calldate": {"column": ["date", "time"], "as": "month first"}}; what its words mean: {"dstchannel": {"column": "way", "words": {"O": "trunk", "*": ""}}}; or what a column always is: {"dcontext": {"value": "office"}}. Counts for records read from then on.';

alter table paidcalls add column did text;
alter table archived_call add column did text;
comment on column paidcalls.did is
  'The number of ours that was called, where the record tells it beside dst, which is then whoever took the call (FreePBX); null elsewhere.';
comment on column archived_call.did is
  'The number of ours that was called, where the record tells it beside dst, which is then whoever took the call (FreePBX); null elsewhere.';

-- A call that was forwarded over a Local channel is the forwarder's: the record of its first half says whose number was called.
create index paidcalls_first_half on paidcalls (source_id, dstchannel) where dstchannel like 'Local/%;1';

create function note_first_half() returns trigger language plpgsql as $$
begin
  perform note_healing(array['first half ' || left(new.dstchannel, -2)]);
  return null;
end $$;
comment on function note_first_half is 'When the record of the first half of a Local channel comes, the second half that waits for its owner looks again.';
create trigger note_first_half after insert on paidcalls
  for each row when (new.dstchannel like 'Local/%;1') execute function note_first_half();
