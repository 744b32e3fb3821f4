// schedule: clockwork, run by pg-boss. Every minute it lets calls whose due_at has come try again and says which
// processes have gone silent; every night it asks import to count its sources and forgets numbers whose time has come; every hour it moves old
// calls into the archive, and gives calls of before their cause.
// Any number of them may run: pg-boss sees to it that each job runs once. A call's state never lives in pg-boss.

import { fillBite } from '../shared/cdr/old-causes.ts'
import type { Bite } from '../shared/cdr/old-causes.ts'
import { runClockwork } from '../shared/clockwork/clockwork.ts'
import type { Job } from '../shared/clockwork/job.ts'
import type { Database } from '../shared/database/connect.ts'
import { checkMigrated } from '../shared/database/migrations.ts'
import { refuseSuperuser } from '../shared/database/superuser.ts'
import { forgetDue } from '../shared/forget/due.ts'
import { serveMetrics } from '../shared/monitoring/metrics.ts'
import { readScheduleConfig } from '../shared/program/config.ts'
import type { StageConfig } from '../shared/program/config.ts'
import { readKeepNumbers } from '../shared/program/keep-config.ts'
import { createLog } from '../shared/program/log.ts'
import type { Log } from '../shared/program/log.ts'
import { pause } from '../shared/program/pause.ts'
import { runProgram } from '../shared/program/program.ts'
import { firstLook } from '../shared/worker/first-look.ts'

const processesQuery = `-- metrics: who is silent?
select 'silent_processes' as name, stage as label, count(silent_since) as value from workers group by stage`

interface Running {
  /** How long priced calls stay in the table the stages work in. */
  keepMonths: number
  /** How long after a call who called whom is kept, where keep_numbers says nothing; null: for ever. */
  keepNumbersMonths: number | null
  stop: AbortSignal
}

export const jobs: readonly Job<Running>[] = [
  { name: 'release-due-calls', cron: '* * * * *', run: releaseDueCalls },
  { name: 'look-for-silent-stages', cron: '* * * * *', run: lookForSilentStages },
  { name: 'ask-for-reconciliation', cron: '23 2 * * *', run: askForReconciliation },
  { name: 'follow-plan-history', cron: '7 * * * *', run: followPlanHistory },
  { name: 'keep-recent-calls', cron: '13 * * * *', run: keepRecentCalls },
  { name: 'archive-old-calls', cron: '41 * * * *', run: archiveOldCalls },
  { name: 'fill-causes', cron: '29 * * * *', run: fillCauses },
  // Five times a night: the first time there are years to go through, ten minutes at a time.
  { name: 'forget-old-numbers', cron: '51 1-5 * * *', run: forgetOldNumbers },
]

const releaseQuery = `-- schedule: let calls whose time has come try again
with due as (
  update paidcalls set due_at = null
  where id = any (array(
    select id from paidcalls where due_at <= clock_timestamp() and problem is null limit 10000 for update skip locked))
  returning status
)
select status, count(*)::integer as calls, pg_notify('paidcalls ' || status, 'released') from due group by status`

/** Calls put aside after an unexpected error start again at their stage. */
async function releaseDueCalls(db: Database, log: Log): Promise<void> {
  const { rows } = await db.query<{ status: string; calls: number }>(releaseQuery)
  for (const { status, calls } of rows) log.info({ status, calls }, 'calls released')
}

/** A process that has not been seen for a while is named in the log; after a day its row is removed. */
async function lookForSilentStages(db: Database, log: Log): Promise<void> {
  const { rows } = await db.query<{ stage: string; host: string; pid: number; silent_since: string }>(
    `-- schedule: who has gone silent?
    select stage, host, pid, silent_since::text from workers where silent_since is not null`,
  )
  for (const silent of rows) log.error(silent, 'process is silent')
  await db.query(
    `-- schedule: forget processes silent for a day\ndelete from stage_process where seen < now() - interval '1 day'`,
  )
}

/** Each import process counts its source when it hears this. */
async function askForReconciliation(db: Database): Promise<void> {
  await db.query(`-- schedule: ask import to count its sources\nselect pg_notify('paidcalls reconcile', '')`)
}

