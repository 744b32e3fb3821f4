// The calls of one subject: their sums by the minute as long as windows may ask for them, the calls themselves where sums do not do, and the
// countries they went to. Pure.

import { minuteMs } from './call.ts'
import type { RuleCall } from './call.ts'
import { isSum, keptFor } from './metric.ts'
import type { Rule } from './rule.ts'
import { SeenCountries } from './seen-countries.ts'
import { MinuteSums } from './sums.ts'
import { Pool } from '../tally/blocks.ts'

export interface Traffic {
  /** Puts a call into a minute, or takes it out. */
  change: (call: RuleCall, minute: number, sign: 1 | -1, clock: number) => void
  /** Where a call stands: in its own minute, or where it was put because it ended in the future. */
  minuteOf: (call: RuleCall) => number
  sums: MinuteSums
  /** Those of a minute, for what is no sum. */
  calls: (minute: number) => Iterable<RuleCall>
  seen: SeenCountries | undefined
  /** Forgets what no window will ask for. */
  forget: (clock: number) => void
}

const nothing: readonly RuleCall[] = []

/** So many minutes late a call may come; older ones are judged by a fold of their own, that keeps all. */
export const lateMost = 60

/** `currency` is that of the money of all its calls; null: they may be of several. */
export function createTraffic(
  rules: readonly Rule[],
  keepsAll: boolean,
  currency: string | null = null,
  pool = new Pool(),
): Traffic {
  const sums = new MinuteSums(keptFor(rules), currency, pool)
  const minutes = rules.every(isSum) ? null : new Map<number, Map<string, RuleCall>>()
  const moved = new Map<string, number>()
  const longest = Math.max(...rules.map(({ within }) => within))
  const kept = keepsAll ? Infinity : longest + Math.max(longest, lateMost)
  const compared = kept + Math.max(0, ...rules.map((rule) => rule.against ?? 0))
  const days = Math.max(
    0,
    ...rules.map(({ metric, new_days }) => (metric === 'calls to new countries' ? new_days : 0)),
  )
  const seen = days > 0 ? new SeenCountries() : undefined
  return {
    change(call, minute, sign, clock) {
      if (seen && call.answered && call.country !== null) seen.note(call.country, minute, sign)
      if (minute <= clock - compared) return
      sums.change(call, minute, sign)
      if (sign < 0) moved.delete(call.key)
      else if (minute !== Math.floor(call.ended / minuteMs)) moved.set(call.key, minute)
      if (!minutes || minute <= clock - kept) return
      let calls = minutes.get(minute)
      if (sign > 0) {
        if (!calls) minutes.set(minute, (calls = new Map<string, RuleCall>()))
        calls.set(call.key, call)
      } else {
        calls?.delete(call.key)
        if (calls?.size === 0) minutes.delete(minute)
      }
    },
    minuteOf: (call) => moved.get(call.key) ?? Math.floor(call.ended / minuteMs),
    sums,
    calls: (minute) => minutes?.get(minute)?.values() ?? nothing,
    seen,
    forget(clock) {
      sums.forget(clock + 1 - compared)
      for (const [key, minute] of moved) if (minute <= clock - compared) moved.delete(key)
      for (const minute of minutes?.keys() ?? []) if (minute <= clock - kept) minutes?.delete(minute)
      seen?.forget(clock - days * 1440 - kept)
    },
  }
}
