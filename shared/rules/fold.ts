// The fold over calls and the clock that says which incidents begin, grow and end. watch feeds it with what happens, rehearse with what
// happened. Windows are of whole minutes: the running one and those before it. A call counts in the minute in which it ended.

import { minuteMs } from './call.ts'
import type { RuleCall } from './call.ts'
import type { Figure } from './figure.ts'
import { createGroup } from './group.ts'
import type { Group } from './group.ts'
import type { Incident, Turn } from './incident.ts'
import { sameCalls } from './filter.ts'
import { isSum, metrics } from './metric.ts'
import { isStateMetric } from './rule.ts'
import type { Rule, RuleFacts, Subject } from './rule.ts'

/** Something about an incident that is to be told. */
export interface Finding {
  turn: Turn
  rule: Rule
  subject: Subject
  incident: Incident
}

export interface Fold {
  /** Takes in a call, or what it became: `before` is how it was taken in last. Judges all windows it is in, if `judging`. */
  take: (after: RuleCall | null, before: RuleCall | null, judging: boolean) => void
  /** Moves the clock, to epoch milliseconds; never back. */
  advance: (now: number) => void
  /** A figure of the system as it is now. */
  note: (rule: Rule, subject: Subject, figure: Figure) => void
  /** An incident that is known from before. */
  resume: (ruleId: number, subject: Subject, incident: Incident) => void
  /** What there is to tell since it was asked last, in the order it was found. */
  findings: () => Finding[]
}

/** Starts at a moment, in epoch milliseconds. It forgets what no window will ask for, unless it `keepsAll`. */
export function createFold(rules: readonly Rule[], facts: RuleFacts, now: number, keepsAll = false): Fold {
  let found: Finding[] = []
  let clock = Math.floor(now / minuteMs)
  let moment = now
  const tell = (turn: Turn, rule: Rule, subject: Subject, incident: Incident): void => {
    found.push({ turn, rule, subject, incident })
  }
  const byKey = new Map<string, Rule[]>()
  for (const rule of rules) {
    // Figures of the system stand alone; money is kept apart by whose currency it is, what is no sum because it keeps calls.
    const key = isStateMetric(rule.metric)
      ? `state ${rule.id}`
      : `${metrics[rule.metric].currency ?? ''} ${String(isSum(rule))} ${sameCalls(rule)}`
    byKey.set(key, [...(byKey.get(key) ?? []), rule])
  }
  const groups = [...byKey.values()].map((alike): Group => createGroup(alike, facts, tell, keepsAll))
  const byRule = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule.id, group])))
  return {
    take(after, before, judging) {
      for (const group of groups) group.take(after, before, { clock, moment, judging })
    },
    advance(to) {
      const until = Math.floor(to / minuteMs)
      for (const group of groups) group.settle(clock)
      while (clock < until) {
        clock++
        moment = clock * minuteMs
        for (const group of groups) group.tick(clock, moment)
      }
      moment = Math.max(moment, to)
      for (const group of groups) group.look(clock, moment)
    },
    note(rule, subject, figure) {
      byRule.get(rule.id)?.note(rule, subject, figure, moment)
    },
    resume(ruleId, subject, incident) {
      byRule.get(ruleId)?.resume(ruleId, subject, incident)
    },
    findings() {
      for (const group of groups) group.settle(clock)
      const told = found
      found = []
      return told
    },
  }
}