/** client.tarif_id and provider.tarifnum say the plan of today, also when the history was edited ahead. */
async function followPlanHistory(db: Database): Promise<void> {
  // Of several databases the first does it for all.
  const { rowCount } = await db.query(
    '-- schedule: are the plans copied from elsewhere?\nselect from this_database where copied',
  )
  if (rowCount) return
  await db.query(
    `-- schedule: show today's plans
    update client set tarif_id = history.tarifnum
    from client_tarif history
    where history.client_id = client.id and history.valid @> now() and client.tarif_id is distinct from history.tarifnum`,
  )
  await db.query(
    `-- schedule: show today's plans
    update provider set tarifnum = history.tarifnum
    from provider_tarif history
    where history.provider_id = provider.id and history.valid @> now() and provider.tarifnum is distinct from history.tarifnum`,
  )
}

/** Days of recent_call are made ahead, and taken away after 16 days. */
async function keepRecentCalls(db: Database): Promise<void> {
  await db.query(`-- schedule: the days rules look back to\nselect keep_recent_calls()`)
}

// pg-boss takes a job that says nothing for 15 minutes for dead; what is left is for the next hour.
const workingMs = 10 * 60_000
function timeFor(stop: AbortSignal): () => boolean {
  const end = Date.now() + workingMs
  return () => !stop.aborted && Date.now() < end
}

/** Moves calls priced more than `keepMonths` ago into the archive, thousands in a transaction: what was moved when it is killed stays moved. */
async function archiveOldCalls(db: Database, log: Log, { keepMonths, stop }: Running): Promise<void> {
  const hasTime = timeFor(stop)
  let moved = 0
  let reached: number | null = 0
  while (reached !== null && hasTime()) {
    const { rows }: { rows: { moved: number; reached: number | null }[] } = await db.query(
      `-- schedule: move old calls into the archive
      select moved, reached from archive_calls($1, now() - make_interval(months => $2))`,
      [reached, keepMonths],
    )
    moved += rows[0]?.moved ?? 0
    reached = rows[0]?.reached ?? null
  }
  if (moved > 0) log.info({ calls: moved }, 'calls archived')
}

// A stage has a call in hand for a moment; who has one for longer is looked for again in the next hour.
const [heldMs, heldMost] = [50, 20]

/** Calls that came before causes were kept get theirs from their records. Once, for years of calls; then there is nothing to do. */
async function fillCauses(db: Database, log: Log, { stop }: Running): Promise<void> {
  const hasTime = timeFor(stop)
  let [calls, held] = [0, 0]
  let bite: Bite | undefined
  while (bite?.isLast !== true && held < heldMost && hasTime()) {
    bite = await fillBite(db)
    calls += bite.filled
    held = bite.isHeld ? held + 1 : 0
    if (bite.isHeld) await pause(heldMs, stop)
  }
  for (const unread of bite?.unread ?? []) log.error(unread, 'causes of calls of before cannot be read')
  if (calls > 0) log.info({ calls }, 'calls of before have their cause')
}

/** Forgets who called whom in calls whose time has come, and whose numbers nobody needs any more. */
async function forgetOldNumbers(db: Database, log: Log, { keepNumbersMonths, stop }: Running): Promise<void> {
  const done = await forgetDue(db, keepNumbersMonths, timeFor(stop))
  const { calls, rows, finished } = done
  if (calls + rows > 0) log.info({ calls, rows, finished }, 'numbers forgotten')
}

/** Runs the clockwork until `stop` aborts; when draining does each job once and ends. */
export async function runSchedule(
  config: StageConfig,
  log: Log,
  running: Running,
  draining: boolean,
): Promise<void> {
  const { databaseUrl } = config
  const { stop } = running
  const looked = await firstLook({ databaseUrl, stage: 'schedule', log, stop, draining }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
    if (draining) for (const { run } of jobs) await run(db, log, running)
  })
  if (draining || !looked) return
  serveMetrics({ stage: 'schedule', config, counters: [], measures: processesQuery, log, stop })
  await runClockwork({ stage: 'schedule', databaseUrl, log, jobs, running })
}

runProgram(import.meta.url, 'schedule', async (stop) => {
  const { keepMonths, ...config } = readScheduleConfig(process.env)
  const keepNumbersMonths = readKeepNumbers(process.env)
  const log = createLog('schedule', config)
  await runSchedule(config, log, { keepMonths, keepNumbersMonths, stop }, process.argv.includes('--drain'))
})
