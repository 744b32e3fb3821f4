// States of metrics that are no sums: they are added to and taken from one call at a time, and look again at all they hold only
// where what was taken out was what counted. Pure.

import type { RuleCall } from './call.ts'
import type { Figure } from './figure.ts'
import type { Rule, RuleFacts, Subject } from './rule.ts'
import type { SeenCountries } from './seen-countries.ts'

/** What a state is made for. */
export interface Made {
  rule: Rule
  facts: RuleFacts
  subject: Subject
  seen: SeenCountries | undefined
}

export interface State {
  /** With `sign` -1 the call is taken out. */
  add: (call: RuleCall, sign: 1 | -1) => void
  /** `from` is the first minute of the window. */
  figure: (from: number) => Figure
}

const changed = (counts: Map<number, number>, key: number, by: number): number => {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
  return count
}

/** The longest call, in seconds. */
export function createLongest(): State {
  const lengths = new Map<number, number>()
  let longest: number | undefined = 0
  return {
    add({ duration }, sign) {
      const count = changed(lengths, duration, sign)
      if (sign > 0) longest = longest === undefined ? undefined : Math.max(longest, duration)
      else if (count === 0 && duration === longest) longest = undefined
    },
    figure(): Figure {
      longest ??= Math.max(0, ...lengths.keys())
      return longest
    },
  }
}

/** How many numbers were called; or the longest row of numbers that follow each other: n, n + 1, n + 2 … */
export function createNumbers(inARow: boolean): State {
  const numbers = new Map<number, number>()
  let row: number | undefined = 0
  const lengthAt = (number: number): number => {
    let [first, last] = [number, number]
    while (numbers.has(first - 1)) first--
    while (numbers.has(last + 1)) last++
    return last - first + 1
  }
  return {
    add({ number }, sign) {
      if (number === null) return
      const key = Number(number)
      const count = changed(numbers, key, sign)
      if (!inARow) return
      if (sign > 0) row = row === undefined ? undefined : Math.max(row, lengthAt(key))
      else if (count === 0) row = undefined
    },
    figure(): Figure {
      if (!inARow) return numbers.size
      if (row === undefined) {
        row = 0
        for (const number of numbers.keys())
          if (!numbers.has(number - 1)) row = Math.max(row, lengthAt(number))
      }
      return row
    },
  }
}

const longestMs = 86_400_000

/** The most calls in one second. Of two calls where one ends as the other begins only one is up. */
export function createPeak(): State {
  const seconds = new Map<number, number>()
  let peak: number | undefined = 0
  return {
    add({ began, ended }, sign) {
      const last = Math.ceil(ended / 1000)
      for (let second = Math.floor(Math.max(began, ended - longestMs) / 1000); second < last; second++) {
        const count = changed(seconds, second, sign)
        if (sign > 0) peak = peak === undefined ? undefined : Math.max(peak, count)
        else if (count + 1 === peak) peak = undefined
      }
    },
    figure(): Figure {
      if (peak === undefined) {
        peak = 0
        for (const count of seconds.values()) if (count > peak) peak = count
      }
      return peak
    },
  }
}

/** How many of them are above the channels the client has paid for; nothing is counted of who has no contract. */
export function createAbovePaid({ facts, subject }: Made): State {
  const paid = facts.channels.get(subject.client_id ?? 0)
  if (paid === undefined) return { add: () => undefined, figure: () => null }
  const { add, figure } = createPeak()
  return { add, figure: (from) => Math.max(0, Number(figure(from)) - paid) }
}

/** How many calls without an answer ended one after another, up to now. */
export function createRun(): State {
  const calls: RuleCall[] = []
  const isBefore = (a: RuleCall, b: RuleCall): boolean =>
    a.ended < b.ended || (a.ended === b.ended && a.key < b.key)
  return {
    add(call, sign) {
      let at = calls.length
      while (at > 0 && isBefore(call, calls[at - 1] ?? call)) at--
      if (sign > 0) calls.splice(at, 0, call)
      // It stands just before: none that is not before it is passed by.
      else if (calls[at - 1]?.key === call.key) calls.splice(at - 1, 1)
    },
    figure(): Figure {
      let run = 0
      while (run < calls.length && calls[calls.length - 1 - run]?.answered === false) run++
      return run
    },
  }
}
