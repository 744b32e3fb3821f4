// Whose windows a call leaves, or comes into as one of before, when a minute begins. Pure.

import type { Rule } from './rule.ts'
import type { Traffic } from './traffic.ts'

/** Each stands in one minute at most: the next in which it has to be looked at. */
export interface Due {
  traffic: Traffic
  due: number
}

export interface Agenda<Whose extends Due> {
  /** A call stands in a minute. */
  plan: (whose: Whose, minute: number, clock: number) => void
  /** Who is due in a minute; each once. They stand in the agenda again, where their next minute is. */
  due: (minute: number) => Iterable<Whose>
}

export function createAgenda<Whose extends Due>(rules: readonly Rule[]): Agenda<Whose> {
  const minutes = new Map<number, Set<Whose>>()
  const leaving = [
    ...new Set(
      rules.flatMap(({ within, against }) => [
        within,
        ...(against === null ? [] : [against, against + within]),
      ]),
    ),
  ]
  function put(whose: Whose, at: number): void {
    minutes.get(whose.due)?.delete(whose)
    whose.due = at
    let due = minutes.get(at)
    if (!due) minutes.set(at, (due = new Set()))
    due.add(whose)
  }
  return {
    plan(whose, minute, clock) {
      for (const later of leaving) {
        const at = minute + later
        if (at > clock && at < whose.due) put(whose, at)
      }
    },
    due(minute) {
      const due = minutes.get(minute) ?? []
      minutes.delete(minute)
      for (const whose of due) {
        whose.due = Infinity
        const next = leaving.map((later) => (whose.traffic.sums.next(minute - later) ?? Infinity) + later)
        const at = Math.min(...next)
        if (at < Infinity) put(whose, at)
      }
      return due
    },
  }
}
