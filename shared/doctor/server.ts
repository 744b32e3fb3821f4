// What can be wrong with the server and the settings of the database.

import { bad, doubtful, good, one } from './finding.ts'
import type { Check, Finding } from './finding.ts'

const versionLeast = 140_000
const clockMostMs = 2_000
const sessionsSpare = 20
// Five thousand calls are archived in a query.
const timeoutLeastMs = 60_000

export const server: Check = async (db) => {
  const { number, version, encoding } = await one<{ number: number; version: string; encoding: string }>(
    db,
    `select current_setting('server_version_num')::integer as number, current_setting('server_version') as version,
       current_setting('server_encoding') as encoding`,
  )
  return [
    number < versionLeast
      ? bad(`PostgreSQL ${version}`, 'Upgrade it to 14 or newer.')
      : good(`PostgreSQL ${version}`),
    encoding === 'UTF8'
      ? good('encoding UTF8')
      : bad(`encoding ${encoding}`, 'Create the database anew with encoding UTF8.'),
  ]
}

export const clock: Check = async (db) => {
  const before = Date.now()
  const { now } = await one<{ now: string }>(db, 'select extract(epoch from clock_timestamp()) * 1000 as now')
  const offMs = Math.round(Number(now) - (before + Date.now()) / 2)
  const what = `the server's clock is ${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} this host's`
  return [
    Math.abs(offMs) > clockMostMs
      ? bad(what, 'Let both follow NTP: workers and calls are judged by the clock.')
      : good(what),
  ]
}

// The server reads all its files of zones to count them, a tenth of a second: once until it is started anew.
const zonesOf = new Map<string, number>()

export const zones: Check = async (db) => {
  const { since } = await one<{ since: string }>(db, 'select pg_postmaster_start_time()::text as since')
  const count =
    zonesOf.get(since) ??
    (await one<{ zones: number }>(db, 'select count(*) as zones from pg_timezone_names')).zones
  zonesOf.set(since, count)
  return [
    count > 300
      ? good(`${count} time zones`)
      : bad(`only ${count} time zones`, 'Install the time zone data (tzdata) on the server.'),
  ]
}

export const settings: Check = async (db) => {
  const { rows } = await db.query<{ name: string; setting: string }>(
    `-- doctor: settings that hurt
    select name, setting from pg_settings
    where name in ('fsync', 'full_page_writes', 'autovacuum', 'track_counts', 'synchronous_commit', 'max_connections', 'shared_buffers',
      'wal_level', 'default_transaction_read_only', 'statement_timeout')`,
  )
  const set = new Map(rows.map(({ name, setting }) => [name, setting]))
  const wrong = (name: string, value: string, advice: string, judge = bad): Finding[] =>
    set.get(name) === value ? [judge(`${name} is ${value}`, advice)] : []
  const { used } = await one<{ used: number }>(db, 'select count(*) as used from pg_stat_activity')
  const most = Number(set.get('max_connections'))
  const timeoutMs = Number(set.get('statement_timeout'))
  // In pages of 8 kB.
  const buffersMb = Number(set.get('shared_buffers')) / 128
  const found = [
    ...wrong('fsync', 'off', 'Switch it on: a crash of the server would lose prices.'),
    ...wrong('full_page_writes', 'off', 'Switch it on: a crash of the server could tear pages.'),
    ...wrong(
      'autovacuum',
      'off',
      'Switch it on: every call is rewritten three times, and what is dead must go.',
    ),
    ...wrong('track_counts', 'off', 'Switch it on: autovacuum needs it.'),
    ...wrong(
      'default_transaction_read_only',
      'on',
      'Switch it off: stages wait until the database can be written.',
    ),
    ...wrong(
      'synchronous_commit',
      'off',
      'Leave it on: import commits before it marks the exchange, and sets it for itself; other programs do not.',
      doubtful,
    ),
    ...wrong(
      'wal_level',
      'minimal',
      'Set it to replica if there is to be a standby or a backup that goes on.',
      doubtful,
    ),
    ...(timeoutMs > 0 && timeoutMs < timeoutLeastMs
      ? [
          bad(
            `statement_timeout is ${timeoutMs} ms for this login`,
            'alter role … set statement_timeout = 0: lanes and import set their own, but the archive, rerate and decks take longer.',
          ),
        ]
      : []),
    ...(buffersMb < 128
      ? [doubtful(`shared_buffers is ${Math.round(buffersMb)} MB`, 'Give it a quarter of the memory.')]
      : []),
    most - used < sessionsSpare
      ? bad(
          `${used} of ${most} connections are in use`,
          'Raise max_connections: each stage process takes LANES and two more.',
        )
      : good(`${used} of ${most} connections are in use`),
  ]
  return found
}

export const schema: Check = async (db) => {
  const { open } = await one<{ open: boolean }>(
    db,
    `select has_schema_privilege('public', current_schema(), 'create') as open`,
  )
  if (!open) return []
  return [
    bad(
      'every login may create tables and functions among those of paidcalls',
      'As a superuser: revoke create on schema public from public.',
    ),
  ]
}

export const tables: Check = async (db) => {
  const { rows } = await db.query<{ name: string }>(
    `-- doctor: tables that nobody clears up
    select oid::regclass::text as name from pg_class
    where relnamespace = (select relnamespace from pg_class where oid = to_regclass('paidcalls')) and relkind in ('r', 'p')
      and reloptions && array['autovacuum_enabled=false', 'autovacuum_enabled=off', 'autovacuum_enabled=0']`,
  )
  return rows.map(({ name }) =>
    bad(
      `autovacuum is off for ${name}`,
      `alter table ${name} reset (autovacuum_enabled): what is dead must go.`,
    ),
  )
}
