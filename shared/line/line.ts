// A line: the lanes of one stage process, what wakes them, and how it starts and ends.

import { checkMigrated } from '../database/migrations.ts'
import { refuseSuperuser } from '../database/superuser.ts'
import { createWatchdog } from '../database/watchdog.ts'
import { serveMetrics } from '../monitoring/metrics.ts'
import { readConfig } from '../program/config.ts'
import type { StageConfig } from '../program/config.ts'
import { createLog } from '../program/log.ts'
import { runProgram } from '../program/program.ts'
import { createAway } from '../worker/away.ts'
import { firstLook } from '../worker/first-look.ts'
import type { Waiting } from './claim.ts'
import { runLane } from './lane.ts'
import type { Counts, Line } from './line-state.ts'
import { listenOn } from './listener.ts'
import { createNotifyNext } from './notify-next.ts'
import { createRestingPlace } from './resting-place.ts'
import type { Call, Stage } from './stage.ts'

// A resting lane looks by itself this often, should a notification have been missed.
const lookMs = 1_000
// A call that was told of may be locked for a moment by a lane of the stage before, which wanted it as well and found that it had moved
// on: the lock stays until that lane's transaction ends, and nobody tells of that.
const inVainMs = 20
// A draining lane waits for others to finish what they hold, which takes moments.
const drainLookMs = 20

/** Starts the stage when its file is the program. `--drain`: ends when no call of its status can move any more. */
export function runStage<Facts extends Call>(url: string, stage: Stage<Facts>): void {
  runProgram(url, stage.name, async (stop) => {
    await runLine(stage, readConfig(process.env), stop, process.argv.includes('--drain'))
  })
}

/** Runs the lanes of one process until `stop` aborts or the status is drained. Rejects when it cannot start. */
export async function runLine<Facts extends Call>(
  stage: Stage<Facts>,
  config: StageConfig,
  stop: AbortSignal,
  draining: boolean,
): Promise<void> {
  const { databaseUrl, lanes } = config
  const log = createLog(stage.name, config)
  const looked = await firstLook({ databaseUrl, stage: stage.name, log, stop, draining }, async (db) => {
    await checkMigrated(db)
    await refuseSuperuser(db, config.allowsSuperuser)
  })
  if (!looked) return

  const counts: Counts = { claims: 0, settled: 0, parked: 0, putAside: 0, connections: 0 }
  const presence = {
    stage: stage.name,
    lanes,
    get calls() {
      return counts.settled
    },
  }
  const notifyNext = createNotifyNext(stage.leaves)
  const resting = createRestingPlace(draining ? drainLookMs : lookMs, stop)
  const ended = new AbortController()
  const watched = createWatchdog(databaseUrl, stage.name, ended.signal)
  let released = 0
  let heard = 0

  const listening = listenOn({
    databaseUrl,
    takes: stage.takes,
    presence,
    log,
    stop: ended.signal,
    watched,
    hear(behind) {
      heard++
      if (behind) released++
      if (behind) resting.wakeAll()
      else resting.wakeOne()
    },
  })
  const line: Line = {
    databaseUrl,
    draining,
    stop,
    log,
    get released() {
      return released
    },
    get heard() {
      return heard
    },
    furthest: 0,
    wakeAnother: resting.wakeOne,
    isBusy: () => !resting.isSomeone(),
    notifyNext,
    async rest(before, inVain) {
      if (before === heard)
        await resting.rest(Math.min(notifyNext.owedInMs() ?? lookMs, inVain ? inVainMs : lookMs))
    },
    connected(client) {
      counts.connections++
      watched(client)
    },
    away: createAway(log),
    counts,
  }
  serveMetrics({
    stage: stage.name,
    config,
    counters: [
      ['claims_total', 'Calls claimed.', () => counts.claims],
      ['calls_total', 'Calls that have left a lane: moved on, parked or put aside.', () => counts.settled],
      ['calls_parked_total', 'Of these parked with a problem.', () => counts.parked],
      ['calls_put_aside_total', 'Of these put aside after an unexpected error.', () => counts.putAside],
      [
        'connections_total',
        'Connections made by lanes: more than LANES are reconnections.',
        () => counts.connections,
      ],
    ],
    measures: backlogQuery(stage.takes),
    log,
    stop: ended.signal,
  })
  log.info({ lanes, draining }, 'stage started')
  await Promise.all(Array.from({ length: lanes }, () => runLane(stage, line)))
  ended.abort()
  await listening
  log.info({ calls: counts.settled }, 'stage stopped')
}

/** What waits for the stage that takes this status. */
function backlogQuery(takes: Waiting): string {
  return `-- metrics: what waits for the stage?
with own as materialized (select * from pipeline where status = '${takes}')
select name, status as label, value from own
cross join lateral (values
  ('waiting_calls', waiting), ('parked_calls', parked), ('put_aside_calls', put_aside),
  ('oldest_call_seconds', coalesce(extract(epoch from clock_timestamp() - oldest), 0))) measured (name, value)`
}
