// Whose windows a call leaves, or comes into as one of before, when a minute begins. Pure.

import type { Rule } from './rule.ts'

export interface Agenda<Whose> {
  /** A call stands in a minute. */
  plan: (whose: Whose, minute: number, clock: number) => void
  /** Who is due in a minute; each once. */
  due: (minute: number) => Iterable<Whose>
}

export function createAgenda<Whose>(rules: readonly Rule[]): Agenda<Whose> {
  const minutes = new Map<number, Set<Whose>>()
  const leaving = new Set(
    rules.flatMap(({ within, against }) => [
      within,
      ...(against === null ? [] : [against, against + within]),
    ]),
  )
  return {
    plan(whose, minute, clock) {
      for (const later of leaving) {
        const at = minute + later
        if (at <= clock) continue
        let due = minutes.get(at)
        if (!due) minutes.set(at, (due = new Set()))
        due.add(whose)
      }
    },
    due(minute) {
      const due = minutes.get(minute) ?? []
      minutes.delete(minute)
      return due
    },
  }
}
