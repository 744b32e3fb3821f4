import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'

import { connect, disconnect } from '../../shared/database/connect.ts'
import { aCall, aSource } from '../support/builders.ts'
import { useDatabase } from '../support/database.ts'
import { run } from '../support/processes.ts'
import { asStage, template, withDatabase } from '../support/servers.ts'

const database = useDatabase()
const folder = mkdtempSync(join(tmpdir(), 'paidcalls-doctor-'))
const stranger = `test_stranger_${Math.random().toString(36).slice(2)}`

beforeAll(async () => {
  await database.db.query(`create role ${stranger} login password 'x'`)
  await aSource(database.db, { name: 'office' })
  writeFileSync(join(folder, 'Master.csv'), '')
})
afterAll(async () => {
  await database.db.query(`drop role ${stranger}`)
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await everybodyWorks()
})
afterEach(async () => {
  await database.db.query(`delete from migration where name like '9999%'`)
})

/** A process of each stage has said just now that it is at work. */
async function everybodyWorks(): Promise<void> {
  await database.db.query(
    `delete from stage_process;
    insert into stage_process (id, stage, host, pid, lanes, calls, per_second)
    select gen_random_uuid(), stage, 'elsewhere', 1, 4, 0, 0
    from unnest(array['import', 'client', 'destination', 'tariff', 'schedule', 'rollup']) stage`,
  )
}

const asStranger = (): string => {
  const url = new URL(database.url)
  url.username = stranger
  url.password = 'x'
  return url.href
}

async function doctor(
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run('stages/doctor.ts', [], { SOURCE: '', CDR_URL: '', ...env })
  expect(stdout + stderr).not.toContain(new URL(database.url).password)
  return { code, stdout, stderr }
}

