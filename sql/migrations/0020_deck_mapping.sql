-- How the price lists of a carrier are read, kept by a name: they come every month in the same shape.

create table deck_mapping (
  name text primary key constraint "a mapping has a name of letters and digits" check (name ~ '^[[:alnum:]][[:alnum:] ._-]{0,62}$'),
  said jsonb not null constraint "said is an object of options" check (jsonb_typeof(said) = 'object'),
  saved_at timestamptz not null default now(),
  saved_by text not null default session_user
);
comment on table deck_mapping is 'How a carrier''s price lists are read: what npm run deck -- load … --save-mapping NAME was told of columns, and --mapping NAME takes up.';
comment on column deck_mapping.name is 'By which the next price list of the carrier is read: --mapping NAME.';
comment on column deck_mapping.said is 'Options of npm run deck that say how a file is read, by their names without dashes.';
comment on column deck_mapping.saved_at is 'When it was saved last.';
comment on column deck_mapping.saved_by is 'The login that saved it last.';
