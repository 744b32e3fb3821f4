// Calls of four exchanges, generated with what each must come to. The control sum is worked out here, in SQL numeric, from what
// the generator meant; nothing in this file comes from shared/ but the type of a connection.

import type { Database } from '../../shared/database/connect.ts'

/** What a generated call should come to; `waits` is the beginning of its problem. */
export interface Control {
  calls: number
  priced: number
  total: string
  master_total: string
  cost: string
}

// Exchanges, trunks, clients and how they are recognised. Ids are given so that the calls below can name them.
const offices = `
insert into source (id, name, country, area_code, outside_line, extension_digits, time_zone) values
  (1, 'moscow', 'RU', '495', '9', '{3,4}', 'Europe/Moscow'),
  (2, 'berlin', 'DE', '30', '0', '{2,3}', 'Europe/Berlin'),
  (3, 'london', 'GB', '20', '9', '{3,4}', 'Europe/London'),
  (4, 'chicago', 'US', '312', '9', '{3,4}', 'America/Chicago');
insert into tarifplan (tarifnum, name, base, currency, first_sec, step_sec, increments, grace_sec, decimals, rounding) values
  (1, 'list prices', null, 'EUR', 60, 60, 'anchored', 0, 4, 'half up'),
  (2, 'by the second', 1, null, 1, 1, null, null, null, null),
  (3, 'by the second, in cents', 2, null, null, null, null, null, 2, 'up'),
  (4, 'a plan of its own', null, 'EUR', 30, 6, 'absolute', 5, 3, 'down'),
  (10, 'what trunks charge', null, 'USD', 6, 6, 'anchored', 0, 6, 'half up');
insert into provider (id, name, channel, tarifnum) values
  (1, 'moscow trunk', 'SIP/rostelecom', 10), (2, 'berlin trunk', 'PJSIP/telekom', 10),
  (3, 'london trunk, charges unknown', 'SIP/bt', null), (4, 'chicago trunk', 'SIP/att', 10);
insert into client (id, name, tarif_id) values (1, 'one', 4), (2, 'two', 2), (3, 'three', 3), (4, 'four', 4);
-- Client 1 changed from plan 4 to plan 1 in summer 2025.
update client_tarif set valid = '(,2025-06-01)' where client_id = 1;
insert into client_tarif (client_id, tarifnum, valid) values (1, 1, '[2025-06-01,)');
insert into callerid (client_id, callerid, kind, source_id) values
  (1, '201', 'number', null), (2, 'acme', 'accountcode', null), (3, 'SIP/303', 'peer', null),
  (4, '+7 (495) 123-45-67', 'number', null), (1, '205', 'number', null), (2, '205', 'number', 1),
  (1, '74950000001', 'did', null), (2, '74950000002', 'did', null), (3, '74950000003', 'did', null),
  (4, '74950000004', 'did', null), (1, '74950000005', 'did', null);
select setval(pg_get_serial_sequence('source', 'id'), 100), setval(pg_get_serial_sequence('tarifplan', 'tarifnum'), 100),
  setval(pg_get_serial_sequence('provider', 'id'), 100), setval(pg_get_serial_sequence('client', 'id'), 100),
  setval(pg_get_serial_sequence('prefix', 'id'), 100);`

