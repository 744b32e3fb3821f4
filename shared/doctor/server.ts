// What can be wrong with a set-up, each with what to do about it. A check is a question to the database and a judgement on the answer.

import type { Database } from '../database/connect.ts'

export interface Finding {
  /** bad: must be mended; doubtful: look at it. */
  verdict: 'good' | 'doubtful' | 'bad'
  what: string
  /** What to do, where something is to be done. */
  advice?: string
}

export const good = (what: string): Finding => ({ verdict: 'good', what })
export const doubtful = (what: string, advice: string): Finding => ({ verdict: 'doubtful', what, advice })
export const bad = (what: string, advice: string): Finding => ({ verdict: 'bad', what, advice })

type Check = (db: Database) => Promise<Finding[]>

const versionLeast = 140_000
const clockMostMs = 2_000
const sessionsSpare = 20

async function one<Row extends object>(db: Database, query: string): Promise<Row> {
  const { rows } = await db.query<Row>(`-- doctor: look\n${query}`)
  const [row] = rows
  if (!row) throw new Error(`no answer to: ${query}`)
  return row
}

const server: Check = async (db) => {
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

const clock: Check = async (db) => {
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

const zones: Check = async (db) => {
  const { zones: count } = await one<{ zones: number }>(db, 'select count(*) as zones from pg_timezone_names')
  return [
    count > 300
      ? good(`${count} time zones`)
      : bad(`only ${count} time zones`, 'Install the time zone data (tzdata) on the server.'),
  ]
}

const settings: Check = async (db) => {
  const { rows } = await db.query<{ name: string; setting: string }>(
    `-- doctor: settings that hurt
    select name, setting from pg_settings
    where name in ('fsync', 'full_page_writes', 'autovacuum', 'track_counts', 'synchronous_commit', 'max_connections', 'shared_buffers',
      'wal_level', 'default_transaction_read_only')`,
  )
  const set = new Map(rows.map(({ name, setting }) => [name, setting]))
  const wrong = (name: string, value: string, advice: string, judge = bad): Finding[] =>
    set.get(name) === value ? [judge(`${name} is ${value}`, advice)] : []
  const { used } = await one<{ used: number }>(db, 'select count(*) as used from pg_stat_activity')
  const most = Number(set.get('max_connections'))
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

const schema: Check = async (db) => {
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

const transactions: Check = async (db) => {
  const { rows } = await db.query<{ pid: number; who: string; minutes: number }>(
    `-- doctor: transactions that hold up vacuum
    select pid, coalesce(usename, '') || ' ' || application_name as who,
      floor(extract(epoch from now() - xact_start) / 60)::integer as minutes
    from pg_stat_activity where xact_start < now() - interval '5 minutes' and pid <> pg_backend_pid() and backend_type = 'client backend'
    order by xact_start limit 5`,
  )
  if (rows.length === 0) {
    const { all } = await one<{ all: boolean }>(db, `select pg_has_role('pg_read_all_stats', 'usage') as all`)
    return [good(`no transaction ${all ? '' : 'this login can see '}is older than five minutes`)]
  }
  return rows.map(({ pid, who, minutes }) =>
    doubtful(
      `a transaction of ${who} has been open for ${minutes} minutes`,
      `Nothing dead can be cleared away meanwhile: select pg_terminate_backend(${pid}) if nobody needs it.`,
    ),
  )
}

const slots: Check = async (db) => {
  const { rows } = await db.query<{ slot_name: string; behind: string }>(
    `-- doctor: replicas that are left behind
    select slot_name, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) as behind
    from pg_replication_slots where not active or pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > 1e9`,
  )
  return rows.map(({ slot_name, behind }) =>
    bad(
      `replication slot ${slot_name} is ${behind} behind`,
      `Mend its replica, or drop the slot: what it has not read fills the disk of the server.`,
    ),
  )
}

const line: Check = async (db) => {
  const { parked, aside, silent } = await one<{ parked: number; aside: number; silent: number }>(
    db,
    `select (select coalesce(sum(parked), 0)::integer from pipeline) as parked, (select coalesce(sum(put_aside), 0)::integer from pipeline) as aside,
       (select count(silent_since) from workers) as silent`,
  )
  return [
    parked > 0
      ? doubtful(
          `calls that wait for an edit: ${parked}`,
          'select * from parked_calls says which rows are missing.',
        )
      : good('no call is parked'),
    ...(aside > 0
      ? [
          doubtful(
            `calls put aside after an error: ${aside}`,
            'select * from oldest_calls, and the log of the stage.',
          ),
        ]
      : []),
    ...(silent > 0
      ? [
          doubtful(
            `processes that are silent: ${silent}`,
            'select * from workers names them: start them again.',
          ),
        ]
      : []),
  ]
}

/** Of the server and the database as a whole. */
export const checksOfDatabase: readonly Check[] = [
  server,
  clock,
  zones,
  settings,
  schema,
  transactions,
  slots,
]
/** Of what migrate has made. */
export const checksOfLine: readonly Check[] = [line]