describe('doctor', () => {
  it('finds a set-up good', async () => {
    const { stdout, stderr } = await doctor({
      DATABASE_URL: database.stageUrl,
      SOURCE: 'office',
      CDR_URL: `csv://${join(folder, 'Master.csv')}`,
    })
    expect(stderr).toBe('')
    for (const line of [
      'encoding UTF8',
      'may do what stages need',
      'migrations are applied',
      'no call is parked',
      'prices are what their decisions say',
      'the sums follow the decisions',
      'source office can be read',
      'everything that migrations make is there',
      'each stage has a process at work',
    ])
      expect(stdout).toMatch(new RegExp(`^ok .*${line}`, 'm'))
    // The server of the tests is told not to wait for its disk.
    expect(stdout.split('\n').filter((line) => line.startsWith('MEND') && !line.includes('fsync'))).toEqual(
      [],
    )
  })

  it.each<[wrong: string, env: () => Record<string, string>, line: RegExp]>([
    ['a superuser', () => ({ DATABASE_URL: database.url }), /^MEND {2}\S+ is a superuser\n {6}Put a login/m],
    [
      'a login without rights',
      () => ({ DATABASE_URL: asStranger() }),
      /^MEND {2}test_stranger_\S+ may not do what stages need: .* and \d+ more\n {6}grant paidcalls_stage to test_stranger/m,
    ],
    [
      'a database without tables',
      () => ({ DATABASE_URL: withDatabase(inject('serverUrl'), 'template1') }),
      /^MEND {2}the database is not migrated\n {6}Run npm run migrate/m,
    ],
    [
      'a source that is not in the table',
      () => ({ DATABASE_URL: database.stageUrl, SOURCE: 'nowhere', CDR_URL: `csv://${folder}/Master.csv` }),
      /^MEND {2}source nowhere cannot be read\n {6}There is no source nowhere \(there are office\)/m,
    ],
    [
      'an exchange that cannot be reached',
      () => ({
        DATABASE_URL: database.stageUrl,
        SOURCE: 'office',
        CDR_URL: 'mysql://u:secret@127.0.0.1:1/cdr',
      }),
      /^MEND {2}source office cannot be read\n {6}The server cannot be reached/m,
    ],
  ])('says what to do about %s, and ends with 1', async (_wrong, env, line) => {
    const { code, stdout } = await doctor(env())
    expect(stdout).toMatch(line)
    expect(stdout).not.toContain('secret')
    expect(code).toBe(1)
  })

  // What somebody did, how it is undone, and what doctor says of it.
  it.each<[broken: string, done: string, undone: string, line: RegExp]>([
    [
      'no process works',
      'delete from stage_process',
      'select',
      /^MEND {2}no process is at work on any host: client, destination, tariff, schedule, rollup, import\n {6}Start them: npx pm2 start/m,
    ],
    [
      'a right was taken from the stage role',
      'revoke update on healing from paidcalls_stage',
      'grant update on healing to paidcalls_stage',
      /^MEND {2}rights are missing: paidcalls_stage update healing\n {6}Run npm run migrate/m,
    ],
    [
      'a function may no longer be called by the role',
      'revoke execute on function archive_calls(bigint, timestamptz) from paidcalls_stage',
      'grant execute on function archive_calls(bigint, timestamptz) to paidcalls_stage',
      /^MEND {2}rights are missing: paidcalls_stage execute archive_calls\(\)$/m,
    ],
    [
      'a trigger of a reference table is disabled',
      'alter table callerid disable trigger user',
      'alter table callerid enable trigger user',
      /^MEND {2}triggers are missing or disabled: \S+ of callerid/m,
    ],
    [
      'autovacuum is off for paidcalls',
      'alter table paidcalls set (autovacuum_enabled = off)',
      'alter table paidcalls reset (autovacuum_enabled)',
      /^MEND {2}autovacuum is off for paidcalls\n {6}alter table paidcalls reset/m,
    ],
    [
      'statement_timeout is set for the login',
      `alter role paidcalls_test_stage in database HERE set statement_timeout = '2s'`,
      'alter role paidcalls_test_stage in database HERE reset statement_timeout',
      /^MEND {2}statement_timeout is 2000 ms for this login\n {6}alter role/m,
    ],
    [
      'the source of this host is not enabled',
      'update source set enabled = false',
      'update source set enabled = true',
      /^MEND {2}source office is not enabled\n {6}Set enabled to true in its row/m,
    ],
    [
      'the login looks into another schema',
      'alter role paidcalls_test_stage in database HERE set search_path = elsewhere',
      'alter role paidcalls_test_stage in database HERE reset search_path',
      /^MEND {2}the database is not migrated where this login looks: its tables are in schema public\n {6}alter role/m,
    ],
  ])('notices that %s, and ends with 1', async (_broken, done, undone, line) => {
    // Roles are the whole server's: other tests use this one.
    const here = (query: string) => query.replace('HERE', new URL(database.url).pathname.slice(1))
    await database.db.query(here(done))
    const { code, stdout } = await doctor({
      DATABASE_URL: database.stageUrl,
      SOURCE: 'office',
      CDR_URL: `csv://${join(folder, 'Master.csv')}`,
    })
    await database.db.query(here(undone))
    expect(stdout).toMatch(line)
    expect(code).toBe(1)
  })

  it.each<[broken: string, done: string, line: RegExp]>([
    [
      'the index of the claim was dropped',
      `do $$ begin execute (select 'drop index ' || indexrelid::regclass from pg_index where indrelid = 'paidcalls'::regclass and indpred is not null limit 1); end $$`,
      /^MEND {2}indexes are missing or not valid: \S+ of paidcalls/m,
    ],
    [
      'btree_gist was dropped, and constraints with it',
      'drop extension btree_gist cascade',
      /^MEND {2}constraints are missing: .* of (client_tarif|provider_tarif|tarif)/m,
    ],
    [
      'a table was dropped',
      'drop table bundle_take cascade',
      /^MEND {2}tables are missing: bundle_take\n {6}Restore/m,
    ],
    [
      'a row says what would be refused today',
      `alter table source drop constraint "country is one of ISO 3166, such as RU";
      insert into source (name, country) values ('old', 'XX');
      alter table source add constraint "country is one of ISO 3166, such as RU" check (is_country(country)) not valid`,
      /^look {2}rows of source that would be refused today: 1\n {6}country is one of ISO 3166, such as RU: edit them so/m,
    ],
    [
      'a function was changed',
      `create or replace function dialled_digits(dialled text) returns text language sql immutable as 'select dialled'`,
      /^MEND {2}functions are missing or were changed: dialled_digits\(dialled text\)$/m,
    ],
  ])('notices that %s', async (_broken, done, line) => {
    const name = `doctor_${Math.random().toString(36).slice(2)}`
    const admin = await connect(inject('serverUrl'), 'test')
    await admin.query(`create database ${name} template ${template}`)
    const own = await connect(withDatabase(inject('serverUrl'), name), 'test')
    await own.query(done)
    await disconnect(own)
    const { code, stdout } = await doctor({
      DATABASE_URL: asStage(withDatabase(inject('serverUrl'), name), inject('serverUrl')),
    })
    await admin.query(`drop database ${name} with (force)`)
    await disconnect(admin)
    expect(stdout).toMatch(line)
    expect(code).toBe(1)
  })

  it.each<[wrong: string, env: Record<string, string>, sentence: string]>([
    ['KEEP_MONTHS', { KEEP_MONTHS: 'few' }, 'KEEP_MONTHS must be a whole number from 1 to 1200, not "few"'],
    ['METRICS_PORT', { METRICS_PORT: '94OO' }, 'METRICS_PORT must be a port from 1 to 65535, not "94OO"'],
    ['CDR_URL without SOURCE', { CDR_URL: 'csv:///a' }, 'SOURCE is not set'],
    [
      'CDR_URL_2 without SOURCE_2',
      { SOURCE_1: 'a', CDR_URL_1: 'csv:///a', CDR_URL_2: 'csv:///b' },
      'CDR_URL_2 is set and SOURCE_2 is not',
    ],
    [
      'a password with a slash',
      { SOURCE: 'office', CDR_URL: 'mysql://u:a/b@h/cdr' },
      'special characters in a user or a password are written as %40 (@), %2F (/)',
    ],
    [
      'a password of the database with a slash',
      { DATABASE_URL: 'postgres://u:1/b@h/paidcalls' },
      'special characters in a password are written as %40',
    ],
    [
      'authorize beyond this host without a token',
      { AUTHORIZE_HOST: '0.0.0.0' },
      'AUTHORIZE_TOKEN is not set',
    ],
  ])('names a setting that is wrong: %s', async (_wrong, env, sentence) => {
    const { code, stdout, stderr } = await doctor({ DATABASE_URL: database.stageUrl, ...env })
    expect(stdout + stderr).toContain(sentence)
    expect(code).toBe(1)
  })

  it('says when fewer processes are at work on this host than it is to run', async () => {
    await database.db.query(`update stage_process set host = $1 where stage = 'client'`, [hostname()])
    const { stdout } = await doctor({ DATABASE_URL: database.stageUrl, CLIENT_PROCESSES: '3' })
    expect(stdout).toMatch(
      /^look {2}client: 3 processes are asked for on this host, 1 at work\n {6}npx pm2 scale client 3/m,
    )
  })

  it('names calls that wait, and a database newer than the program', async () => {
    await aCall(database.db, { problem: 'no client owns caller ID 1' })
    await database.db.query(`insert into migration (name, hash) values ('9999_later.sql', 'x')`)
    const { stdout } = await doctor({ DATABASE_URL: database.stageUrl })
    expect(stdout).toMatch(/^look {2}calls that wait for an edit: 1$/m)
    expect(stdout).toMatch(/^look {2}the database is newer than this program: 9999_later\.sql\n {6}Upgrade/m)
  })

  it('names a statement that could not be made, and statements that nobody sends', async () => {
    const { db } = database
    const env = { DATABASE_URL: database.stageUrl }
    await db.query(
      `with payer as (insert into client (name) values ('Payer') returning id)
      insert into statement (client_id, period, currency, starts_at, ends_at, time_zone, decimals, problem, status, number, issued_at)
      select id, '[2026-10-01,2026-11-01)', currency, '2026-10-01', '2026-11-01', 'UTC', 2, problem, status, number, issued_at
      from payer cross join (values ('EUR', 'no currency', 'draft', null, null), ('USD', null, 'issued', '1', now())) made (currency, problem, status, number, issued_at)`,
    )
    expect((await doctor(env)).stdout).toMatch(
      /^MEND {2}1 statements could not be made, the last of client \d+, 2026-10: no currency\n {6}Mend it and run npm run statement/m,
    )
    await db.query('delete from statement where problem is not null')
    expect((await doctor(env)).stdout).toMatch(
      /^look {2}statements are issued that do not say who sends them\n {6}Enter name/m,
    )
  })

  it('names prices that no decision says', async () => {
    const call = await aCall(database.db, { status: 'tarif defined', total: '7' })
    const { code, stdout } = await doctor({ DATABASE_URL: database.stageUrl })
    await database.db.query('delete from paidcalls where id = $1', [call])
    expect(stdout).toMatch(
      /^MEND {2}prices that their decisions do not say: 1 of the last 5000\n {6}select \* from price_not_decided/m,
    )
    expect(code).toBe(1)
  })

  it('names balances that their entries do not say, and money that is held for too long', async () => {
    const { db } = database
    const env = { DATABASE_URL: database.stageUrl }
    await db.query(
      `with payer as (insert into client (name) values ('Payer') returning id)
      insert into account (client_id, currency) select id, 'EUR' from payer`,
    )
    await db.query(
      `insert into reservation (id, account_id, source_id, call_ref, number, amount, seconds, ends_at)
      select gen_random_uuid(), account.id, source.id, 'x', '1', 0, 60, now() - interval '2 days' from account cross join (select min(id) as id from source) source`,
    )
    expect((await doctor(env)).stdout).toMatch(
      /^look {2}money is held for 1 calls that should have ended a day ago\n {6}select \* from open_reservations/m,
    )
    await db.query(
      `begin; set local session_replication_role = replica; update account set balance = 1; commit`,
    )
    expect((await doctor(env)).stdout).toMatch(
      /^MEND {2}1 balances are not what their entries say\n {6}npm run rollup -- --verify/m,
    )
    await db.query(
      `begin; set local session_replication_role = replica; delete from reservation; delete from account; commit`,
    )
  })

  it('names migrations that are missing', async () => {
    await database.db.query(`delete from migration where name like '0012%'`)
    const { code, stdout } = await doctor({ DATABASE_URL: database.stageUrl })
    expect(stdout).toMatch(/^MEND {2}migrations are missing: 0012_readers\.sql$/m)
    expect(code).toBe(1)
  })

  it('says in a sentence when there is no server', async () => {
    const { code, stderr } = await doctor({ DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x' })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^doctor: The server cannot be reached \(.*\): check host and port/,
      ) as string,
    })
  })
})
