import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { runLine } from '../../shared/line/line.ts'
import { client } from '../../stages/client.ts'
import { aCall, aCallerid, aClient, aPlan, aSource, aTarif } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const suffix = Math.random().toString(36).slice(2)
const login = (role: string) => `test_${role}_${suffix}`
const roles = ['stage', 'admin', 'bookkeeper', 'reader'] as const
type Role = (typeof roles)[number]
/** A login that sees the calls of one client only. */
const acme = login('acme')

let acmeId = 0

beforeAll(async () => {
  const { db } = database
  for (const role of roles)
    await db.query(`create role ${login(role)} login password 'x' in role paidcalls_${role}`)
  await db.query(`create role ${acme} login password 'x' in role paidcalls_reader`)
  const tarifnum = await aPlan(db)
  const tarif_id = await aTarif(db, { tarifnum, code: '7495' })
  const priced = {
    status: 'tarif defined',
    number: '74951234567',
    src: '+7 495 765-43-21',
    billable_sec: 60,
    total: '0.6',
    decisions: 1,
  } as const
  const owners = [
    await aClient(db, { name: 'Acme', tarif_id: tarifnum }),
    await aClient(db, { name: 'Bolt', tarif_id: tarifnum }),
  ]
  for (const client_id of owners) {
    await aCallerid(db, client_id, String(200 + client_id))
    const call = await aCall(db, { ...priced, client_id, client: `client ${client_id}`, code_id: tarif_id })
    await db.query(
      `insert into rating_decision (call_id, nr, rule, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, client_id, calldate)
       select id, 1, 'price', 0.6, 0, 60, 60, 0.6, 0.6, 0.6, client_id, calldate from paidcalls where id = $1`,
      [call],
    )
  }
  await aCall(db, { problem: 'no client owns caller ID 74957654321' })
  await db.query(
    `insert into cdr (source_id, source_key, record, part_of) values ($1, 'open', '{"dst_user": "74951234567"}', 'open')`,
    [await aSource(db, { format: 'kamailio' })],
  )
  acmeId = owners[0] ?? 0
  await db.query('insert into client_reader (role_name, client_id) values ($1, $2), ($3, null)', [
    acme,
    acmeId,
    login('reader'),
  ])
})

afterAll(async () => {
  for (const name of [...roles.map(login), acme]) {
    await database.db.query(`drop owned by ${name}`)
    await database.db.query(`drop role ${name}`)
  }
})

/** Asks as somebody else; what is done is undone. */
async function as<Row>(name: string, query: string, values: unknown[] = []): Promise<Row[]> {
  const url = new URL(database.url)
  url.username = name
  url.password = 'x'
  const db = await connect(url.href, 'test')
  try {
    await db.query('begin')
    const results = (await db.query(query, values)) as unknown as { rows: Row[] } | { rows: Row[] }[]
    return Array.isArray(results) ? (results.at(-1)?.rows ?? []) : results.rows
  } finally {
    await disconnect(db)
  }
}

