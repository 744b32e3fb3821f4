// What calls come to by the minute, and windows over it. What a minute came to is kept as its sums alone: no call is kept for them. Pure.

import { parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'
import type { RuleCall } from './call.ts'
import type { Pool } from '../tally/blocks.ts'
import { Tally } from '../tally/tally.ts'

/** What a call counts for. Those of which others are made are kept as what they differ by, which is nothing as a rule. */
const counts = {
  calls: () => 1,
  answered: ({ answered }: RuleCall) => (answered ? 1 : 0),
  seconds: ({ billable }: RuleCall) => billable,
}
const amounts = {
  /** Of a currency where there is one. */
  total: (call: RuleCall, currency: string | null) =>
    call.total === null || (currency !== null && call.currency !== currency) ? 0n : call.total,
  /** By how much the dearest price is above the total. */
  aboveTotal: ({ master, total }: RuleCall) => (master ?? total ?? 0n) - (total ?? 0n),
  cost: ({ cost }: RuleCall) => cost ?? 0n,
  /** Of the total what is of calls whose cost is not known in the same currency; and the cost of the others. */
  uncosted: (call: RuleCall) => (isCosted(call) ? 0n : (call.total ?? 0n)),
  spent: (call: RuleCall) => (isCosted(call) ? (call.cost ?? 0n) : 0n),
}
type Count = keyof typeof counts
type Amount = keyof typeof amounts

const isCosted = ({ cost, total, currency, costCurrency }: RuleCall): boolean =>
  cost !== null && total !== null && currency === costCurrency

/** Which sums are kept. */
export interface Kept {
  counts: readonly Count[]
  amounts: readonly Amount[]
}

/** Sums of calls: those that are kept, the others are zero. */
export class Sums {
  calls = 0
  answered = 0
  seconds = 0
  total = 0n
  aboveTotal = 0n
  cost = 0n
  uncosted = 0n
  spent = 0n
}

/** The sums of a window of minutes, `back` minutes before the one it is moved to. */
export interface Span {
  readonly sums: Sums
  /** To the window that ends with a minute. */
  move: (until: number) => void
}

interface MovingSpan extends Span {
  sums: Sums
  holds: (minute: number) => boolean
}

export interface AtStake {
  currency: string | null
  amount: Money
}

const whole = Number(parseMoney('1'))

export class MinuteSums {
  private readonly tally: Tally
  private readonly kept: Kept
  private readonly currency: string | null
  private readonly spans = new Map<string, MovingSpan>()
  /** Somebody has looked at a window. */
  private isLooked = false
  // Where money of several currencies comes together: how many calls had a price in each, and what they came to.
  private readonly priced = new Map<string, { calls: number; total: number }>()

  /** `currency` is that of the totals; null: each has its own. */
  constructor(kept: Kept, currency: string | null, pool: Pool) {
    this.tally = new Tally(pool)
    this.kept = kept
    this.currency = currency
    kept.counts.forEach(() => this.tally.field())
    kept.amounts.forEach(() => this.tally.field(whole))
  }

  /** Puts a call into a minute, or takes it out. */
  change(call: RuleCall, minute: number, sign: 1 | -1): void {
    const { tally, kept, currency } = this
    const row = tally.rowOf(minute)
    let field = 0
    for (const name of kept.counts) tally.add(row, field++, sign * counts[name](call))
    for (const name of kept.amounts) {
      const amount = amounts[name](call, currency)
      tally.add(row, field++, sign > 0 ? amount : -amount)
    }
    if (this.isLooked)
      for (const span of this.spans.values()) if (span.holds(minute)) this.addCall(span.sums, call, sign)
    if (currency !== null || call.currency === null || call.total === null) return
    let priced = this.priced.get(call.currency)
    if (!priced)
      this.priced.set(call.currency, (priced = { calls: tally.field(), total: tally.field(whole) }))
    tally.add(row, priced.calls, sign)
    tally.add(row, priced.total, sign > 0 ? call.total : -call.total)
  }

  /** A window; whoever asks for one of the same length and age has the same one. */
  span(within: number, back: number): Span {
    const key = `${within} ${back}`
    const known = this.spans.get(key)
    if (known) return known
    const made = this.createSpan(within, back)
    this.spans.set(key, made)
    return made
  }

  /** The first minute after one in which a call stands, or stood. */
  next(after: number): number | undefined {
    const row = this.tally.from(after + 1)
    return row < this.tally.length ? this.tally.at(row) : undefined
  }

  /** What calls of some minutes came to, in the currency of the first that has one. */
  atStake(from: number, until: number): AtStake {
    const { tally, kept, currency, priced } = this
    const [first, last] = [tally.from(from), tally.from(until + 1)]
    const sum = (field: number): Money => {
      let amount = 0n
      for (let row = first; row < last; row++) amount += tally.amount(row, field)
      return amount
    }
    if (currency !== null)
      return { currency, amount: sum(kept.counts.length + kept.amounts.indexOf('total')) }
    for (let row = first; row < last; row++) {
      for (const [currency, { calls, total }] of priced)
        if (tally.count(row, calls) > 0) return { currency, amount: sum(total) }
    }
    return { currency: null, amount: 0n }
  }

  forget(before: number): void {
    this.tally.forget(before)
  }

  private addCall(sums: Sums, call: RuleCall, sign: 1 | -1): void {
    for (const name of this.kept.counts) sums[name] += sign * counts[name](call)
    for (const name of this.kept.amounts) {
      const amount = amounts[name](call, this.currency)
      sums[name] += sign > 0 ? amount : -amount
    }
  }

  private addRows(sums: Sums, from: number, until: number, sign: 1 | -1): void {
    const { tally, kept } = this
    const last = tally.from(until + 1)
    for (let row = tally.from(from); row < last; row++) {
      let field = 0
      for (const name of kept.counts) sums[name] += sign * tally.count(row, field++)
      for (const name of kept.amounts) {
        const amount = tally.amount(row, field++)
        sums[name] += sign > 0 ? amount : -amount
      }
    }
  }

  private createSpan(within: number, back: number): MovingSpan {
    let at = -Infinity
    const add = (from: number, until: number, sign: 1 | -1): void => {
      this.addRows(span.sums, from - back, until - back, sign)
    }
    const span: MovingSpan = {
      sums: new Sums(),
      holds: (minute) => minute > at - back - within && minute <= at - back,
      move: (until) => {
        if (until === at) return
        this.isLooked = true
        if (Math.abs(until - at) >= within) {
          span.sums = new Sums()
          add(until + 1 - within, until, 1)
        } else if (until > at) {
          add(at + 1 - within, until - within, -1)
          add(at + 1, until, 1)
        } else {
          add(until + 1, at, -1)
          add(until + 1 - within, at - within, 1)
        }
        at = until
      },
    }
    return span
  }
}
