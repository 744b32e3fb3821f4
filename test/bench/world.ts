// What the benchmark prices: a tariff of 168,372 rows, 1,000 clients, and generated calls, the same in every run.

import type { Database } from '../../shared/database/connect.ts'

export const tariffRows = 168_372
const clients = 1_000

// Codes of countries with many networks, as ITU-T E.164 assigns them.
const countryCodes = `'{1,7,20,27,30,31,32,33,34,36,39,40,41,43,44,45,46,47,48,49,52,54,55,56,57,60,61,62,63,64,65,66,81,82,84,86,90,91,92,93,
  212,213,216,234,254,351,352,353,358,359,370,371,372,375,380,381,420,421,852,880,886,962,966,971,972,994,995,998}'::text[]`

const world = `
insert into source (id, name, country, area_code, outside_line, extension_digits, time_zone)
values (1, 'bench', 'RU', '495', '9', '{3}', 'Europe/Moscow');
insert into tarifplan (tarifnum, name, base, currency, first_sec, step_sec) values
  (1, 'list prices', null, 'EUR', 60, 60), (2, 'saver', 1, null, 1, 1), (3, 'partner', 2, null, null, null),
  (10, 'carrier', null, 'EUR', 6, 6);
insert into provider (id, name, channel, tarifnum) values
  (1, 'first trunk', 'PJSIP/first', 10), (2, 'second trunk', 'PJSIP/second', 10), (3, 'third trunk', 'SIP/third', null);
insert into client (id, name, tarif_id) select n, 'client ' || n, 1 + n % 3 from generate_series(1, ${clients}) n;
insert into callerid (client_id, callerid, kind)
select n, '+7 495 ' || lpad((2000000 + n * 37)::text, 7, '0'), kind from generate_series(1, ${clients}) n, unnest('{number,did}'::text[]) kind
union all
select n, 'account-' || n, 'accountcode' from generate_series(1, ${clients}, 2) n;
create table code as
select code, row_number() over () as nr from (
  select country || rest.digits as code
  from unnest(${countryCodes}) with ordinality country (country, at)
  cross join lateral (
    select lpad(n::text, length, '0') as digits, length
    from generate_series(0, 4) length, generate_series(0, (10 ^ length)::integer - 1) n
    where length < 4 or n % 5 < 2
  ) rest
  where length(country) > 1 or rest.length > 0
  order by rest.length, country, rest.digits
  limit ${tariffRows - 10}
) codes;
insert into code select code, ${tariffRows - 10} + row_number() over () from unnest('{1,7,74951,74952,74953,74954,74955,74956,74957,74958}'::text[]) code;
create unique index on code (nr);
insert into tarif (tarifnum, code, price, connect_fee)
select 1, code, 0.01 + (nr % 977) * 0.0013, case when nr % 50 = 0 then 0.05 else 0 end from code;
insert into tarif (tarifnum, code, price) select 2, code, 0.008 + (nr % 877) * 0.0011 from code where nr % 80 = 0;
insert into tarif (tarifnum, code, price) select 3, code, 0.007 from code where nr % 800 = 0;
insert into tarif (tarifnum, code, price) select 10, code, 0.004 + (nr % 677) * 0.0007 from code where nr % 5 = 0 or length(code) < 4;`

/** Fills the tables administrators keep; once per database. */
export async function makeWorld(db: Database): Promise<void> {
  await db.query(world)
  // No call waits yet, so nothing is to be healed by these rows; stages would see to that first.
  await db.query('truncate healing')
  await db.query('vacuum analyze')
}

/** A select of the columns of \`cdr\` records for calls numbered $1 to $2: 8 of 10 go out, one comes in, one stays inside; two thirds are answered. */
export const recordsQuery = `
select n, timestamptz '2026-03-01 08:00Z' + n * interval '20 ms' as calldate,
  case when n % 10 = 9 then '7916' || lpad((n * 7919 % 10000000)::text, 7, '0')
    else '7495' || lpad((2000000 + owner * 37)::text, 7, '0') end as src,
  case
    when n % 10 = 9 then '7495' || lpad((2000000 + owner * 37)::text, 7, '0')
    when n % 10 = 8 then (100 + n % 900)::text
    when n % 10 < 2 then '9' || lpad((5000000 + n * 7919 % 1000000)::text, 7, '0')
    when n % 10 < 4 then '98916' || lpad((n * 7919 % 10000000)::text, 7, '0')
    else '9810' || code.code || lpad((n * 7919 % 10000000)::text, 11 - length(code.code), '0') end as dst,
  case when n % 2 = 0 and owner % 2 = 1 then 'account-' || owner else '' end as accountcode,
  case when n % 10 = 9 then trunk else 'SIP/' || 100 + n % 900 end || '-' || lpad(to_hex(n), 8, '0') as channel,
  case when n % 10 < 8 then trunk else 'SIP/' || 100 + n % 900 end || '-' || lpad(to_hex(n + 1), 8, '0') as dstchannel,
  case when n % 3 = 0 then 'NO ANSWER' else 'ANSWERED' end as disposition,
  case when n % 3 = 0 then 0 else n * 7919 % 600 end as billsec,
  1772352000 + n / 50 || '.' || n as uniqueid
from generate_series($1::bigint, $2::bigint) n
cross join lateral (select 1 + n * 7919 % ${clients} as owner, (array['PJSIP/first', 'PJSIP/second', 'SIP/third'])[1 + n % 3] as trunk) drawn
join code on code.nr = 1 + n * 104729 % ${tariffRows}`

const insert = (from: string): string =>
  `insert into paidcalls (source_id, calldate, src, dst, accountcode, channel, dstchannel, disposition, duration, billsec, uniqueid, dcontext)
  select 1, calldate, src, dst, accountcode, channel, dstchannel, disposition, billsec + 7, billsec, uniqueid, 'from-internal' from ${from}`

/** Inserts calls from one number to another as import would leave them. */
export async function insertCalls(db: Database, from: number, to: number): Promise<void> {
  await db.query(insert(`(${recordsQuery}) record order by n`), [from, to])
}

/** Inserts call $1, and returns its id, from a table made by `recordsQuery`: at a steady pace, making it would cost more than pricing it. */
export const insertRecord = insert('record where n = $1 returning id')