const forbidden: [role: Role, what: string, query: string][] = [
  ...roles.flatMap((role): [Role, string, string][] => [
    [role, 'change a price that was made', 'update rating_decision set total = 0'],
    [role, 'delete a price that was made', 'delete from rating_decision'],
    [role, 'empty the prices that were made', 'truncate rating_decision'],
    [
      role,
      'write into the log',
      `insert into change_log (table_name, operation) values ('client', 'update')`,
    ],
    [role, 'change the log', `update change_log set changed_by = 'nobody'`],
    [role, 'delete from the log', 'delete from change_log'],
    [role, 'empty the log', 'truncate change_log'],
    [role, 'end the guard of the log', 'alter table change_log disable trigger all'],
    [role, 'end the log of an edit', 'alter table client disable trigger all'],
    [role, 'edit without its triggers', `set session_replication_role = replica`],
    [
      role,
      'forge the log by a table of its own',
      'create temp table client (id integer); create trigger t after insert on client referencing new table as new_rows for each statement execute function note_insert()',
    ],
    [role, 'delete a call', 'delete from paidcalls'],
    [role, 'delete an archived call', 'delete from archived_call'],
    [role, 'delete an archived price', 'delete from archived_decision'],
    [role, 'change an archived price', 'update archived_decision set total = 0'],
    [role, 'delete a record', 'delete from cdr'],
    [role, 'change a record', `update cdr set record = '{}'`],
    [role, 'empty a table past the log', 'truncate callerid'],
    [role, 'edit the chain of plans', 'delete from tarifplan_chain'],
    [role, 'change what is migrated', 'delete from migration'],
    [role, 'add a table', 'create table public.own (id integer)'],
    [
      role,
      'change a function',
      `create or replace function phone_digits(written text) returns text language sql immutable as 'select null::text'`,
    ],
    [role, 'become the owner', 'set role postgres'],
    [role, 'read a file of the server', `select pg_read_file('/etc/passwd')`],
    [role, 'run a program on the server', `copy (select 1) to program 'cat'`],
    [role, 'change the clockwork’s functions', 'drop schema pgboss cascade'],
  ]),
  ...roles.flatMap((role): [Role, string, string][] => [
    [role, 'give a statement its number by hand', `update statement_number set last = 0`],
    [role, 'change a line of a statement', 'update statement_line set net = 0'],
    [role, 'change which call is billed', 'update statement_call set net = 0'],
    [role, 'empty the statements', 'truncate statement cascade'],
    [
      role,
      'finish a statement by hand',
      `insert into statement (client_id, period, currency, starts_at, ends_at, time_zone, decimals) select min(id), '[2026-02-01,2026-03-01)', 'EUR', '2026-02-01', '2026-03-01', 'UTC', 2 from client;
      update statement set status = 'issued', number = 'x', issued_at = now() where status = 'draft'`,
    ],
  ]),
  ...(['stage', 'admin', 'reader'] as const).flatMap((role): [Role, string, string][] => [
    [role, 'issue a statement', 'select issue_statement(1)'],
    [role, 'take a statement back', `select void_statement('x', 'y')`],
    [role, 'draft a statement', `insert into statement (client_id) values (1)`],
    [role, 'set a tax', 'insert into tax_rate (percent) values (20)'],
    [role, 'set a fee', `insert into client_fee (client_id, description, amount) values (1, 'x', 1)`],
    [role, 'set what channels cost', 'update client_channels set price = 0'],
    [role, 'say who sends statements', `insert into issuer (name) values ('x')`],
  ]),
  ...roles.flatMap((role): [Role, string, string][] => [
    [role, 'set a balance', 'update account set balance = 100'],
    [role, 'set what is held', 'update account set reserved = 0'],
    [
      role,
      'write an entry of an account',
      `insert into account_entry (account_id, what, amount) values (1, 'payment', 100)`,
    ],
    [role, 'change a payment', 'update payment set amount = 1'],
    [
      role,
      'pay in the name of somebody else',
      `insert into payment (account_id, amount, reference, noted_by) values (1, 1, 'x', 'anna')`,
    ],
    [role, 'end a reservation by hand', 'update reservation set settled_at = now()'],
    [role, 'open an alert', `insert into alert (message) values ('x')`],
    [role, 'close an alert', 'update alert set closed_at = now()'],
    [role, 'say that something was delivered', 'update delivery set sent_at = now()'],
    [
      role,
      'take what is to be judged away',
      role === 'admin' ? 'delete from unwatched' : 'truncate unwatched',
    ],
    [role, 'change calls rules judge', 'update recent_call set total = 0'],
    [
      role,
      'hold an account in the name of a rule',
      `insert into account_hold (account_id, why) values (1, 'x')`,
    ],
    [role, 'take what is to be booked away', 'delete from unbooked'],
  ]),
  ['stage', 'top up an account', `insert into payment (account_id, amount, reference) values (1, 1, 'x')`],
  ['stage', 'lift a hold', 'update account set hold = null'],
  ['stage', 'forget what it chooses', `select forget_calls('{1}')`],
  [
    'stage',
    'search everything for a number',
    `select find_number('change_log', '493012345678', '49', null, 0, 1)`,
  ],
  ['stage', 'say how long numbers are kept', 'insert into keep_numbers (months) values (1)'],
  ['stage', 'end a dispute', 'delete from disputed_call'],
  ['admin', 'empty a record', `update cdr set record = '{}'`],
  [
    'admin',
    'change the log as those do who forget',
    `set paidcalls.forgetting = 'on'; update change_log set old_row = null`,
  ],
  ['bookkeeper', 'forget calls', `select forget_calls('{1}')`],
  [
    'reader',
    'have shown all that is held of a number',
    `select show_number('cdr', '493012345678', '49', null, 0, 1)`,
  ],
  ['stage', 'list a number', `insert into number_list (name, kind) values ('x', 'black')`],
  ['admin', 'hold money for a call', `select reserve_money('{}')`],
  ['admin', 'book calls', 'select book_calls(1)'],
  ['bookkeeper', 'hold money for a call', `select reserve_money('{}')`],
  ['reader', 'read the table account', 'select from account'],
  ['reader', 'read the table reservation', 'select from reservation'],
  ['reader', 'end a reservation', `select end_reservation(gen_random_uuid(), 'release')`],
  ['admin', 'end a reservation without a word', `select end_reservation(gen_random_uuid(), 'release')`],
  ['stage', 'release a reservation as a person does', `select release_reservation(gen_random_uuid(), 'x')`],
  ['reader', 'release a reservation', `select release_reservation(gen_random_uuid(), 'x')`],
  ['bookkeeper', 'edit a tariff', 'update tarif set price = 0'],
  ['bookkeeper', 'edit a plan', `update tarifplan set rounding = 'up'`],
  ['bookkeeper', 'give a client another plan', 'update client set tarif_id = null'],
  ['bookkeeper', 'edit where statements of a client begin', 'update client set statements_from = null'],
  ['bookkeeper', 'edit a caller ID', 'delete from callerid'],
  ['bookkeeper', 'set a price', 'update paidcalls set total = 0'],
  ['bookkeeper', 'clear a problem', 'update paidcalls set problem = null'],
  ['bookkeeper', 'add a price', `insert into rating_decision (call_id, nr) values (1, 2)`],
  ['bookkeeper', 'have calls priced again', `select rerate(null, '-infinity', 'infinity', 'x')`],
  ['bookkeeper', 'falsify a sum', 'update call_sum set total = 0'],
  ['bookkeeper', 'read the log', 'select from change_log'],
  ['bookkeeper', 'read a record', 'select from cdr'],
  ['reader', 'read the table statement', 'select from statement'],
  ['reader', 'read the table statement_call', 'select from statement_call'],
  ['stage', 'edit a tariff', 'update tarif set price = 0'],
  ['stage', 'edit a plan', `update tarifplan set rounding = 'up'`],
  ['stage', 'add a client', `insert into client (name) values ('x')`],
  ['stage', 'rename a client', `update client set name = 'x'`],
  ['stage', 'edit a caller ID', 'delete from callerid'],
  ['stage', 'edit an exchange', `update source set time_zone = 'UTC'`],
  ['stage', 'read the log', 'select from change_log'],
  ['stage', 'let somebody see calls', `insert into client_reader (role_name) values ('x')`],
  ['stage', 'have calls priced again', `select rerate(null, '-infinity', 'infinity', 'x')`],
  ['admin', 'set a price', 'update paidcalls set total = 0'],
  ['admin', 'set a status', `update paidcalls set status = 'new record'`],
  ['admin', 'set what was dialled', `update paidcalls set dst = '1'`],
  ['admin', 'set a client of a call', 'update paidcalls set client_id = null'],
  ['admin', 'add a call', `insert into paidcalls (calldate) values (now())`],
  ['admin', 'add a price', `insert into rating_decision (call_id, nr) values (1, 2)`],
  ['admin', 'add a record', `insert into cdr (source_id, source_key, record) values (1, 'x', '{}')`],
  ['admin', 'change notes of edits', 'delete from healing'],
  ['admin', 'pose as a stage', `insert into stage_process (stage, host, pid, lanes) values ('x', 'x', 1, 1)`],
  ['admin', 'change the clockwork', 'delete from pgboss.schedule'],
  ...[
    'paidcalls',
    'cdr',
    'client',
    'callerid',
    'tarif',
    'rating_decision',
    'archived_call',
    'archived_decision',
    'change_log',
    'client_reader',
    'source',
    'healing',
    'stage_process',
    'bundle_take',
    'rule',
    'alert',
    'recipient',
    'webhook_secret',
    'delivery',
    'recent_call',
    'account_hold',
    'web_user',
    'web_password',
    'web_session',
    'web_reset',
    'api_key',
    'api_secret',
    'api_answer',
  ].map((table): [Role, string, string] => ['reader', `read the table ${table}`, `select from ${table}`]),
  ['admin', 'read passwords of the pages', 'select from web_password'],
  ['admin', 'read secrets of keys', 'select from api_secret'],
  ['admin', 'read answers of the API', 'select from api_answer'],
  ['admin', 'give a key another role', `update api_key set role = 'administrator'`],
  ['admin', 'make a key by hand', `insert into api_key (name, scopes) values ('x', '{read}')`],
  ['bookkeeper', 'make a key', `select make_api_key('x', 'reader', '{read}', null, null, '')`],
  ['reader', 'see when a key was used', 'select api_key_used(1)'],
  ['admin', 'answer in the name of a key', `select begin_answer('x', '')`],
  ['stage', 'read keys', 'select from api_key'],
  ['bookkeeper', 'read keys', 'select from api_key'],
  ['stage', 'read sessions of the pages', 'select from web_session'],
  ['bookkeeper', 'read secrets of webhooks', 'select from webhook_secret'],
  ['bookkeeper', 'change a rule', 'update rule set enabled = true'],
  ['reader', 'move calls into the archive', 'select archive_calls(0, now())'],
  ['reader', 'bring calls back', `select bring_back_calls('{1}')`],
  ['reader', 'edit a client', `update client set name = 'x'`],
  ['reader', 'clear a problem', 'update paidcalls set problem = null'],
  ['reader', 'have calls priced again', `select rerate(null, '-infinity', 'infinity', 'x')`],
  ['reader', 'read a receipt', 'select * from receipt(1)'],
  ['reader', 'write through a view', 'update sold_below_cost set total = 0'],
  ['reader', 'name itself for all clients', `insert into client_reader (role_name) values (current_user)`],
]

