-- Price lists that were loaded: who, when, which file, and how the last one is undone.

-- A price that is taken back before it ever held is at no time. Valid from infinity on it stood in the way of any later price of its code that has no end.
-- Refused where it is null by a check alone: older programs make tables like this one, and know no such column.
alter table tarif add column withdrawn boolean default false;
alter table tarif drop constraint "valid must not be empty",
  add constraint "valid must not be empty" check (coalesce(isempty(valid) = withdrawn, false)) not valid;
alter table tarif validate constraint "valid must not be empty";
comment on column tarif.withdrawn is 'Taken back by a price list before it ever held: valid is empty. The row stays, because calls may refer to it.';

create table deck_load (
  id bigint generated always as identity primary key,
  tarifnum integer not null constraint "tarifnum must be an existing plan" references tarifplan on delete cascade,
  from_at timestamptz not null,
  file text not null constraint "a file has a name of at most 255 signs" check (char_length(file) <= 255),
  codes integer not null constraint "a list that was loaded changed codes" check (codes > 0),
  edits int8range not null,
  loaded_at timestamptz not null default clock_timestamp(),
  loaded_by text not null default coalesce(case when current_setting('paidcalls.person', true) <> '' then person() end, session_user),
  undone_at timestamptz,
  undone_by text,
  constraint "what is undone says by whom" check ((undone_at is null) = (undone_by is null))
);
create index deck_load_plan on deck_load (tarifnum, id);
comment on table deck_load is 'Price lists that were loaded into plans. The last one of a plan can be undone: npm run deck -- undo --plan 3.';
comment on column deck_load.tarifnum is 'The plan.';
comment on column deck_load.from_at is 'From when on its prices hold.';
comment on column deck_load.file is 'The name of the file.';
comment on column deck_load.codes is 'How many codes it changed.';
comment on column deck_load.edits is 'The ids of its edits in change_log are among these.';
comment on column deck_load.loaded_at is 'When.';
comment on column deck_load.loaded_by is 'The login, or who was logged in at the pages.';
comment on column deck_load.undone_at is 'When it was undone; null: it was not.';
comment on column deck_load.undone_by is 'By whom.';
