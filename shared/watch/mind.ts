// What a process of watch knows: the fold over all calls its windows reach back to, made from recent_call when it gets its turn or a rule was edited.

import { hostname } from 'node:os'

import type { Database } from '../database/connect.ts'
import { stopped } from '../program/pause.ts'
import { minuteMs } from '../rules/call.ts'
import { readAmount } from '../rules/figure.ts'
import { createFold } from '../rules/fold.ts'
import type { Fold } from '../rules/fold.ts'
import { createJudge } from '../rules/incident.ts'
import type { Incident } from '../rules/incident.ts'
import { horizonOf, judgedCalls, loadRules } from './load.ts'
import type { Loaded } from './load.ts'
import { lateMost } from '../rules/traffic.ts'
import type { Taken } from './bite.ts'
import { knownAlerts, writeFindings } from './write.ts'

export interface Mind extends Loaded {
  fold: Fold
  /** Which rules it was made of. */
  made: string
}

export const thisProcess = `${hostname()} ${process.pid}`

/** From calls that were judged before; in the transaction that has the turn. */
export async function makeMind(db: Database, now: number, made: string, stop: AbortSignal): Promise<Mind> {
  const loaded = await loadRules(db, false)
  const fold = await foldOf(db, loaded, {
    from: now - horizonOf(loaded.rules) * minuteMs,
    until: Infinity,
    now,
    stop,
  })
  return { ...loaded, fold, made }
}

interface Reach {
  from: number
  until: number
  now: number
  keepsAll?: boolean
  stop?: AbortSignal
}

async function foldOf(
  db: Database,
  { rules, facts }: Loaded,
  { from, until, now, keepsAll = false, stop }: Reach,
): Promise<Fold> {
  const fold = createFold(rules, facts, now, keepsAll)
  const judges = new Map(rules.map((rule) => [rule.id, createJudge(rule)]))
  for await (const calls of judgedCalls(db, from, until)) {
    // Nothing was judged yet: it is not waited for.
    if (stop && stopped(stop)) throw new Error('stopped while calls were read')
    for (const call of calls) fold.take(call, null, false)
  }
  for (const { rule_id, opened, closed, value, at_stake, ...subject } of await knownAlerts(db, from)) {
    fold.resume(rule_id, subject, {
      ...{ opened, closed, backSince: null, saved: 0n, currency: subject.currency },
      figure: judges.get(rule_id)?.read(value ?? '0') ?? 0,
      atStake: readAmount(at_stake ?? '0'),
    })
  }
  return fold
}

/**
 * Calls that come later than memory reaches are judged by a fold of their own, of the time they were in: what it finds open is open
 * from now on, what is over is told with both its times.
 */
export async function judgeLate(
  db: Database,
  mind: Mind,
  late: readonly Taken[],
  now: number,
): Promise<void> {
  const ends = late.map(({ call }) => call.ended)
  const reach = horizonOf(mind.rules) * minuteMs
  const [first, last] = [Math.min(...ends), Math.max(...ends)]
  const until = Math.min(now, last + reach)
  const past = await foldOf(db, mind, { from: first - reach, until, now: until, keepsAll: true })
  // They are out of unwatched already, so they are in it, and judged by nobody.
  for (const { call } of late) past.take(call, call, true)
  past.advance(until)
  const findings = past.findings()
  await writeFindings(db, findings)
  const known = new Set<Incident>()
  for (const { rule, subject, incident } of findings) {
    if (!known.has(incident)) mind.fold.resume(rule.id, subject, incident)
    known.add(incident)
  }
  for (const { call, before } of late) mind.fold.take(call, before, false)
}

/** Whether a call ended too long ago for the fold. */
export const lateBefore = (now: number): number => now - lateMost * minuteMs