describe('a member of', () => {
  it.each(forbidden)('paidcalls_%s may not %s', async (role, _what, query) => {
    await expect(as(login(role), query)).rejects.toMatchObject({
      code: '42501',
    })
  })

  it.each<[Role, string, string]>([
    [
      'admin',
      'enter a client',
      `insert into client (name, tarif_id) select 'New', min(tarifnum) from tarifplan`,
    ],
    [
      'admin',
      'edit a plan and its base',
      `insert into tarifplan (name, base) select 'x', min(tarifnum) from tarifplan`,
    ],
    ['admin', 'end a price', `update tarif set valid = tstzrange(lower(valid), now())`],
    [
      'admin',
      'include seconds, and change how many',
      `insert into bundle (tarifnum, seconds) select min(tarifnum), 60 from tarifplan; update bundle set seconds = 90`,
    ],
    [
      'admin',
      'open an account, top it up, limit it and list numbers',
      `insert into account (client_id, currency) select min(id), 'EUR' from client; insert into payment (account_id, amount, reference) select id, 5, 'x' from account;
      update account set hold = 'unpaid', calls_most = 2; insert into number_list (name, kind) values ('dear', 'black')`,
    ],
    [
      'admin',
      'keep rules and recipients, and say that an alert was false',
      `insert into rule (name, metric, threshold) values ('x', 'calls', 5); update rule set enabled = false; insert into recipient (name, kind, address) values ('x', 'webhook', 'https://example.com');
      update webhook_secret set secret_before = secret; update alert set is_false = true, silenced_until = now(); delete from account_hold; delete from recipient; delete from rule where name = 'x'`,
    ],
    ['admin', 'set a parked call going', 'update paidcalls set problem = null where problem is not null'],
    ['admin', 'have calls priced again', `select rerate(null, '-infinity', 'infinity', 'a test')`],
    [
      'admin',
      'make a key, end it and narrow it',
      `select make_api_key('x', 'reader', '{read}', null, null, sha256('x')), api_key_used(1); update api_key set revoked_at = now(), scopes = '{read}', expires_at = now()`,
    ],
    ['admin', 'read the log', 'select * from change_log'],
    [
      'admin',
      'say how long numbers are kept, note a dispute, forget and have it noted',
      `insert into keep_numbers (months) values (12); insert into disputed_call (call_id, why) values (1, 'x'); delete from disputed_call;
      select forget_calls('{}'), forget_records('{}'), forget_words_of_client(1), find_client('paidcalls', 1, 0, 1), note_forgetting('{}')`,
    ],
    [
      'stage',
      'forget what is due',
      `select forget_due_calls('paidcalls', 0, 6, 10), forget_due_words(6, 10)`,
    ],
    ['bookkeeper', 'note a dispute', `insert into disputed_call (call_id, why) values (1, 'x')`],
    ['admin', 'read a receipt', 'select * from receipt(1)'],
    [
      'bookkeeper',
      'set tax, fees, channels, who sends statements and whom they go to',
      `insert into tax_rate (percent) values (20); insert into client_fee (client_id, description, amount) select min(id), 'line', 10 from client;
      insert into client_channels (client_id, channels, model, price) select min(id), 2, 'peak', 5 from client; insert into issuer (name) values ('We');
      update client set address = 'Street 1', tax_id = 'x', language = 'ru', email = 'a@b.example'`,
    ],
    [
      'bookkeeper',
      'read prices and sums',
      'select from rating_decision, archived_decision, call_sum, paidcalls, client_month',
    ],
    [
      'reader',
      'read the views',
      'select * from pipeline, parked_calls, oldest_calls, workers, speed, reconciliation',
    ],
  ])('paidcalls_%s may %s', async (role, _what, query) => {
    await expect(as(login(role), query)).resolves.toBeDefined()
  })

  it('paidcalls_admin is named in the log with the login, whatever role it has set', async () => {
    const rows = await as(
      login('admin'),
      `set role paidcalls_admin; insert into client (name) values ('Logged'); select changed_by from change_log order by id desc limit 1`,
    )
    expect(rows).toEqual([{ changed_by: login('admin') }])
  })
})

