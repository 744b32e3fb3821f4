// What a call that has not been made would cost, by the stage that will price its record.

import type { Call, Outcome, Stage } from '../line/stage.ts'
import { decisionOf } from '../rating/decision.ts'
import type { Account, Price } from './known.ts'
import { readAmount } from './seconds.ts'
import type { Cost } from './seconds.ts'

/** What the facts of the stage hold that is used here. */
export type Priced = Call & {
  billsec: number
  answered_at: number
  carried: boolean
  bundles: { id: number; earlier: number }[] | null
  tarifs: { days: unknown; from_time: unknown; to_time: unknown }[] | null
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
  const costOf = (seconds: number, after: number): Cost => {
    const { total, master_total } = decided(seconds, after)
    return { total: readAmount(textOf(total)) ?? 0n, master: readAmount(textOf(master_total)) ?? 0n }
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
    byHour: (facts.tarifs ?? []).some(({ days, from_time, to_time }) =>
      [days, from_time, to_time].some((part) => part !== null),
    ),
    currency: textOf(decided(1, 0)['currency']),
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
