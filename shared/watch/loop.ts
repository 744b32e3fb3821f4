// The loop of watch: takes what was summed, judges it, and writes what was found, in one transaction; by the clock every five seconds also
// what makes no bite.

import { connect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { createHeartbeat, heartbeatMs } from '../monitoring/heartbeat.ts'
import type { Presence } from '../monitoring/heartbeat.ts'
import type { Log } from '../program/log.ts'
import { pause, stopped } from '../program/pause.ts'
import { stayConnected } from '../worker/stay.ts'
import { takeBite } from './bite.ts'
import type { Taken } from './bite.ts'
import { judgeLate, lateBefore, makeMind, thisProcess } from './mind.ts'
import type { Mind } from './mind.ts'
import { createPresent } from './present.ts'
import type { Present } from './present.ts'
import { noteState } from './state.ts'
import { takeTurn } from './turn.ts'
import type { Turn } from './turn.ts'
import { writeFindings } from './write.ts'

const [lookMs, turnMs, clockMs, standbyMs] = [50, 500, 5_000, 500]
const answerMs = 60_000

export interface Watching<Facts extends Call = Call> {
  databaseUrl: string
  draining: boolean
  stop: AbortSignal
  log: Log
  presence: Presence
  /** Says what number a call that waits is to. */
  destination: Stage<Facts>
  /** Alerts opened, updated and closed. */
  found: number
}

/** Judges until `stop` aborts; when draining, until every call is judged. */
export async function watch<Facts extends Call>(watching: Watching<Facts>): Promise<void> {
  const { databaseUrl, stop, log, presence } = watching
  const heartbeat = createHeartbeat(presence)
  await stayConnected({
    log,
    stop,
    async connect() {
      const db = await connect(databaseUrl, 'watch', answerMs)
      await db.query(
        `set synchronous_commit = off; set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off; set statement_timeout = '${answerMs / 2}'; set idle_in_transaction_session_timeout = '20s'`,
      )
      return db
    },
    async work(db, answered) {
      await turns(db, watching, answered, () => heartbeat.beat(db))
      await heartbeat.leave(db)
    },
  })
}

/** What was learnt in transactions that were committed. */
interface Known {
  mind: Mind | undefined
  present: Present
  clockAt: number
}

async function turns<Facts extends Call>(
  db: Database,
  watching: Watching<Facts>,
  answered: () => void,
  beat: () => Promise<void>,
): Promise<void> {
  const { stop, draining, destination, presence } = watching
  const fresh = (): Known => ({ mind: undefined, present: createPresent(destination), clockAt: -Infinity })
  let known = fresh()
  let [beatAt, turnAt] = [-Infinity, -Infinity]
  while (!stopped(stop)) {
    const now = performance.now()
    if (now - beatAt >= heartbeatMs) {
      await beat()
      beatAt = now
    }
    if (now - turnAt < turnMs && !(await somethingWaits(db))) {
      await pause(lookMs, stop)
      continue
    }
    turnAt = now
    await db.query('begin')
    const turn = await takeTurn(db, thisProcess)
    if (!turn) {
      await db.query('commit')
      known = fresh()
      await pause(standbyMs, stop)
      continue
    }
    if (turn.isNew || known.mind?.made !== turn.rules) {
      // What was known is let go first: there is not room for both.
      known = fresh()
      known.mind = await makeMind(db, turn.now, turn.rules, stop)
    }
    const judged = await judge(db, watching, known, known.mind, turn)
    await db.query('commit')
    answered()
    presence.calls += judged
    if (judged > 0) continue
    if (draining && !turn.waits) return
    await pause(lookMs, stop)
  }
}

async function somethingWaits(db: Database): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>({
    name: 'waits',
    text: `-- watch: does something wait?\nselect exists (select from unwatched) as waits`,
  })
  return rows[0]?.waits === true
}

/** Judges what there is, and writes what was found; gives back how many calls. */
async function judge<Facts extends Call>(
  db: Database,
  watching: Watching<Facts>,
  known: Known,
  mind: Mind,
  turn: Turn,
): Promise<number> {
  const { fold } = mind
  const since = lateBefore(turn.now)
  const isClock = turn.now - known.clockAt >= clockMs
  const bite = turn.waits ? await takeBite(db, since, false) : []
  fold.advance(turn.now)
  take(bite, mind, known.present)
  const late = isClock && turn.waits ? await takeBite(db, since, true) : []
  if (late.length > 0) {
    for (const { call, ref } of late) known.present.priced(fold, call.key, ref)
    await judgeLate(db, mind, late, turn.now)
  }
  if (isClock) {
    known.clockAt = turn.now
    await known.present.look(db, fold)
    await noteState(db, fold, mind.rules, mind.facts, turn.now)
    await db.query(`-- watch: holds whose time is over\nselect end_holds()`)
  }
  const findings = fold.findings()
  watching.found += findings.length
  for (const { turn: what, rule, subject } of findings)
    if (what !== 'updated') watching.log.warn({ what, rule: rule.name, ...subject }, 'alert')
  // What came to nothing may be judged again; what others are told must be there for good.
  if (findings.length > 0) await db.query('set local synchronous_commit = on')
  await writeFindings(db, findings)
  return bite.length + late.length
}

function take(bite: readonly Taken[], { fold }: Mind, present: Present): void {
  for (const { call, before, ref } of bite)
    fold.take(call, present.priced(fold, call.key, ref) ?? before, true)
}
