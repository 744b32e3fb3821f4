// A window of minutes over the calls of one subject. It moves to any minute, forth and back, by what comes in and what falls out. Pure.

import type { Money } from '../money/money.ts'
import type { RuleCall } from './call.ts'
import { percentUp } from './figure.ts'
import type { Figure } from './figure.ts'
import { figureOf, metrics, Sums } from './metric.ts'
import { isStateMetric } from './rule.ts'
import type { Rule, RuleFacts, Subject } from './rule.ts'
import type { State } from './states.ts'
import type { Traffic } from './traffic.ts'

export interface Window {
  /** A call came into the traffic, or was taken out: it may be in the window where it stands. */
  enter: (call: RuleCall, minute: number, sign: 1 | -1) => void
  /** To the window that ends with a minute. */
  move: (until: number) => void
  /** Null: there is none, or too few calls to judge. */
  figure: () => Figure
  /** What its calls came to, in the currency of the first that has one. */
  atStake: () => { currency: string | null; amount: Money }
}

export function createWindow(rule: Rule, traffic: Traffic, facts: RuleFacts, subject: Subject): Window {
  const { within, against } = rule
  const metric = isStateMetric(rule.metric) ? undefined : metrics[rule.metric]
  const isPart = metric?.unit === '%' || rule.metric === 'ACD'
  const of = metric?.of ?? null
  const made = { rule, facts, subject, seen: traffic.seen }
  const start = (): State | null => metric?.start?.(made) ?? null
  let state = start()
  let sums = new Sums()
  let at = -Infinity
  // The same window of a day or a week before, of sums alone.
  let before = new Sums()

  const add = (call: RuleCall, sign: 1 | -1): void => {
    state?.add(call, sign)
    sums.add(call, sign)
  }
  function minute(moved: number, sign: 1 | -1): void {
    for (const call of traffic.calls(moved)) add(call, sign)
  }
  function minuteBefore(moved: number, sign: 1 | -1): void {
    const minuteSums = against === null ? undefined : traffic.sums(moved - against)
    if (minuteSums) before.addSums(minuteSums, sign)
  }
  return {
    enter(call, entered, sign) {
      if (entered > at - within && entered <= at) add(call, sign)
      if (against !== null && entered > at - against - within && entered <= at - against)
        before.add(call, sign)
    },
    move(until) {
      if (until === at) return
      if (Math.abs(until - at) >= within) {
        state = start()
        sums = new Sums()
        before = new Sums()
        at = until
        for (let moved = until + 1 - within; moved <= until; moved++) {
          minute(moved, 1)
          minuteBefore(moved, 1)
        }
      }
      for (; at < until; at++) {
        minute(at + 1 - within, -1)
        minute(at + 1, 1)
        minuteBefore(at + 1 - within, -1)
        minuteBefore(at + 1, 1)
      }
      for (; at > until; at--) {
        minute(at, -1)
        minute(at - within, 1)
        minuteBefore(at, -1)
        minuteBefore(at - within, 1)
      }
    },
    figure() {
      // Of few calls a part or an average says nothing; that there are few is what a sum is about.
      const compared = against !== null
      const enough = !compared ? sums.calls : isPart ? Math.min(sums.calls, before.calls) : before.calls
      if (enough < rule.calls_least || !metric) return null
      if (!of) return compared ? null : (state?.figure(at + 1 - within) ?? null)
      if (!compared) return figureOf(metric, of(sums))
      const up = percentUp(of(sums), of(before))
      return up && rule.compare === 'down by %' ? { ...up, over: -up.over } : up
    },
    atStake() {
      let currency = subject.currency
      let amount = 0n
      for (let moved = at + 1 - within; moved <= at; moved++) {
        for (const call of traffic.calls(moved)) {
          if (call.total === null || call.currency === null) continue
          currency ??= call.currency
          if (call.currency === currency) amount += call.total
        }
      }
      return { currency, amount }
    },
  }
}
