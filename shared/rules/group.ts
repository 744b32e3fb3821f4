// Rules about the same calls: they share the calls of each subject, by the minute. Pure.

import { createAgenda } from './agenda.ts'
import type { Due } from './agenda.ts'
import { minuteMs } from './call.ts'
import type { RuleCall } from './call.ts'
import { createJudge, stake, turn } from './incident.ts'
import type { Incident, Incidents, Judge, Turn } from './incident.ts'
import type { Figure } from './figure.ts'
import { Pool } from '../tally/blocks.ts'
import { createFilter, subjectOf } from './filter.ts'
import { currencyOf, isSum, metrics } from './metric.ts'
import { isStateMetric, keyOf } from './rule.ts'
import type { Rule, RuleFacts, Subject } from './rule.ts'
import { createTraffic } from './traffic.ts'
import { createWindow } from './window.ts'
import type { Window } from './window.ts'

interface Now {
  clock: number
  moment: number
  judging: boolean
}

export interface Group {
  rules: readonly Rule[]
  take: (after: RuleCall | null, before: RuleCall | null, now: Now) => void
  /** Judges what came late since it was asked last. */
  settle: (clock: number) => void
  /** A minute begins: calls leave windows. */
  tick: (clock: number, moment: number) => void
  /** Whether open incidents are over. */
  look: (clock: number, moment: number) => void
  note: (rule: Rule, subject: Subject, figure: Figure, moment: number) => void
  resume: (ruleId: number, subject: Subject, incident: Incident) => void
}

interface Watched extends Due {
  subject: Subject
  windows: Window[]
  incidents: Incidents[]
}

type Tell = (turn: Turn, rule: Rule, subject: Subject, incident: Incident) => void

export function createGroup(rules: readonly Rule[], facts: RuleFacts, tell: Tell, keepsAll: boolean): Group {
  const [first] = rules
  if (!first) throw new Error('a group has rules')
  const isAbout = createFilter(first, facts)
  const judges: Judge[] = rules.map(createJudge)
  const counted = !isStateMetric(first.metric)
  const keepsCalls = !isSum(first)
  const inCurrency = isStateMetric(first.metric) ? null : metrics[first.metric].currency
  const watched = new Map<string, Watched>()
  const pool = new Pool()
  const agenda = createAgenda<Watched>(rules)
  const open = new Set<Watched>()
  // By the minute in which late records ended, the first moment of them.
  const late = new Map<Watched, Map<number, number>>()
  function of(subject: Subject): Watched {
    const key = keyOf(subject)
    const known = watched.get(key)
    if (known) return known
    const traffic = createTraffic(rules, keepsAll, subject.currency, pool)
    const made = {
      subject,
      traffic,
      due: Infinity,
      windows: rules.map((rule) => createWindow(rule, traffic, facts, subject)),
      incidents: rules.map((): Incidents => ({ open: null, over: [] })),
    }
    watched.set(key, made)
    return made
  }
  function subjectIn(call: RuleCall | null): Watched | null {
    if (!call || !isAbout(call)) return null
    const currency = inCurrency && currencyOf(call, inCurrency)
    if (inCurrency && currency === null) return null
    const subject = subjectOf(first?.scope ?? 'all', call, currency)
    return subject && of(subject)
  }
  function judge(one: Watched, at: number, until: number, moment: number, clock: number): void {
    const rule = rules[at]
    const judged = judges[at]
    const window = one.windows[at]
    const incidents = one.incidents[at]
    if (!rule || !judged || !window || !incidents) return
    window.move(until)
    const figure = window.figure()
    // As nearly always.
    if (incidents.open === null && (figure === null || !judged.passes(figure))) return
    const turned = turn(rule, judged, incidents, { figure, moment, late: until < clock }, (worst) => {
      const { currency, amount } = window.atStake()
      return {
        ...{ opened: moment, closed: null, figure: worst, backSince: null },
        ...{ atStake: amount, saved: 0n, currency },
      }
    })
    if (turned) tell(turned.turn, rule, one.subject, turned.incident)
    if (incidents.open) open.add(one)
  }
  function enter(one: Watched, call: RuleCall, { clock, moment, judging }: Now): void {
    // What ends in the future ends now.
    const minute = Math.min(Math.floor(call.ended / minuteMs), clock)
    one.traffic.change(call, minute, 1, clock)
    if (keepsCalls) for (const window of one.windows) window.enter(call, minute, 1)
    agenda.plan(one, minute, clock)
    if (!judging) return
    const ended = Math.min(call.ended, moment)
    for (const { open: incident } of one.incidents) if (incident) stake(incident, call)
    if (minute === clock) {
      for (const at of rules.keys()) judge(one, at, clock, ended, clock)
      return
    }
    let minutes = late.get(one)
    if (!minutes) late.set(one, (minutes = new Map<number, number>()))
    minutes.set(minute, Math.min(ended, minutes.get(minute) ?? Infinity))
  }
  /** Judges every window that holds a minute late records were of: all of them together, so that none is judged half. */
  function sweep(one: Watched, minutes: ReadonlyMap<number, number>, clock: number): void {
    const [first, last] = [Math.min(...minutes.keys()), Math.max(...minutes.keys())]
    for (const [at, { within }] of rules.entries()) {
      for (let until = first; until <= Math.min(clock, last + within - 1); until++)
        judge(one, at, until, minutes.get(until) ?? until * minuteMs, clock)
      one.windows[at]?.move(clock)
    }
  }
  return {
    rules,
    take(after, before, now) {
      if (!counted) return
      const was = subjectIn(before)
      if (was && before) {
        const minute = was.traffic.minuteOf(before)
        was.traffic.change(before, minute, -1, now.clock)
        if (keepsCalls) for (const window of was.windows) window.enter(before, minute, -1)
      }
      const is = subjectIn(after)
      if (is && after) enter(is, after, now)
    },
    settle(clock) {
      for (const [one, minutes] of late) sweep(one, minutes, clock)
      late.clear()
    },
    tick(clock, moment) {
      for (const one of agenda.due(clock)) for (const at of rules.keys()) judge(one, at, clock, moment, clock)
      for (const one of open)
        for (const at of rules.keys()) if (one.incidents[at]?.open) judge(one, at, clock, moment, clock)
      // Once an hour what no window will ask for is forgotten.
      if (clock % 60 === 0) for (const one of watched.values()) one.traffic.forget(clock)
    },
    look(clock, moment) {
      for (const one of open) {
        for (const [at, rule] of rules.entries()) {
          if (one.incidents[at]?.open && !isStateMetric(rule.metric)) judge(one, at, clock, moment, clock)
        }
        if (one.incidents.every((incidents) => incidents.open === null)) open.delete(one)
      }
    },
    note(rule, subject, figure, moment) {
      const at = rules.indexOf(rule)
      const [judged, incidents] = [judges[at], of(subject).incidents[at]]
      if (!judged || !incidents) return
      const turned = turn(rule, judged, incidents, { figure, moment, late: false }, (worst) => ({
        ...{ opened: moment, closed: null, figure: worst, backSince: null, atStake: 0n, saved: 0n },
        currency: subject.currency,
      }))
      if (turned) tell(turned.turn, rule, subject, turned.incident)
    },
    resume(ruleId, subject, incident) {
      const at = rules.findIndex(({ id }) => id === ruleId)
      const one = of(subject)
      const incidents = one.incidents[at]
      if (!incidents) return
      if (incident.closed === null) {
        incidents.open = incident
        open.add(one)
      } else incidents.over.push(incident)
    },
  }
}