/** The columns in which a whole number stands. */
function leaks(rows: readonly Record<string, unknown>[]): string[] {
  return rows.flatMap((row) =>
    Object.entries(row)
      .filter(([, value]) => /4951234567|765-43-21|7654321/.test(JSON.stringify(value)))
      .map(([column, value]) => `${column} ${JSON.stringify(value)}`),
  )
}

describe('a reader', () => {
  it('sees numbers to the last four digits', async () => {
    const [call] = await as<{ src: string; number: string }>(
      login('reader'),
      'select src, number from client_calls order by id limit 1',
    )
    expect(call).toEqual({ src: '+* *** ***-43-21', number: '*******4567' })
    const [parked] = await as<{ problem: string }>(login('reader'), 'select problem from parked_calls')
    expect(parked?.problem).toBe('no client owns caller ID *******4321')
  })

  it('sees them as they are when granted paidcalls_numbers', async () => {
    await database.db.query(`grant paidcalls_numbers to ${login('reader')}`)
    const [call] = await as(login('reader'), 'select number from client_calls order by id limit 1')
    await database.db.query(`revoke paidcalls_numbers from ${login('reader')}`)
    expect(call).toEqual({ number: '74951234567' })
  })

  it('finds no whole number in any view, whatever column it was written into', async () => {
    const { db } = database
    const reader = login('reader')
    const number = '74951234567'
    await db.query('begin')
    try {
      await db.query(
        `insert into paidcalls (status, calldate, imported_at, src, dst, channel, dstchannel, dcontext, accountcode, uniqueid, disposition,
          duration, billsec, billable_sec, number, caller, client_id, client, provider_id, price, total, master_total, cost, currency, cost_currency, decisions,
          priced_at, rerate_reason)
        select 'tarif defined', now() - interval '2 days', now(), $1, $1, 'SIP/' || $1 || '-00000001', 'SIP/' || $1 || '-1', $1, $1, $1, 'BUSY ' || $1,
          43200, 43200, 43200, $1, $1, $2, 'Acme', 1, 1, total, 1, 2, 'EUR', 'EUR', 1, '2020-01-01', $1
        from unnest(array[1, 2]) total`,
        [number, acmeId],
      )
      await db.query(
        `insert into rating_decision (call_id, nr, decided_at, reason, rule, number, code, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta)
        select id, 1, '2020-01-01', 'asked for by ' || number, 'price', number, '7495', 1, 0, 60, 60, 1, total + 1, total from paidcalls where number = $1 and disposition like 'BUSY%'`,
        [number],
      )
      await db.query(
        `insert into paidcalls (status, problem, calldate, src, dst, channel, dstchannel, uniqueid, client_id, billsec, disposition)
        values ('client defined', $1, now(), $1, $1, $1, $1, $1, $2, 60, 'BUSY'), ('client defined', null, now(), $1, $1, $1, $1, $1, $2, 60, 'BUSY'),
          ('tarif defined', null, now(), $1, $1, $1, $1, $1, $2, 60, 'ANSWERED')`,
        [number, acmeId],
      )
      await db.query(
        `update paidcalls set billable_sec = 60, provider_id = 1, total = 1, number = $1 where status = 'tarif defined' and master_total is null`,
        [number],
      )
      await db.query(
        `insert into cdr (source_id, source_key, record, part_of, rejected) select id, $1, '{}', $1 || '@exchange', null from source limit 1`,
        [number],
      )
      await db.query(
        `insert into source_position (source_id, failing_since, failure) select id, now(), 'no column for ' || $1 from source limit 1
        on conflict (source_id) do update set failure = excluded.failure, failing_since = now()`,
        [number],
      )
      await db.query(
        `insert into stage_process (id, stage, host, pid, lanes) values (gen_random_uuid(), 'client', 'h', 1, 1)`,
      )
      await db.query(
        `insert into source_day (source_id, day, records, billsec, records_most, billsec_most) select id, '2026-01-01', 1, 1, 1, 1 from source limit 1 on conflict do nothing`,
      )
      await db.query(
        `with new as (insert into provider (name, channel) values ('carrier', 'SIP/one') returning id)
        insert into call_sum select '2026-01-01', 1, $2, new.id, 'out', 'mobile', 'RU', $1, 'EUR', 'EUR', 1, 1, 60, 60, 1, 2, 1, 0, 0 from new`,
        [number, acmeId],
      )
      await db.query(`insert into minute_calls values ('2026-01-01', 1, $1, 1, 'out', 1, 0)`, [acmeId])
      await db.query(
        `insert into statement (client_id, period, currency, status, number, starts_at, ends_at, time_zone, decimals, issued_at, reason)
        values ($2, '[2026-01-01,2026-02-01)', 'EUR', 'void', '1', '2026-01-01', '2026-02-01', 'UTC', 2, now(), 'not for ' || $1)`,
        [number, acmeId],
      )
      // An account, a call that is going on, and one that went on for too long.
      await db.query(
        `with opened as (insert into account (client_id, currency, hold) values ($2, 'EUR', 'calls to ' || $1) returning id),
        held as (
          insert into reservation (id, account_id, source_id, call_ref, number, amount, seconds, ends_at, made_at, settled_at, settled_by)
          select gen_random_uuid(), opened.id, source.id, $1, $1, 0, 1, now(), '2020-01-01', ended, case when ended is not null then 'record' end
          from opened cross join (select min(id) as id from source) source cross join (values (null::timestamptz), (now())) held (ended)
        )
        insert into account_entry (account_id, what, amount, call_id, nr)
        select opened.id, 'call', -1, -1, 1 from opened`,
        [number, acmeId],
      )
      // An alert, and somebody who could not be told.
      await db.query(
        `with told as (insert into recipient (name, kind, address) values ('me', 'mail', 'me@example.com') returning id),
        warned as (insert into alert (client_id, rule_id, message) select $2, id, 'calls to ' || $1 from rule limit 1 returning id)
        insert into delivery (recipient_id, alert_id, what, attempts, answer) select told.id, warned.id, 'opened', 1, 'no such number ' || $1 from told cross join warned`,
        [number, acmeId],
      )
      await db.query(`set local session_replication_role = replica`)
      await db.query(
        `insert into rating_decision (call_id, nr, rule, number, price, connect_fee, billable_sec, charged_sec, unrounded, total, delta, source_id, call_ref)
        select -1, 1, 'price', $1, 1, 0, 60, 60, 1, 1, 1, min(id), $1 from source`,
        [number],
      )
      await db.query(`set local session_replication_role = origin`)
      const { rows: views } = await db.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v' and has_table_privilege('paidcalls_reader', oid, 'select') order by 1`,
      )
      await db.query(`set local session authorization ${reader}`)
      const seen: string[] = []
      for (const { name } of views) {
        const { rows } = await db.query<Record<string, unknown>>(`select * from ${name}`)
        if (rows.length > 0) seen.push(name)
        expect(leaks(rows), name).toEqual([])
      }
      // Without a row a view shows nothing, and proves nothing.
      expect(seen).toEqual(views.map(({ name }) => name))
    } finally {
      await db.query('rollback')
    }
  })

  it.each([
    '7_495_123_45_67',
    '7#495#123#4567',
    '7*495*123*4567',
    '7:495:1234567',
    '7, 495, 1234567',
    '7~495~1234567',
    '8p495w1234567',
    '8ww495pp1234567',
    '7495123ext4567',
    '7495 (x) 123 x4567',
    'tel:+7;495;1234567',
    '٧٤٩٥١٢٣٤٥٦٧',
    '७४९५१२३४५६७',
    '𝟕𝟒𝟗𝟓𝟏𝟐𝟑𝟒𝟓𝟔𝟕',
    '７４９５１２３４５６７',
    '๗๔๙๕๑๒๓๔๕๖๗',
  ])('sees the last four digits of %s and no others', async (written) => {
    const [row] = await as<{ masked: string }>(login('reader'), 'select masked($1) as masked', [written])
    expect(row?.masked.replace(/\D/g, '')).toBe('4567')
  })
})

