// A day of calls goes from the exchanges through all stages while fault follows fault; then every call is looked at.

import { failover } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { planFaults } from './plan.ts'
import { takePulse, timeToPass } from './pulse.ts'
import type { Pulse } from './pulse.ts'
import { judge, unfinished } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { makeWorld, withAdmin } from './world.ts'
import type { World } from './world.ts'

// A fault with what is seen of it afterwards takes about so long.
const aFaultMs = 5_000
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
}

/** `say` hears of each fault when it is over, and of what processes complained of. */
export async function runFaults(wanted: Wanted, say: (line: string) => void): Promise<Outcome> {
  const world = await makeWorld(wanted.calls)
  const pulse = takePulse(world.adminUrl)
  const hurry = new AbortController()
  try {
    const began = performance.now()
    const writing = writeAll(world, wanted, hurry.signal)
    // Whoever waits for it hears of it.
    writing.catch(() => undefined)
    await untilMoved(pulse, performance.now())
    const struck = await strikeAll(world, pulse, wanted, say)
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

/** As calls end in the course of a day, and at the end of the faults all that are left. */
async function writeAll({ exchanges }: World, { calls, faults }: Wanted, stop: AbortSignal): Promise<void> {
  const atOnce = Math.max(1, Math.round((calls * writeMs) / (faults * aFaultMs)))
  while (exchanges.written() < calls) {
    await exchanges.write(stop.aborted ? calls : atOnce)
    if (!stop.aborted) await rest(writeMs)
  }
}

async function strikeAll(
  world: World,
  pulse: Pulse,
  { faults, seed, kinds }: Wanted,
  say: (line: string) => void,
): Promise<Struck[]> {
  const struck: Struck[] = []
  const ending: Promise<void>[] = []
  const planned = [...planFaults(kinds, faults, seed), { kind: failover, random: Math.random }]
  for (const [at, { kind, random }] of planned.entries()) {
    if (kind.holds) await Promise.all(ending)
    const starts = startsOf(world)
    const from = world.exchanges.written() + 1
    const last = struck.at(-1)
    if (last) last.calls.to = from - 1
    const one: Struck = { kind, calls: { from, to: Infinity }, stopMs: 0, heldMs: 0, restarts: 0 }
    struck.push(one)
    let since = performance.now()
    ending.push(timeToPass(world.adminUrl, passMostMs).then((ms) => void (one.heldMs = ms)))
    const striking = kind.strike(world, random)
    if (kind.beside) ending.push(striking)
    else await striking
    if (kind.stops) since = performance.now()
    await untilMoved(pulse, performance.now())
    await rest(300 + random() * 1_000)
    one.stopMs = pulse.longestPause(since)
    one.restarts = startsOf(world) - starts
    say(`${at + 1}. ${kind.name}: ${(one.stopMs / 1_000).toFixed(1)} s`)
  }
  await Promise.all(ending)
  return struck
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
