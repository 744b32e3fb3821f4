// A line: the lanes of one stage process, what wakes them, and how it starts and ends.

import type pg from 'pg'

import { readConfig } from './config.ts'
import type { StageConfig } from './config.ts'
import { checkMigrated, connect, disconnect } from './database.ts'
import { listenOn } from './ear.ts'
import { sentenceFor } from './faults.ts'
import { runLane } from './lane.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { backlogQuery } from './measures.ts'
import { serveMetrics } from './metrics.ts'
import { runProgram } from './program.ts'
import type { Call, Stage } from './stage.ts'
import { refuseSuperuser } from './superuser.ts'
import { createTelling } from './telling.ts'
import type { Telling } from './telling.ts'
import { createWatch } from './watch.ts'

// A resting lane looks by itself this often, should a notification have been missed.
const lookMs = 1_000
// A draining lane waits for others to finish what they hold, which takes moments.
const drainLookMs = 20

/** What a lane sees of its process. */
export interface Line {
  databaseUrl: string
  draining: boolean
  stop: AbortSignal
  log: Log
  /** Changes whenever calls behind the lanes were released: start from the front again. */
  readonly released: number
  /** Changes whenever there may be new calls. */
  readonly heard: number
  /** The highest id that any of its lanes has taken. */
  furthest: number
  /** Resting lanes may have something to do as well. */
  wakeAnother: () => void
  /** None of its lanes rests. */
  isBusy: () => boolean
  telling: Telling
  /** Until there may be something to do; not at all when more was heard since `heard`. */
  rest: (heard: number) => Promise<void>
  connected: (client: pg.Client) => void
  lostConnection: (error: unknown) => void
  counts: Counts
}

/** What a process has done since it started. */
export interface Counts {
  claims: number
  /** Calls that have left a lane. */
  settled: number
  parked: number
  putAside: number
  connections: number
}

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
  const log = createLog(stage.name, config.logLevel)
  const first = await connect(databaseUrl, stage.name)
  try {
    await checkMigrated(first)
    await refuseSuperuser(first)
  } finally {
    await disconnect(first)
  }

  const counts: Counts = { claims: 0, settled: 0, parked: 0, putAside: 0, connections: 0 }
  const presence = {
    stage: stage.name,
    lanes,
    get calls() {
      return counts.settled
    },
  }
  const telling = createTelling(stage.leaves)
  const resting = createRestingPlace(draining ? drainLookMs : lookMs, stop)
  const ended = new AbortController()
  const watched = createWatch(databaseUrl, stage.name, ended.signal)
  let released = 0
  let heard = 0
  let away = false

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
    telling,
    rest: (before) => (before === heard ? resting.rest(telling.owedInMs()) : Promise.resolve()),
    connected(client) {
      counts.connections++
      watched(client)
      if (away) log.warn('database is back')
      away = false
    },
    lostConnection(error) {
      if (!away) log.warn({ reason: sentenceFor(error) }, 'database is away')
      away = true
    },
    counts,
  }
  serveMetrics({
    stage: stage.name,
    databaseUrl,
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

/** Where lanes wait for work: each at most `lookMs`, or until woken, one or all. */
function createRestingPlace(lookMs: number, stop: AbortSignal) {
  const sleepers = new Set<() => void>()
  const wakeAll = (): void => {
    for (const wake of [...sleepers]) wake()
  }
  stop.addEventListener('abort', wakeAll)
  return {
    isSomeone: () => sleepers.size > 0,
    wakeAll,
    wakeOne: (): void => {
      for (const wake of sleepers) {
        wake()
        return
      }
    },
    rest: (mostMs = lookMs): Promise<void> =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          sleepers.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, stop.aborted ? 0 : Math.min(lookMs, mostMs))
        sleepers.add(wake)
      }),
  }
}