describe.each(['client_calls', 'client_calls_by_time'])('a reader of one client, by %s', (view) => {
  it('sees the calls of this client only', async () => {
    const rows = await as(acme, `select distinct client_id from ${view}`)
    expect(rows).toEqual([{ client_id: acmeId }])
  })

  it('sees them when they are archived, too', async () => {
    await database.db.query('begin')
    await database.db.query(
      `update paidcalls set priced_at = '2025-01-01', decisions = 1 where client_id is not null`,
    )
    await database.db.query('select archive_calls(0, now())')
    await database.db.query('commit')
    const archived = `select distinct client_id from ${view} where priced_at < '2026-01-01'`
    const rows = await as(acme, archived)
    await database.db.query('select bring_back_calls(array(select id from archived_call))')
    expect(rows).toEqual([{ client_id: acmeId }])
  })

  it.each([
    'set role paidcalls_reader',
    `set search_path = pg_temp, public`,
    `create temp table paidcalls (id integer)`,
    'create temp table client_reader as select null::text as role_name, null::integer as client_id',
  ])('sees no more after: %s', async (trick) => {
    expect(await as(acme, `${trick}; select distinct client_id from ${view}`)).toEqual([
      { client_id: acmeId },
    ])
  })

  it.each([
    [
      'a function that tells what it is shown',
      `create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0000001 as
         'begin if $1 <> ''client OWN'' then raise exception ''seen %'', $1; end if; return true; end';
       select from ${view} where pg_temp.tell(client)`,
    ],
    ['an error that depends on a value', `select from ${view} where 1 / (client_id - OTHER) = 5`],
    [
      'a cast that quotes what it cannot read',
      `select from ${view} where case when client = 'client OWN' then 1 else client::integer end = 1`,
    ],
    [
      'a join',
      `select 1 / (client_id - OTHER) from ${view} join (values (1)) as v (one) on one = 1 / (client_id - OTHER)`,
    ],
  ])('is told nothing of others by %s', async (_trick, query) => {
    const asked = query.replaceAll('OWN', String(acmeId)).replaceAll('OTHER', String(acmeId + 1))
    await expect(as(acme, asked)).resolves.toBeDefined()
  })

  it.each([
    'pipeline',
    'parked_calls',
    'oldest_calls',
    'open_calls',
    'workers',
    'speed',
    'reconciliation',
    'all_calls',
    'all_decisions',
    'answered_in_part',
    'price_not_known',
    'saving_below_zero',
    'sold_below_cost',
  ])('sees nothing of the line as a whole in %s', async (whole) => {
    expect(await as(acme, `select * from ${whole}`)).toEqual([])
  })

  it('sees nothing at all when nobody has named it', async () => {
    await database.db.query('delete from client_reader where role_name = $1', [acme])
    expect(await as(acme, `select * from ${view}`)).toEqual([])
    await database.db.query('insert into client_reader (role_name, client_id) values ($1, $2)', [
      acme,
      acmeId,
    ])
  })
})

