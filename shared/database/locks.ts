// Numbers of the advisory locks of this project, each used by nothing else in the database.

import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'
import type { Database } from './connect.ts'

/** Migrating: one at a time. */
export const migrateLock = 7_281_001
/** With the id of a source: counting it. */
export const countLock = 7_281_003
/** With the number of a plan: loading a deck into it. */
export const planLock = 7_281_007
/** With the id of a client: making a statement. issue_statement and void_statement take it, too. */
export const statementLock = 7_281_011

type Lock = readonly [number] | readonly [number, number]

/**
 * Takes an advisory lock for this session, after at most so many seconds. Throws a Complaint that names who holds it: `what` is being
 * done by …
 */
export async function takeLock(db: Database, lock: Lock, seconds: number, what: string): Promise<void> {
  const { rows } = await db.query<{ before: string }>(
    `-- lock: who waits, waits for a while\nselect current_setting('lock_timeout') as before`,
  )
  const waitFor = (time: string): Promise<unknown> =>
    db.query(`-- lock: who waits, waits for a while\nselect set_config('lock_timeout', $1, false)`, [time])
  await waitFor(`${seconds}s`)
  const [first, second] = lock
  try {
    await (second === undefined
      ? db.query('-- lock: take turns\nselect pg_advisory_lock($1::bigint)', [first])
      : db.query('-- lock: take turns\nselect pg_advisory_lock($1::integer, $2::integer)', [first, second]))
  } catch (error) {
    if (codeOf(error) !== '55P03') throw error
    const holders = await holdersOf(db, lock)
    throw new Complaint(
      `${what} by ${holders}: try again when that is over, or end it with pg_terminate_backend.`,
    )
  } finally {
    await waitFor(rows[0]?.before ?? '0').catch(() => undefined)
  }
}

/** Who holds an advisory lock: login, application and pid, for a sentence. */
export async function holdersOf(db: Database, [first, second]: Lock): Promise<string> {
  const { rows } = await db.query<{ who: string }>(
    `-- lock: who holds it?
    select format('%s (%s, pid %s)', usename, coalesce(nullif(application_name, ''), 'psql'), pid) as who
    from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and granted and pg_locks.database = (select oid from pg_database where datname = current_database())
      and (classid, objid, objsubid) = ($1::bigint::oid, $2::bigint::oid, $3)`,
    second === undefined ? [0, first, 1] : [first, second, 2],
  )
  return rows.map(({ who }) => who).join(', ') || 'somebody else'
}
