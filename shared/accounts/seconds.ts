// How long a call may last for what is left, found from the price function itself. Pure.

import { formatMoney, parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** What a call of so many seconds costs the client, and at the master tariff (0 where that has no price); the dearest of its minutes, and the connect fee. */
export interface Cost {
  total: Money
  master: Money
  price: Money
  fee: Money
}

/** The cost of a call of `seconds` that is answered `after` so many seconds from now. Never falls as seconds grow. */
export type CostOf = (seconds: number, after: number) => Cost

export interface Limits {
  /** The most seconds that may be allowed at once. */
  most_sec: number
  /** What the call may cost; null: anything. Likewise at the master tariff. */
  money: Money | null
  value: Money | null
  /** How dear its minutes may be; null: as they are. */
  price: Money | null
  /** The moments of the answer that are possible, in seconds from now; the dearest of them decides. */
  answers: readonly number[]
}

/** Seconds and what they cost at most; 0 seconds when not even one can be paid for. */
export interface Allowance extends Cost {
  seconds: number
}

const nothing: Cost = { total: 0n, master: 0n, price: 0n, fee: 0n }
const amounts = ['total', 'master', 'price', 'fee'] as const

/** Whether an amount is within a limit; null: there is none. */
export function isWithin(amount: Money, most: Money | null): boolean {
  return most === null || amount <= most
}

/** The most seconds within the limits. One more would cost too much at some moment of the answer, or be more than `most_sec`. */
export function longestCall(costOf: CostOf, limits: Limits): Allowance {
  const fits = (seconds: number, after: number): boolean => {
    const { total, master, price } = costOf(seconds, after)
    return isWithin(total, limits.money) && isWithin(master, limits.value) && isWithin(price, limits.price)
  }
  // What fits one moment is tried at the next, and shortened where it does not. The last comes first: where hours change within the ring,
  // it or the first is dearest as a rule, and the others are asked once.
  let seconds = limits.most_sec
  for (const after of new Set([...limits.answers.slice(-1), ...limits.answers])) {
    if (seconds === 0) break
    if (fits(seconds, after)) continue
    // Between what fits and what does not: at most 17 prices for a day.
    let [low, high] = [0, seconds]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (fits(middle, after)) low = middle
      else high = middle
    }
    seconds = low
  }
  const most = { seconds, ...nothing }
  if (seconds === 0) return most
  for (const after of limits.answers) {
    const cost = costOf(seconds, after)
    for (const what of amounts) if (cost[what] > most[what]) most[what] = cost[what]
  }
  return most
}

/** Exact text of an amount, null for null. */
export function readAmount(text: string | null): Money | null {
  return text === null ? null : parseMoney(text)
}

export function writeAmount(money: Money): string {
  return formatMoney(money)
}