// What a minute costs by plan and code, whether the plan says so itself or one it is based on.
const sheet = `
create table meant_price (plan integer, direction text, code text, price numeric, fee numeric, first_sec integer, step_sec integer, own boolean);
insert into meant_price values
  (1, 'out', '7495', 1.20, 0, null, null, true), (1, 'out', '7916', 1.55, 0.10, null, null, true),
  (1, 'out', '4930', 0.0190, 0, null, null, true), (1, 'out', '49171', 0.2350, 0, null, null, true),
  (1, 'out', '4420', 0.0333, 0, null, null, true), (1, 'out', '447', 0.31, 0.05, 30, 30, true),
  (1, 'out', '1212', 0.011, 0, null, null, true), (1, 'out', '1312', 0.0125, 0, null, null, true),
  (2, 'out', '7495', 0.95, 0, null, null, true), (2, 'out', '7916', 1.55, 0.10, null, null, false),
  (2, 'out', '4930', 0.0190, 0, null, null, false), (2, 'out', '49171', 0.199, 0.02, null, null, true),
  (2, 'out', '4420', 0.0333, 0, null, null, false), (2, 'out', '447', 0.31, 0.05, 30, 30, false),
  (2, 'out', '1212', 0.011, 0, null, null, false), (2, 'out', '1312', 0.0125, 0, null, null, false),
  (3, 'out', '7495', 0.95, 0, null, null, false), (3, 'out', '7916', 1.49, 0, 10, 10, true),
  (3, 'out', '4930', 0.0190, 0, null, null, false), (3, 'out', '49171', 0.199, 0.02, null, null, false),
  (3, 'out', '4420', 0.0333, 0, null, null, false), (3, 'out', '447', 0.31, 0.05, 30, 30, false),
  (3, 'out', '1212', 0, 0, null, null, true), (3, 'out', '1312', 0.0125, 0, null, null, false),
  (4, 'out', '7495', 2.1111, 0, null, null, true), (4, 'out', '7916', 2.7, 0, null, null, true),
  (4, 'out', '4930', 0.0777, 0.033, null, null, true), (4, 'out', '49171', 0.3, 0, null, 1, true),
  (4, 'out', '4420', 0.0456, 0, null, null, true), (4, 'out', '447', 0.41, 0, null, null, true),
  (4, 'out', '1212', 0.021, 0, 1, 1, true), (4, 'out', '1312', 0.022, 0, null, null, true),
  (4, 'in', '7495', 0.40, 0, null, null, true),
  (10, 'out', '7495', 0.51, 0, null, null, true), (10, 'out', '7916', 0.61, 0, null, null, true),
  (10, 'out', '4930', 0.0090001, 0, null, null, true), (10, 'out', '49171', 0.1, 0.01, null, null, true),
  (10, 'out', '4420', 0.01, 0, null, null, true), (10, 'out', '447', 0.2, 0, null, null, true),
  (10, 'out', '1212', 0.005, 0, 30, 6, true);
insert into tarif (tarifnum, direction, code, price, connect_fee, first_sec, step_sec)
select plan, direction, code, price, fee, first_sec, step_sec from meant_price where own;
-- Rows that must not win: shorter codes, also in the own plan; a price of long ago; one for another prefix and one for incoming calls.
insert into prefix (id, prefix, kind, source_id) values (1, '777', 'service', 1);
insert into tarif (tarifnum, code, price, prefix_id, direction, valid) values
  (2, '749', 99, null, 'out', '(,)'), (3, '493', 99, null, 'out', '(,)'), (1, '442', 99, null, 'out', '(,)'),
  (2, '7916', 99, null, 'out', '(,2020-01-01)'), (1, '49171', 99, 1, 'out', '(,)'), (4, '4930', 99, null, 'in', '(,)');`

// Ways to call: what is dialled, d digits after it, what number that is, which code is meant. sort: paid, free, internal, in, or what it waits with.
const ways = `
create table way (nr integer, source integer, sort text, dialled text, d integer, number text, code text);
insert into way
select row_number() over () - 1, t.* from (values
  (1, 'paid', '9849578', 5, '749578', '7495'), (1, 'paid', '923', 5, '749523', '7495'), (1, 'paid', '98916', 7, '7916', '7916'),
  (1, 'paid', '981044207', 7, '44207', '4420'), (1, 'paid', '98104930', 7, '4930', '4930'), (1, 'free', '98800', 7, '7800', null),
  (1, 'free', '112', 0, '112', null), (1, 'internal', '3', 2, '3', null),
  (2, 'paid', '00302', 7, '49302', '4930'), (2, 'paid', '03', 7, '49303', '4930'), (2, 'paid', '00171', 7, '49171', '49171'),
  (2, 'paid', '000749578', 5, '749578', '7495'), (2, 'free', '008001', 6, '498001', null), (2, 'internal', '4', 2, '4', null),
  (3, 'paid', '902079', 6, '442079', '4420'), (3, 'paid', '979', 6, '442079', '4420'), (3, 'paid', '907401', 6, '447401', '447'),
  (3, 'paid', '900121223', 5, '121223', '1212'),
  (4, 'paid', '9121223', 5, '121223', '1212'), (4, 'paid', '923', 5, '131223', '1312'), (4, 'paid', '90114930', 7, '4930', '4930'),
  (4, 'free', '9180023', 5, '180023', null), (4, 'free', '911', 0, '911', null),
  (1, 'in', '7495000000', 0, '7495000000', '7495'), (1, 'in', '8495000000', 0, '7495000000', '7495'),
  (1, 'no client owns', '98916', 7, '7916', '7916'), (4, 'no provider has', '9121223', 5, '121223', '1212'),
  (2, '"vm', 'vm', 3, null, null), (1, 'tariff', '9810813', 8, '813', null), (3, 'paid', '+4930', 7, '4930', '4930')
) t (source, sort, dialled, d, number, code);
create table person (nr integer, client integer, src text, accountcode text, channel text);
insert into person values
  (0, 1, '201', '', 'SIP/201'), (1, 2, '201', 'acme', 'SIP/303'), (2, 3, '201', '', 'SIP/303'),
  (3, 4, '+74951234567', '', 'SIP/900'), (4, null, '205', '', 'SIP/205');`

