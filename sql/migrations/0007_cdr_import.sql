-- cdr-pusher puts the records of any exchange into a PostgreSQL: with this table it may be ours, as it was that of CDR-Stats.
-- The columns are those it creates itself when there is no such table; `imported` is the one CDR-Stats adds.

create table cdr_import (
  id serial primary key,
  switch varchar(80) not null,
  cdr_source_type integer,
  callid varchar(80) not null,
  caller_id_number varchar(80) not null,
  caller_id_name varchar(80) not null,
  destination_number varchar(80) not null,
  dialcode varchar(10),
  state varchar(5),
  channel varchar(80),
  starting_date timestamptz not null,
  duration integer not null,
  billsec integer not null,
  progresssec integer,
  answersec integer,
  waitsec integer,
  hangup_cause_id integer,
  hangup_cause varchar(80),
  direction integer,
  country_code varchar(3),
  accountcode varchar(40),
  buy_rate numeric(10, 5),
  buy_cost numeric(12, 5),
  sell_rate numeric(10, 5),
  sell_cost numeric(12, 5),
  imported boolean not null default false,
  extradata jsonb
);
comment on table cdr_import is
  'Where cdr-pusher may put the records of an exchange; import reads them like those of any other source (docs/sources.md). What is imported may be deleted.';
comment on column cdr_import.id is 'In the order they were put here; import reads on by it.';
comment on column cdr_import.switch is 'Address of the exchange.';
comment on column cdr_import.cdr_source_type is 'What cdr-pusher is told to say: FreeSWITCH, Asterisk …';
comment on column cdr_import.callid is 'The exchange''s name for the call.';
comment on column cdr_import.caller_id_number is 'The calling number.';
comment on column cdr_import.caller_id_name is 'The calling name.';
comment on column cdr_import.destination_number is 'What was dialled.';
comment on column cdr_import.dialcode is 'Not used here: the destination is found anew.';
comment on column cdr_import.state is 'Not used here.';
comment on column cdr_import.channel is 'The channel that called, if cdr-pusher is told to push it.';
comment on column cdr_import.starting_date is 'When the call began.';
comment on column cdr_import.duration is 'Seconds from then to the end.';
comment on column cdr_import.billsec is 'Seconds from the answer to the end.';
comment on column cdr_import.progresssec is 'Not used here.';
comment on column cdr_import.answersec is 'Not used here.';
comment on column cdr_import.waitsec is 'Not used here.';
comment on column cdr_import.hangup_cause_id is 'ITU-T Q.850: 16 normal, 17 busy …';
comment on column cdr_import.hangup_cause is 'The same by name.';
comment on column cdr_import.direction is '1 inbound, 2 outbound, if cdr-pusher is told to push it.';
comment on column cdr_import.country_code is 'Not used here.';
comment on column cdr_import.accountcode is 'The account that pays.';
comment on column cdr_import.buy_rate is 'Not used here: prices are made anew.';
comment on column cdr_import.buy_cost is 'Not used here.';
comment on column cdr_import.sell_rate is 'Not used here.';
comment on column cdr_import.sell_cost is 'Not used here.';
comment on column cdr_import.imported is 'Import has it. Other columns that cdr-pusher is told to fill are in extradata.';
comment on column cdr_import.extradata is 'Further columns of the exchange: channel, dstchannel and dcontext are used.';
