// What a call that has not been made would cost, by the stage that will price its record.

import type { Call, Outcome, Stage } from '../line/stage.ts'
import type { Money } from '../money/money.ts'
import { decisionOf } from '../rating/decision.ts'
import { isSteady } from '../rating/hours.ts'
import type { Hours } from '../rating/hours.ts'
import type { Account, Price } from './known.ts'
import { readAmount } from './seconds.ts'
import type { Cost } from './seconds.ts'

/** What the facts of the stage hold that is used here. */
export type Priced = Call & {
  billsec: number
  answered_at: number
  carried: boolean
  bundles: { id: number; earlier: number }[] | null
  chain: { time_zone: string | null }[] | null
  tarifs: Hours[] | null
}

/** Seconds of bundles that open reservations count on are gone. */
export function withHeld<Tariff extends Priced>(facts: Tariff, account: Account | null): Tariff {
  if (!account || !facts.bundles) return facts
  const bundles = facts.bundles.map((bundle) => ({
    ...bundle,
    earlier: bundle.earlier + (account.bundles_held[bundle.id] ?? 0),
  }))
  return { ...facts, bundles }
}

export function priceOf<Tariff extends Priced>(
  tariff: Stage<Tariff>,
  facts: Tariff,
  at: number,
  carried: boolean,
): Price | { problem: string } {
  const decide = (seconds: number, after: number): Outcome =>
    tariff.decide({ ...facts, carried, billsec: seconds, answered_at: at + after * 1_000 })
  const first = decide(1, 0)
  if ('problem' in first) return { problem: first.problem }
  // The first second and the last are asked for more than once.
  const known = new Map<string, Record<string, unknown>>([['1 0', decisionOf(first.found)]])
  const decided = (seconds: number, after: number): Record<string, unknown> => {
    const key = `${seconds} ${after}`
    let decision = known.get(key)
    if (!decision) {
      const outcome = decide(seconds, after)
      if ('problem' in outcome) throw new Error(outcome.problem)
      decision = decisionOf(outcome.found)
      known.set(key, decision)
    }
    return decision
  }
  // Of the client's plan and of the root, whose price is asked as well; what says none is in UTC.
  const zones = ['UTC', ...(facts.chain ?? []).flatMap(({ time_zone }) => time_zone ?? [])]
  const costOf = (seconds: number, after: number): Cost => {
    const { total, master_total, price, connect_fee, steps } = decided(seconds, after)
    // Where the price changes on the way each stretch of the call has its own.
    const stretches = Array.isArray(steps) ? steps.map((step: { price: string }) => step.price) : []
    return {
      total: amountOf(total),
      master: amountOf(master_total),
      price: [price, ...stretches].map(amountOf).reduce((most, one) => (one > most ? one : most)),
      fee: amountOf(connect_fee),
    }
  }
  return {
    costOf,
    figuresOf(seconds) {
      const { price, connect_fee, bundle_id, free_sec } = decided(seconds, 0)
      return {
        price: textOf(price) ?? '0',
        connect_fee: textOf(connect_fee) ?? '0',
        bundle_id: typeof bundle_id === 'number' ? bundle_id : null,
        free_sec: typeof free_sec === 'number' ? free_sec : 0,
      }
    },
    isSteady: (seconds) =>
      zones.every((zone) => isSteady({ answered_at: at, billable_sec: seconds }, facts.tarifs ?? [], zone)),
    currency: textOf(decided(1, 0)['currency']),
  }
}

function amountOf(value: unknown): Money {
  return readAmount(textOf(value)) ?? 0n
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
