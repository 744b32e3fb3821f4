// What sessions and replicas do to a server: transactions that stay open, slots that are left behind.

import { bad, doubtful, good, one } from './finding.ts'
import type { Check } from './finding.ts'

export const transactions: Check = async (db) => {
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
export const slots: Check = async (db) => {
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
