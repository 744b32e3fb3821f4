// The calls of one subject: by the minute as long as windows may ask for them, then their sums, and the countries they went to. Pure.

import { minuteMs } from './call.ts'
import type { RuleCall } from './call.ts'
import { Sums } from './metric.ts'
import type { Rule } from './rule.ts'
import { SeenCountries } from './seen-countries.ts'

export interface Traffic {
  /** Puts a call into a minute, or takes it out. */
  change: (call: RuleCall, minute: number, sign: 1 | -1, clock: number) => void
  /** Where a call stands: in its own minute, or where it was put because it ended in the future. */
  minuteOf: (call: RuleCall, clock: number) => number
  calls: (minute: number) => Iterable<RuleCall>
  sums: (minute: number) => Sums | undefined
  seen: SeenCountries | undefined
  /** Forgets what no window will ask for. */
  forget: (clock: number) => void
}

const nothing: readonly RuleCall[] = []

/** So many minutes late a call may come; older ones are judged by a fold of their own, that keeps all. */
export const lateMost = 60

export function createTraffic(rules: readonly Rule[], keepsAll: boolean): Traffic {
  const minutes = new Map<number, Map<string, RuleCall>>()
  const sums = new Map<number, Sums>()
  const longest = Math.max(...rules.map(({ within }) => within))
  const kept = keepsAll ? Infinity : longest + Math.max(longest, lateMost)
  const against = Math.max(0, ...rules.map((rule) => rule.against ?? 0))
  const compared = against === 0 ? 0 : against + kept
  const days = Math.max(
    0,
    ...rules.map(({ metric, new_days }) => (metric === 'calls to new countries' ? new_days : 0)),
  )
  const seen = days > 0 ? new SeenCountries() : undefined
  return {
    change(call, minute, sign, clock) {
      if (seen && call.answered && call.country !== null) seen.note(call.country, minute, sign)
      if (compared > 0 && minute > clock - compared) {
        let sum = sums.get(minute)
        if (!sum) sums.set(minute, (sum = new Sums()))
        sum.add(call, sign)
      }
      if (minute <= clock - kept) return
      let calls = minutes.get(minute)
      if (sign > 0) {
        if (!calls) minutes.set(minute, (calls = new Map<string, RuleCall>()))
        calls.set(call.key, call)
      } else {
        calls?.delete(call.key)
        if (calls?.size === 0) minutes.delete(minute)
      }
    },
    minuteOf(call, clock) {
      const own = Math.floor(call.ended / minuteMs)
      if (minutes.get(own)?.has(call.key)) return own
      // It ended in the future: it stands in the minute in which it was taken in, which may be any up to now.
      for (let minute = clock; own >= clock && minute > clock - kept; minute--) {
        if (minutes.get(minute)?.has(call.key)) return minute
      }
      return own
    },
    calls: (minute) => minutes.get(minute)?.values() ?? nothing,
    sums: (minute) => sums.get(minute),
    seen,
    forget(clock) {
      for (const minute of minutes.keys()) if (minute <= clock - kept) minutes.delete(minute)
      for (const minute of sums.keys()) if (minute <= clock - compared) sums.delete(minute)
      seen?.forget(clock - days * 1440 - kept)
    },
  }
}
