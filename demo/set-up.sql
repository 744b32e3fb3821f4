-- demo: what an administrator enters before the first call is imported.

-- Two exchanges whose records are real, and one that is invented.
insert into source (name, time_zone, country, area_code, outside_line, extension_digits)
values
  ('asterisk-22', 'UTC', 'DE', '30', null, '{3}'),
  ('asterisk-16', 'Europe/Berlin', 'DE', '30', null, '{3}'),
  ('london', 'Europe/London', 'GB', '20', '9', '{4}');

-- The price list everybody starts from, two plans that say only what is different there, and what a carrier charges us.
insert into tarifplan (name, currency) values ('World list', 'USD'), ('Carrier', 'USD');
insert into tarifplan (name, base) select 'Europe saver', tarifnum from tarifplan where name = 'World list';
insert into tarifplan (name, base) select 'Partner', tarifnum from tarifplan where name = 'Europe saver';

insert into client (name, tarif_id)
select client.name, tarifplan.tarifnum
from (values
  ('Berlin sales', 'Europe saver'), ('Berlin support', 'Europe saver'), ('Berlin operations', 'World list'),
  ('Harbour Shipping', 'World list'), ('Nightingale Clinic', 'Europe saver'), ('Foundry Studios', 'Europe saver'),
  ('Meridian Travel', 'Partner')) client (name, plan)
join tarifplan on tarifplan.name = client.plan;

-- How their calls are recognised: by account, by extension or number, by trunk; incoming calls by the number called.
insert into callerid (client_id, kind, callerid, source_id)
select client.id, owned.kind, owned.callerid, source.id
from (
  values
    ('Berlin sales', 'accountcode', 'sales', null), ('Berlin sales', 'number', '+49 30 555100', null),
    ('Berlin sales', 'number', '100', 'asterisk-22'), ('Berlin sales', 'did', '600', 'asterisk-22'),
    ('Berlin support', 'accountcode', 'support', null), ('Berlin support', 'number', '101', 'asterisk-22'),
    ('Berlin support', 'did', '201', 'asterisk-22'), ('Berlin support', 'did', '102', 'asterisk-22'),
    ('Berlin operations', 'accountcode', 'ops', null), ('Berlin operations', 'number', '+49 30 555105', null),
    ('Berlin operations', 'number', '105', 'asterisk-22'), ('Berlin operations', 'did', '700', 'asterisk-22'),
    ('Nightingale Clinic', 'accountcode', 'clinic', 'london'),
    ('Meridian Travel', 'peer', 'PJSIP/meridian', 'london')
  union all
  select 'Harbour Shipping', 'number', extension::text, 'london' from generate_series(2101, 2120) extension
  union all
  select 'Foundry Studios', kind, '+44 20 7946 ' || to_char(line, 'FM0000'), null
  from generate_series(1, 20) line, unnest(array['number', 'did']) kind
) owned (client, kind, callerid, source)
join client on client.name = owned.client
left join source on source.name = owned.source;

-- The trunks to the public network. A channel that begins with @ is the context of a Local channel.
insert into provider (name, channel, tarifnum)
select trunk.name, trunk.channel, tarifplan.tarifnum
from (values
  ('Carrier', 'PJSIP/carrier', 'Carrier'), ('Carrier, through the dialplan', '@trunk', 'Carrier'),
  ('Carrier that answers 404', 'PJSIP/c404', null), ('Carrier that answers 486', 'PJSIP/c486', null),
  ('Carrier that answers 503', 'PJSIP/c503', null), ('Carrier that is down', 'PJSIP/cdown', null),
  ('Backbone', 'PJSIP/backbone', 'Carrier'), ('Atlas', 'PJSIP/atlas', 'Carrier'),
  ('Backbone, to Berlin', '@berlin', 'Carrier')) trunk (name, channel, plan)
left join tarifplan on tarifplan.name = trunk.plan;

-- On one exchange two digits choose a trunk, and the whole number with its + follows.
insert into prefix (prefix, source_id, digits, e164, description)
select routing.digits, source.id, '[7,16)', '', 'chooses a trunk'
from unnest(array['83', '84', '85', '86', '89']) routing (digits)
join source on source.name = 'asterisk-22';
