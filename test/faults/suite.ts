// A day of calls goes from the exchanges through all stages while fault follows fault; then every call is looked at.

import { Complaint } from '../../shared/errors/complaint.ts'
import { failover } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { planFaults } from './plan.ts'
import { takePulse, timeToPass } from './pulse.ts'
import type { Pulse } from './pulse.ts'
import { judge, unfinished } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { makeWorld, withAdmin } from './world.ts'
import type { World } from './world.ts'

// A fault with what is seen of it afterwards takes at least so long.
const aFaultMs = 3_000
const writeMs = 100
// After this the line is taken to stand still for good.
const stillMs = 60_000
const passMostMs = 60_000

export interface Struck {
  kind: Kind
  /** Calls written from the beginning of this fault to that of the next. */
  calls: { from: number; to: number }
  /** Without a call priced: from when it was over if it stopped everybody, else since it began. */
  stopMs: number
  /** Processes started anew. */
  restarts: number
  /** Until the calls that were on their way when it began were through. */
  heldMs: number
}

export interface Outcome extends Verdict {
  struck: Struck[]
  seconds: number
}

export interface Wanted {
  calls: number
  faults: number
  seed: number
  kinds: readonly Kind[]
  /** Ends it before its time. */
  stop?: AbortSignal
}

/** `say` hears of each fault when it is over, and of what processes complained of. */
export async function runFaults(wanted: Wanted, say: (line: string) => void): Promise<Outcome> {
  const world = await makeWorld(wanted.calls)
  const pulse = takePulse(world.adminUrl)
  const hurry = new AbortController()
  const struck: Struck[] = []
  try {
    const began = performance.now()
    const writing = writeAll(world, wanted, struck, hurry.signal)
    // Whoever waits for it hears of it.
    writing.catch(() => undefined)
    await untilMoved(pulse, performance.now())
    await strikeAll(world, pulse, wanted, struck, say)
    hurry.abort()
    await writing
    await untilAllIsThrough(world, pulse)
    const seconds = (performance.now() - began) / 1_000
    return { ...(await judge(world)), struck, seconds }
  } finally {
    hurry.abort()
    await pulse.stop()
    const complaints = await world.stop()
    if (complaints !== '') say(complaints.trimEnd())
  }
}

/** As calls end in the course of a day: as many a second as last until the faults are over; then all that are left. */
async function writeAll(
  { exchanges }: World,
  { calls, faults }: Wanted,
  struck: readonly Struck[],
  stop: AbortSignal,
): Promise<void> {
  const began = performance.now()
  while (exchanges.written() < calls) {
    const aFaultTakesMs = Math.max(aFaultMs, (performance.now() - began) / (struck.length + 1))
    const leftMs = aFaultTakesMs * (faults + 2 - struck.length)
    const some = Math.ceil(((calls - exchanges.written()) * writeMs) / leftMs)
    await exchanges.write(stop.aborted ? calls : some)
    if (!stop.aborted) await rest(writeMs)
  }
}

async function strikeAll(
  world: World,
  pulse: Pulse,
  { faults, seed, kinds, stop }: Wanted,
  struck: Struck[],
  say: (line: string) => void,
): Promise<void> {
  const planned = [...planFaults(kinds, faults, seed), { kind: failover, random: Math.random }]
  for (const [at, { kind, random }] of planned.entries()) {
    if (stop?.aborted) throw new Complaint('Stopped before its time.')
    const starts = startsOf(world)
    const from = world.exchanges.written() + 1
    const last = struck.at(-1)
    if (last) last.calls.to = from - 1
    const one: Struck = { kind, calls: { from, to: Infinity }, stopMs: 0, heldMs: 0, restarts: 0 }
    struck.push(one)
    let since = performance.now()
    const passing = timeToPass(world.adminUrl, passMostMs)
    await kind.strike(world, random)
    if (kind.stops) since = performance.now()
    await untilMoved(pulse, performance.now())
    // The next comes when this one is forgotten.
    one.heldMs = await passing
    await rest(300 + random() * 1_000)
    one.stopMs = pulse.longestPause(since)
    one.restarts = startsOf(world) - starts
    say(`${at + 1}. ${kind.name}: ${(one.stopMs / 1_000).toFixed(1)} s`)
  }
}

function startsOf({ workers }: World): number {
  return workers.reduce((sum, worker) => sum + worker.starts(), 0)
}

async function untilAllIsThrough({ adminUrl, exchanges }: World, pulse: Pulse): Promise<void> {
  for (;;) {
    const left = await withAdmin(adminUrl, (db) => unfinished(db))
    if (left === 0 && (await exchanges.marked()) === exchanges.written()) return
    if (performance.now() - pulse.movedAt() > stillMs) return
    await rest(200)
  }
}

async function untilMoved(pulse: Pulse, since: number): Promise<void> {
  while (pulse.movedAt() <= since && performance.now() - since < stillMs) await rest(20)
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
