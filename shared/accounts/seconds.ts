// How long a call may last for what is left, found from the price function itself. Pure.

import { formatMoney, parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** What a call of so many seconds costs the client, and at the master tariff (0 where that has no price). */
export interface Cost {
  total: Money
  master: Money
}

/** The cost of a call of `seconds` that is answered `after` so many seconds from now. Never falls as seconds grow. */
export type CostOf = (seconds: number, after: number) => Cost

export interface Limits {
  /** The most seconds that may be allowed at once. */
  most_sec: number
  /** What the call may cost; null: anything. Likewise at the master tariff. */
  money: Money | null
  value: Money | null
  /** The moments of the answer that are possible, in seconds from now; the dearest of them decides. */
  answers: readonly number[]
}

/** Seconds and what they cost at most; 0 seconds when not even one can be paid for. */
export interface Allowance {
  seconds: number
  total: Money
  master: Money
}

/** The most seconds within the limits. One more would cost too much at some moment of the answer, or be more than `most_sec`. */
export function longestCall(costOf: CostOf, limits: Limits): Allowance {
  const dearest = (seconds: number): Allowance => {
    let [total, master] = [0n, 0n]
    for (const after of limits.answers) {
      const cost = costOf(seconds, after)
      if (cost.total > total) total = cost.total
      if (cost.master > master) master = cost.master
    }
    return { seconds, total, master }
  }
  const fits = ({ total, master }: Allowance): boolean =>
    (limits.money === null || total <= limits.money) && (limits.value === null || master <= limits.value)
  const all = dearest(limits.most_sec)
  if (fits(all)) return all
  // Between what fits and what does not: at most 17 prices for a day.
  let [low, high] = [{ seconds: 0, total: 0n, master: 0n }, limits.most_sec]
  while (high - low.seconds > 1) {
    const middle = dearest(Math.floor((low.seconds + high) / 2))
    if (fits(middle)) low = middle
    else high = middle.seconds
  }
  return low
}

/** Exact text of an amount, null for null. */
export function readAmount(text: string | null): Money | null {
  return text === null ? null : parseMoney(text)
}

export function writeAmount(money: Money): string {
  return formatMoney(money)
}
