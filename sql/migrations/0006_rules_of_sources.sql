-- What an administrator can say of the records of an exchange nobody thought of, and what of them are no calls. And a record says
-- on which day and for how many seconds it was written, by the columns that its format and the mapping name, so that the view
-- reconciliation need not know them.

create function is_mapping(mapping jsonb) returns boolean language sql immutable parallel safe as $$
  select case when jsonb_typeof(mapping) = 'object' then not exists (
    select from jsonb_each(mapping) entry
    where entry.key = '' or not case jsonb_typeof(entry.value)
      when 'string' then entry.value <> '""'
      when 'object' then (select count(*) from jsonb_object_keys(entry.value)) = 1
        and coalesce(jsonb_typeof(entry.value -> 'value') in ('string', 'number'), false)
      else false
    end)
  else false end
$$;
comment on function is_mapping is 'Whether this can be a source.mapping.';

create function is_condition(condition jsonb) returns boolean language plpgsql immutable parallel safe as $$
begin
  return case jsonb_typeof(condition)
    when 'array' then condition <> '[]' and not exists (
      select from jsonb_array_elements(condition) element where jsonb_typeof(element) not in ('string', 'number', 'null'))
    when 'object' then (select count(*) from jsonb_object_keys(condition)) = 1
      and (coalesce(jsonb_typeof(condition -> 'like') = 'string', false)
        or (condition ? 'not' and is_condition(condition -> 'not')))
    else jsonb_typeof(condition) in ('string', 'number', 'null')
  end;
end $$;
comment on function is_condition is 'Whether a column can be asked this in a source.filter.';

create function is_filter(filter jsonb) returns boolean language sql immutable parallel safe as $$
  select case jsonb_typeof(filter)
    when 'object' then filter <> '{}' and not exists (
      select from jsonb_each(filter) entry where entry.key = '' or not is_condition(entry.value))
    when 'array' then not exists (
      select from jsonb_array_elements(filter) rule where jsonb_typeof(rule) <> 'object' or not is_filter(rule))
    else false
  end
$$;
comment on function is_filter is 'Whether this can be a source.filter.';

alter table source
  add column mapping jsonb not null default '{}',
  add column filter jsonb not null default '[]',
  add constraint "mapping is {""column"": ""its name there""} or {""value"": ""text""}" check (is_mapping(mapping)),
  add constraint "filter is a list of rules such as {""dcontext"": ""internal""}" check (is_filter(filter));
comment on column source.mapping is
  'Which column of the exchange is which of the format''s: {"calldate": "begin_time"}; or what a column always is: {"dcontext": {"value": "office"}}. Counts for records read from then on.';
comment on column source.filter is
  'Records that are no calls: a rule, or a list of rules, one of which must hold. {"dcontext": "internal"}, {"dst": ["s", "h"]}, {"channel": {"like": "Local/%"}}, {"accountcode": {"not": ""}}; several columns in a rule: all. Counts for records read from then on.';

alter table cdr
  add column day date,
  add column billsec numeric not null default 0,
  add column left_out text;
comment on column cdr.day is 'The day it began as written there, whatever the time zone; null for a record that bears no date.';
comment on column cdr.billsec is 'The seconds spoken as written there; 0 when they are no number.';
comment on column cdr.left_out is 'Why it is no call of its own although nothing is wrong with it: source.filter says so, or it is a part of another.';
comment on column cdr.rejected is 'Why it could become no call; null when it did, or was left out.';
create index cdr_left_out on cdr (source_id, id) where left_out is not null;

-- So that the planner knows how few days there are, and need not sort every record.
create statistics cdr_days on source_id, day from cdr;
