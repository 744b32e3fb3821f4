// Several databases: whether what is edited in the first comes here, and whether what is edited here reaches the others.

import type { Database } from '../database/connect.ts'
import { bad, doubtful, good } from './finding.ts'
import type { Check, Finding } from './finding.ts'

// Whoever has nothing to say says so every half minute.
const silentMost = '75 seconds'

interface Here {
  name: string
  copied: boolean
}

export const several: Check = async (db) => {
  const { rows } = await db.query<Here>(
    '-- doctor: is this one of several databases?\nselect name, copied from this_database',
  )
  const [here] = rows
  if (!here) return []
  return here.copied ? copied(here)(db) : first(here)(db)
}

interface State {
  enabled: boolean
  worker: number | null
  silent: boolean
  since: string | null
  blocked_by: number | null
  incomplete: number
}

const copied =
  (here: Here): Check =>
  async (db) => {
    const name = `database ${here.name}`
    const state = await stateOf(db)
    if (!state)
      return [
        bad(
          `${name} is a copy, and nothing is copied to it`,
          'Run npm run divide -- --copy again (docs/scaling.md): edits of prices and clients do not come here.',
        ),
      ]
    if (!state.enabled)
      return [
        bad(
          `${name} has stopped copying what is edited in the first`,
          'alter subscription paidcalls_edits enable, when what stopped it is mended.',
        ),
      ]
    const failed = await failures(db)
    if (state.worker === null || (failed > 0 && !(await lasts(state.worker, db)))) {
      return [
        bad(
          `${name} does not get what is edited in the first database${failed > 0 ? `; changes refused here so far: ${failed}` : ''}`,
          'The log of this server says why: the first is away, or a row here is in the way. It tries again by itself; calls go on by what is here.',
        ),
      ]
    }
    const findings: Finding[] = []
    if (state.incomplete > 0)
      findings.push(
        doubtful(
          `${name}: tables still being copied for the first time: ${state.incomplete}`,
          'Wait; the log of this server says when something is in the way.',
        ),
      )
    if (state.blocked_by !== null)
      findings.push(
        doubtful(
          `${name} cannot copy on: session ${state.blocked_by} here holds a row that is to change`,
          `select * from pg_stat_activity where pid = ${state.blocked_by}; select pg_terminate_backend(${state.blocked_by}) if nobody needs it.`,
        ),
      )
    else if (state.silent)
      findings.push(
        doubtful(
          `${name} was last up to date at ${state.since ?? 'no time'} UTC`,
          'The first, or the network to it, does not answer; the log of this server says more.',
        ),
      )
    return findings.length > 0 ? findings : [good(`${name} gets what is edited in the first database`)]
  }

async function stateOf(db: Database): Promise<State | undefined> {
  const { rows } = await db.query<State>(
    `-- doctor: does what is edited elsewhere come here?
    select subenabled as enabled, worker.pid as worker,
      greatest(worker.latest_end_time, worker.last_msg_receipt_time) < now() - interval '${silentMost}' as silent,
      to_char(greatest(worker.latest_end_time, worker.last_msg_receipt_time) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as since, (pg_blocking_pids(worker.pid))[1] as blocked_by,
      (select count(*)::integer from pg_subscription_rel where srsubid = subscription.oid and srsubstate <> 'r') as incomplete
    from pg_subscription subscription
    left join pg_stat_subscription worker on worker.subid = subscription.oid and worker.relid is null
    where subscription.subname = 'paidcalls_edits' and subdbid = (select oid from pg_database where datname = current_database())`,
  )
  return rows[0]
}

/** Whether this worker is there still when one that fails would have been begun again: each of those runs for a moment. */
async function lasts(worker: number, db: Database): Promise<boolean> {
  await db.query(
    `-- doctor: until the next try\nselect pg_sleep_for(current_setting('wal_retrieve_retry_interval')::interval + interval '1 second')`,
  )
  return (await stateOf(db))?.worker === worker
}

/** How often a change that came could not be made here; counted since PostgreSQL 15. */
async function failures(db: Database): Promise<number> {
  const { rows: counted } = await db.query(
    `-- doctor: is it counted?\nselect where to_regclass('pg_catalog.pg_stat_subscription_stats') is not null`,
  )
  if (counted.length === 0) return 0
  const { rows } = await db.query<{ failed: number }>(
    `-- doctor: what could not be copied\nselect coalesce(sum(apply_error_count), 0)::integer as failed from pg_stat_subscription_stats where subname = 'paidcalls_edits'`,
  )
  return rows[0]?.failed ?? 0
}

const first =
  (here: Here): Check =>
  async (db) => {
    const { rows } = await db.query<{ name: string; active: boolean; seconds: number | null }>(
      `-- doctor: does what is edited here reach the others?
    select slot.slot_name as name, active, extract(epoch from replay_lag)::integer as seconds
    from pg_replication_slots slot left join pg_stat_replication sender on sender.pid = slot.active_pid
    where slot_type = 'logical' and database = current_database() and slot_name like 'paidcalls\\_%' order by 1`,
    )
    const late = rows.filter(({ active, seconds }) => active && (seconds ?? 0) > 60)
    if (late.length > 0)
      return late.map(({ name, seconds }) =>
        doubtful(
          `what is edited here reaches ${name} ${seconds ?? 0} s later`,
          'npm run doctor there says what holds it up.',
        ),
      )
    // One that is away is said of its slot.
    const there = rows.filter(({ active }) => active)
    return [
      good(
        `database ${here.name} is the first of several; what is edited here reaches ${there.length} others`,
      ),
    ]
  }
