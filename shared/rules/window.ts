// A window of minutes over the calls of one subject, as a rule looks at it. It moves to any minute, forth and back, by what comes in and what falls out. Pure.

import type { RuleCall } from './call.ts'
import { percentUp } from './figure.ts'
import type { Figure } from './figure.ts'
import { figureOf, metrics } from './metric.ts'
import type { Metric } from './metric.ts'
import { isStateMetric } from './rule.ts'
import type { Rule, RuleFacts, Subject } from './rule.ts'
import type { State } from './states.ts'
import type { AtStake, MinuteSums, Span } from './sums.ts'
import type { Traffic } from './traffic.ts'

export interface Window {
  /** A call came into the traffic, or was taken out: it may be in the window where it stands. */
  enter: (call: RuleCall, minute: number, sign: 1 | -1) => void
  /** To the window that ends with a minute. */
  move: (until: number) => void
  /** Null: there is none, or too few calls to judge. */
  figure: () => Figure
  /** What its calls came to, in the currency of the first that has one. */
  atStake: () => AtStake
}

export function createWindow(rule: Rule, traffic: Traffic, facts: RuleFacts, subject: Subject): Window {
  const metric: Metric | null = isStateMetric(rule.metric) ? null : metrics[rule.metric]
  const { start } = metric ?? {}
  if (!metric || !start) return new SumWindow(rule, traffic, metric)
  return createCallWindow(rule, traffic, () => start({ rule, facts, subject, seen: traffic.seen }))
}

/** There is a window for each rule and subject, and most are of sums: as objects of a class they are small. */
class SumWindow implements Window {
  private at = -Infinity
  private readonly rule: Rule
  private readonly metric: Metric | null
  private readonly sums: MinuteSums
  private readonly span: Span
  private readonly before: Span | null

  constructor(rule: Rule, { sums }: Traffic, metric: Metric | null) {
    this.rule = rule
    this.metric = metric
    this.sums = sums
    this.span = sums.span(rule.within, 0)
    this.before = rule.against === null ? null : sums.span(rule.within, rule.against)
  }

  enter(): void {
    // The sums of the traffic know.
  }

  move(until: number): void {
    this.at = until
    this.span.move(until)
    this.before?.move(until)
  }

  figure(): Figure {
    const { rule, metric } = this
    const { sums } = this.span
    if (!metric?.of) return null
    if (!this.before) return sums.calls < rule.calls_least ? null : figureOf(metric, metric.of(sums))
    const before = this.before.sums
    // Of few calls a part or an average says nothing; that there are few is what a sum is about.
    const isPart = metric.unit === '%' || rule.metric === 'ACD'
    if ((isPart ? Math.min(sums.calls, before.calls) : before.calls) < rule.calls_least) return null
    const up = percentUp(metric.of(sums), metric.of(before))
    return up && rule.compare === 'down by %' ? { ...up, over: -up.over } : up
  }

  atStake(): AtStake {
    return this.sums.atStake(this.at + 1 - this.rule.within, this.at)
  }
}

/** Of what is no sum: its state takes in the calls themselves, and they leave it one by one. */
function createCallWindow(
  { within, against, calls_least }: Rule,
  traffic: Traffic,
  start: () => State,
): Window {
  const span = traffic.sums.span(within, 0)
  let state = start()
  let at = -Infinity
  function minute(moved: number, sign: 1 | -1): void {
    for (const call of traffic.calls(moved)) state.add(call, sign)
  }
  return {
    enter(call, entered, sign) {
      if (entered > at - within && entered <= at) state.add(call, sign)
    },
    move(until) {
      span.move(until)
      if (Math.abs(until - at) >= within) {
        state = start()
        at = until
        for (let moved = until + 1 - within; moved <= until; moved++) minute(moved, 1)
      }
      for (; at < until; at++) {
        minute(at + 1 - within, -1)
        minute(at + 1, 1)
      }
      for (; at > until; at--) {
        minute(at, -1)
        minute(at - within, 1)
      }
    },
    figure() {
      // What is no sum is compared with nothing.
      if (against !== null || span.sums.calls < calls_least) return null
      return state.figure(at + 1 - within)
    },
    atStake: () => traffic.sums.atStake(at + 1 - within, at),
  }
}