/** Inserts what the generated calls refer to; once per database. */
export async function prepareOffices(db: Database): Promise<void> {
  await db.query(offices + sheet + ways)
}

/** Generates so many calls into table generated, a second apart, and what each should come to. `planted`: some must wait. */
export async function generate(
  db: Database,
  calls: number,
  planted: boolean,
  since = '2026-03-01T08:00:00Z',
): Promise<Control> {
  await db.query('drop table if exists generated')
  await db.query(
    `create table generated as
    with call as (
      select n as id, way.*, person.src, person.accountcode, person.channel as calling,
        coalesce(person.client, case way.source when 1 then 2 else 1 end) as person_client, person.nr as person,
        way.dialled || case when way.d > 0 then lpad((n * 7919 % (10 ^ way.d)::bigint)::text, way.d, '0')
          when way.sort = 'in' then (person.nr + 1)::text else '' end as dst,
        way.number || case when way.d > 0 then lpad((n * 7919 % (10 ^ way.d)::bigint)::text, way.d, '0')
          when way.sort = 'in' then (person.nr + 1)::text else '' end as digits,
        case when n % 10 = 3 then timestamptz '2025-03-01 08:00Z' else $3::timestamptz end + n * interval '1 second' as calldate,
        case when n % 7 = 0 then 'NO ANSWER' when n % 11 = 0 then 'BUSY' else 'ANSWERED' end as disposition,
        case when n % 21 = 0 or n % 13 = 0 then 0 else (n * 7919) % 400 end as billsec
      from generate_series(1, $1::bigint) n
      join way on way.nr = n % (select count(*) from way)
      join person on person.nr = (n / (select count(*) from way)) % 5
      where $2 or way.sort in ('paid', 'free', 'internal', 'in')
    ), meant as (
      select call.*, case when sort = 'no client owns' then null when sort = 'in' and person = 4 then 1 else person_client end as client,
        case when disposition = 'ANSWERED' then billsec else 0 end as seconds
      from call
    ), planned as (
      select meant.*, seconds > 0 and sort not in ('paid', 'free', 'internal', 'in') as waits,
        case when client = 1 then case when calldate < '2025-06-01' then 4 else 1 end else client end as plan,
        case when sort in ('internal', 'no provider has') or source = 3 then null else 10 end as cost_plan
      from meant
    )
    select planned.*,
      case when not waits then ${priced('planned.plan')} end as total,
      case when not waits and plan is not null then ${priced('case when planned.plan = 4 then 4 else 1 end')} end as master_total,
      case when not waits and cost_plan is not null then ${cost} end as cost
    from planned`,
    [calls, planted, since],
  )
  const { rows } = await db.query<Control>(
    `select count(*) as calls, count(*) filter (where not waits) as priced, trim_scale(sum(total)) as total,
      trim_scale(sum(master_total)) as master_total, trim_scale(sum(cost)) as cost from generated`,
  )
  if (!rows[0]) throw new Error('There are no generated calls.')
  return rows[0]
}

