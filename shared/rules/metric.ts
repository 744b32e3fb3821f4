// What rules measure. Each metric keeps a state from which a call can be taken out as it was put in, so that windows may move both ways. Pure.

import type { RuleCall } from './call.ts'
import type { MetricName, Rule } from './rule.ts'
import { createAbovePaid, createLongest, createNumbers, createPeak, createRun } from './states.ts'
import type { Figure, Made, State } from './states.ts'

export interface Metric {
  start: (made: Made) => State
  unit: 'money' | 'calls' | 'minutes' | 'seconds' | '%' | 'numbers'
  /** Money of several currencies is never added: that of the client, of the provider, or where both are in one. */
  currency: 'client' | 'provider' | 'both' | null
  /** Its windows can be compared with those of before. */
  isSum: boolean
}

/** Figures that are added up, of a window or of a minute. */
export class Sums implements State {
  calls = 0
  answered = 0
  seconds = 0
  total = 0n
  master = 0n
  cost = 0n
  /** Calls both prices of which are known in one currency. */
  revenue = 0n
  spent = 0n
  readonly read: (sums: Sums) => Figure
  constructor(read: (sums: Sums) => Figure) {
    this.read = read
  }
  add(call: RuleCall, sign: 1 | -1): void {
    this.calls += sign
    if (call.answered) this.answered += sign
    this.seconds += sign * call.billable
    const signed = BigInt(sign)
    if (call.total !== null) this.total += signed * call.total
    this.master += signed * (call.master ?? call.total ?? 0n)
    if (call.cost === null) return
    this.cost += signed * call.cost
    if (call.total === null || call.currency !== call.costCurrency) return
    this.revenue += signed * call.total
    this.spent += signed * call.cost
  }
  addSums(other: Sums, sign: 1 | -1): void {
    this.calls += sign * other.calls
    this.answered += sign * other.answered
    this.seconds += sign * other.seconds
    const signed = BigInt(sign)
    this.total += signed * other.total
    this.master += signed * other.master
    this.cost += signed * other.cost
    this.revenue += signed * other.revenue
    this.spent += signed * other.spent
  }
  figure(): Figure {
    return this.read(this)
  }
}

const sums = (
  unit: Metric['unit'],
  read: (sums: Sums) => Figure,
  currency: Metric['currency'] = null,
): Metric => ({ start: () => new Sums(read), unit, isSum: true, currency })

/** Which currency a call's figure is in; null: in none. */
export function currencyOf(call: RuleCall, whose: Metric['currency']): string | null {
  if (whose === 'provider') return call.costCurrency
  return whose === 'client' || call.currency === call.costCurrency ? call.currency : null
}

/** Counts calls for which something holds. */
function counting(holds: (call: RuleCall, rule: Rule) => boolean): Metric {
  return {
    unit: 'calls',
    isSum: false,
    currency: null,
    start: ({ rule }) => {
      let count = 0
      return {
        add: (call, sign) => {
          if (holds(call, rule)) count += sign
        },
        figure: () => count,
      }
    },
  }
}

const percent = (part: number, whole: number): number | null => (whole === 0 ? null : (part * 100) / whole)

export const metrics = {
  // Money at the client's price, at the dearest one (fraud is judged by it), and what providers charge.
  value: sums('money', ({ total }) => total, 'client'),
  'master value': sums('money', ({ master }) => master, 'client'),
  cost: sums('money', ({ cost }) => cost, 'provider'),
  'margin %': sums(
    '%',
    ({ revenue, spent }) =>
      revenue === 0n ? (spent === 0n ? null : -100) : percent(Number(revenue - spent), Number(revenue)),
    'both',
  ),
  calls: sums('calls', ({ calls }) => calls),
  'answered calls': sums('calls', ({ answered }) => answered),
  minutes: sums('minutes', ({ seconds }) => seconds / 60),
  // Answer-seizure ratio, and the average length of answered calls (ITU-T E.411, E.425).
  'ASR %': sums('%', ({ answered, calls }) => percent(answered, calls)),
  ACD: sums('seconds', ({ seconds, answered }) => (answered === 0 ? null : seconds / answered)),
  'short calls': counting((call, rule) => (call.answered ? call.billable : call.duration) <= rule.short_sec),
  'longest call': { unit: 'seconds', isSum: false, currency: null, start: createLongest },
  'distinct numbers': { unit: 'numbers', isSum: false, currency: null, start: () => createNumbers(false) },
  'sequential numbers': { unit: 'numbers', isSum: false, currency: null, start: () => createNumbers(true) },
  'calls at one time': { unit: 'calls', isSum: false, currency: null, start: createPeak },
  'channels above paid': { unit: 'calls', isSum: false, currency: null, start: createAbovePaid },
  // Consecutive incomplete calls.
  CIC: { unit: 'calls', isSum: false, currency: null, start: createRun },
  'calls to new countries': {
    unit: 'calls',
    isSum: false,
    currency: null,
    start: ({ rule, seen }) => {
      const countries = new Map<string, number>()
      return {
        add: ({ answered, country }, sign) => {
          if (answered && country !== null) countries.set(country, (countries.get(country) ?? 0) + sign)
        },
        figure: (from) => {
          if (!seen?.isKnown(from, rule.new_days)) return null
          let calls = 0
          for (const [country, count] of countries) {
            if (count === 0) countries.delete(country)
            else if (!seen.has(country, from, rule.new_days)) calls += count
          }
          return calls
        },
      }
    },
  },
} as const satisfies Record<MetricName, Metric>
