// What rules measure. Each metric keeps a state from which a call can be taken out as it was put in, so that windows may move both ways. Pure.

import type { RuleCall } from './call.ts'
import { fraction } from './figure.ts'
import type { Figure, Fraction } from './figure.ts'
import { isStateMetric } from './rule.ts'
import type { MetricName, Rule } from './rule.ts'
import { createAbovePaid, createLongest, createNumbers, createPeak, createRun } from './states.ts'
import type { Made, State } from './states.ts'
import type { Kept, Sums } from './sums.ts'

export interface Metric {
  unit: 'money' | 'calls' | 'minutes' | 'seconds' | '%' | 'numbers'
  /** Money of several currencies is never added: that of the client, of the provider, or where both are in one. */
  currency: 'client' | 'provider' | 'both' | null
  /** What is measured of sums: such a metric can be compared with the same window of before. Null: it is no sum. */
  of: ((sums: Sums) => Fraction | null) | null
  /** The state of a metric that is no sum. */
  start: ((made: Made) => State) | null
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
  'master value': sums('money', ({ total, aboveTotal }) => whole(total + aboveTotal), 'client'),
  cost: sums('money', ({ cost }) => whole(cost), 'provider'),
  'margin %': sums(
    '%',
    ({ total, uncosted, spent }) => {
      const revenue = total - uncosted
      return revenue === 0n && spent !== 0n ? whole(-100) : fraction((revenue - spent) * 100n, revenue)
    },
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

/** Whether a rule's figure is made of sums; calls themselves need not be kept for it. */
export const isSum = ({ metric }: Rule): boolean => isStateMetric(metric) || metrics[metric].of !== null

/** Which sums rules ask for that are about the same calls, and what is at stake in them. */
export function keptFor([first]: readonly Rule[]): Kept {
  if (!first || isStateMetric(first.metric) || !isSum(first)) return { counts: ['calls'], amounts: [] }
  switch (metrics[first.metric].currency) {
    case null:
      return { counts: ['calls', 'answered', 'seconds'], amounts: [] }
    case 'client':
      return { counts: ['calls'], amounts: ['total', 'aboveTotal'] }
    case 'provider':
      return { counts: ['calls'], amounts: ['total', 'cost'] }
    case 'both':
      return { counts: ['calls'], amounts: ['total', 'uncosted', 'spent'] }
  }
}