describe('a stage', () => {
  const drainOnce = (allowsSuperuser: boolean) =>
    runLine(
      client,
      { databaseUrl: database.url, lanes: 1, logLevel: 'silent', allowsSuperuser },
      new AbortController().signal,
      true,
    )

  it('refuses to run as a superuser', async () => {
    await expect(drainOnce(false)).rejects.toThrow(/^The database user \S+ is a superuser/)
  })

  it('runs as a superuser when told to', async () => {
    await expect(drainOnce(true)).resolves.toBeUndefined()
  })
})

describe('the grants', () => {
  it('name every table', async () => {
    const { rows } = await database.db.query<{ relname: string }>(
      // But passwords, sessions, keys and answers, which are for the pages and the API alone.
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname not in ('web_password', 'web_session', 'web_reset', 'api_secret', 'api_answer')
         and not has_table_privilege('paidcalls_admin', oid, 'select')`,
    )
    expect(rows).toEqual([])
  })

  it('leave no function that acts as the owner to everybody', async () => {
    const { rows } = await database.db.query<{ name: string }>(
      `select proname as name from pg_proc where prosecdef and pronamespace = 'public'::regnamespace
         and (has_function_privilege('public', oid, 'execute') or not coalesce(proconfig::text ~ 'search_path=.*pg_temp', false))`,
    )
    expect(rows).toEqual([])
  })
})
