// What rules measure. Each metric keeps a state from which a call can be taken out as it was put in, so that windows may move both ways. Pure.

import type { RuleCall } from './call.ts'
import { fraction } from './figure.ts'
import type { Figure, Fraction } from './figure.ts'
import type { MetricName, Rule } from './rule.ts'
import { createAbovePaid, createLongest, createNumbers, createPeak, createRun } from './states.ts'
import type { Made, State } from './states.ts'

export interface Metric {
  unit: 'money' | 'calls' | 'minutes' | 'seconds' | '%' | 'numbers'
  /** Money of several currencies is never added: that of the client, of the provider, or where both are in one. */
  currency: 'client' | 'provider' | 'both' | null
  /** What is measured of sums: such a metric can be compared with the same window of before. Null: it is no sum. */
  of: ((sums: Sums) => Fraction | null) | null
  /** The state of a metric that is no sum. */
  start: ((made: Made) => State) | null
}

/** Figures that are added up, of a window or of a minute. */
export class Sums {
  calls = 0
  answered = 0
  seconds = 0
  total = 0n
  master = 0n
  cost = 0n
  /** Calls both prices of which are known in one currency. */
  revenue = 0n
  spent = 0n
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
}

const sums = (
  unit: Metric['unit'],
  of: (sums: Sums) => Fraction | null,
  currency: Metric['currency'] = null,
): Metric => ({ unit, currency, of, start: null })

const state = (unit: Metric['unit'], start: (made: Made) => State): Metric => ({
  ...{ unit, currency: null, of: null, start },
})

/** A sum as rules judge and people read it: money and per cents are exact. */
export function figureOf({ unit }: Metric, measured: Fraction | null): Figure {
  if (measured === null || unit === '%') return measured
  return unit === 'money' ? measured.over : Number(measured.over) / Number(measured.under)
}

/** Which currency a call's figure is in; null: in none. */
export function currencyOf(call: RuleCall, whose: Metric['currency']): string | null {
  if (whose === 'provider') return call.costCurrency
  return whose === 'client' || call.currency === call.costCurrency ? call.currency : null
}

/** Counts calls for which something holds. */
function counting(holds: (call: RuleCall, rule: Rule) => boolean): Metric {
  return state('calls', ({ rule }) => {
    let count = 0
    return {
      add: (call, sign) => {
        if (holds(call, rule)) count += sign
      },
      figure: () => count,
    }
  })
}

const whole = (count: bigint | number): Fraction => ({ over: BigInt(count), under: 1n })
const part = (count: number, of: number): Fraction | null => fraction(BigInt(count), BigInt(of))

export const metrics = {
  // Money at the client's price, at the dearest one (fraud is judged by it), and what providers charge.
  value: sums('money', ({ total }) => whole(total), 'client'),
  'master value': sums('money', ({ master }) => whole(master), 'client'),
  cost: sums('money', ({ cost }) => whole(cost), 'provider'),
  'margin %': sums(
    '%',
    ({ revenue, spent }) =>
      revenue === 0n && spent !== 0n ? whole(-100) : fraction((revenue - spent) * 100n, revenue),
    'both',
  ),
  calls: sums('calls', ({ calls }) => whole(calls)),
  'answered calls': sums('calls', ({ answered }) => whole(answered)),
  minutes: sums('minutes', ({ seconds }) => part(seconds, 60)),
  // Answer-seizure ratio, and the average length of answered calls (ITU-T E.411, E.425).
  'ASR %': sums('%', ({ answered, calls }) => part(answered * 100, calls)),
  ACD: sums('seconds', ({ seconds, answered }) => part(seconds, answered)),
  'short calls': counting((call, rule) => (call.answered ? call.billable : call.duration) <= rule.short_sec),
  'longest call': state('seconds', createLongest),
  'distinct numbers': state('numbers', () => createNumbers(false)),
  'sequential numbers': state('numbers', () => createNumbers(true)),
  'calls at one time': state('calls', createPeak),
  'channels above paid': state('calls', createAbovePaid),
  // Consecutive incomplete calls.
  CIC: state('calls', createRun),
  'calls to new countries': state('calls', ({ rule, seen }) => {
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
  }),
} as const satisfies Record<MetricName, Metric>