/** The generated calls as their exchanges tell of them. */
export const generatedRecords = `
select id, source, calldate, case when sort = 'no client owns' then '299' else src end as src, dst,
  case when sort in ('in', 'no client owns') then '' else accountcode end as accountcode,
  case when sort = 'in' then trunk.channel when sort = 'no client owns' then 'SIP/299' else calling end || '-0000' || lpad(to_hex(id), 6, '0') as channel,
  case sort when 'internal' then 'SIP/' || dst when 'in' then 'SIP/201' when 'no provider has' then 'SIP/nobody' else trunk.channel end
    || '-0000' || lpad(to_hex(id), 6, '0') as dstchannel,
  disposition, billsec + 5 as duration, billsec
from generated join (select id as provider, channel from provider) trunk on trunk.provider = source`

/** Inserts so many generated calls as if they were imported already. */
export async function insertGenerated(db: Database, calls: number, planted: boolean): Promise<Control> {
  const meant = await generate(db, calls, planted)
  await db.query(
    `insert into paidcalls (id, source_id, calldate, src, dst, accountcode, channel, dstchannel, disposition, duration, billsec, uniqueid)
    select *, id::text from (${generatedRecords}) record order by record.id`,
  )
  await db.query(`select setval(pg_get_serial_sequence('paidcalls', 'id'), greatest($1, 1))`, [calls])
  await db.query('analyze')
  return meant
}

/** Calls that came to something else than was meant, and those priced other than once; none, if all is well. */
export async function whatIsWrong(db: Database): Promise<unknown[]> {
  const { rows } = await db.query<object>(
    `select generated.id, call.status, call.problem, call.number, generated.sort, generated.digits, generated.plan, generated.seconds,
      call.total, generated.total as meant_total, call.master_total, generated.master_total as meant_master,
      call.cost, generated.cost as meant_cost, decisions.count as decisions
    from generated
    left join paidcalls call on call.uniqueid = generated.id::text
    left join lateral (select count(*), sum(delta) from rating_decision where call_id = call.id) decisions on true
    where call.id is null
      or call.due_at is not null or call.attempts > 0
      or waits <> (call.problem is not null)
      or waits and not starts_with(call.problem, generated.sort)
      or not waits and (call.status <> 'tarif defined' or call.number <> coalesce(generated.digits, '') or decisions.count <> 1)
      or waits and decisions.count <> 0
      or call.total is distinct from generated.total
      or decisions.sum is distinct from generated.total
      or call.master_total is distinct from generated.master_total
      or call.cost is distinct from generated.cost
    order by generated.id
    limit 5`,
  )
  return rows
}

/** An amount in SQL numeric by the terms of a plan; 0 where the call is free. */
function priced(plan: string): string {
  return `coalesce((
        select case
          when seconds <= case when terms.plan = 4 then 5 else 0 end then 0
          when terms.plan = 1 then round(amount, 4)
          when terms.plan = 2 then round(amount, 4)
          when terms.plan = 3 then ceil(amount * 100) / 100
          when terms.plan = 4 then floor(amount * 1000) / 1000
          else round(amount, 6) end
        from (
          select *, fee + price * case
            when meant_price.plan = 4 then greatest(first, ceil(seconds::numeric / step) * step)
            else first + greatest(0, ceil((seconds - first)::numeric / step) * step) end / 60 as amount
          from meant_price
          join (values (1, 60, 60), (2, 1, 1), (3, 1, 1), (4, 30, 6), (10, 6, 6)) plan_terms (of_plan, plan_first, plan_step)
            on of_plan = meant_price.plan
          cross join lateral (select coalesce(first_sec, plan_first) as first, coalesce(step_sec, plan_step) as step) times
          where meant_price.plan = ${plan} and meant_price.code = planned.code
            and meant_price.direction = case when sort = 'in' then 'in' else 'out' end
        ) terms
        where seconds > 0), 0)`
}

// A trunk without a price for a code leaves the cost unknown; where the client's call is free the trunk's is too.
const cost = `case when seconds > 0 and sort <> 'in' and code is not null
        and not exists (select from meant_price where plan = 10 and code = planned.code)
      then null else ${priced('10')} end`
