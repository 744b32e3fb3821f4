-- Letters from the pages: statements to who pays, and a way back for who has forgotten a password.

create table statement_mail (
  id bigint generated always as identity primary key,
  statement_id bigint not null,
  address text not null,
  mailed_at timestamptz not null default now(),
  answer text not null,
  person text default case when current_setting('paidcalls.person', true) <> '' then person() end,
  constraint "statement_id must be an existing statement" foreign key (statement_id) references statement
);
create index statement_mail_of on statement_mail (statement_id);
comment on table statement_mail is 'Statements that a mail server took, and for whom.';
comment on column statement_mail.statement_id is 'Which.';
comment on column statement_mail.address is 'To whom.';
comment on column statement_mail.mailed_at is 'When.';
comment on column statement_mail.answer is 'What the mail server said.';
comment on column statement_mail.person is 'Who sent it at a page.';

alter table web_user
  add column email text,
  add constraint "a user's mail address is name@host" check (email ~ '^[^[:space:]@<>,;]+@[^[:space:]@<>,;]+$');
comment on column web_user.email is 'Where a forgotten password is sent a way back; null: nowhere.';

create table web_reset (
  token_hash bytea primary key,
  user_id integer not null,
  made_at timestamptz not null default now(),
  constraint "user_id must be an existing user" foreign key (user_id) references web_user on delete cascade
);
comment on table web_reset is 'Ways back for who has forgotten a password: used once, within an hour.';
comment on column web_reset.token_hash is 'SHA-256 of what stands in the letter.';
comment on column web_reset.user_id is 'Whose.';
comment on column web_reset.made_at is 'Since when.';
