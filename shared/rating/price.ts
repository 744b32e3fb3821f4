// The price of a call under a plan: the rows in force moment by moment, and what follows from them.

import { formatMoney, roundMoney } from '../money/money.ts'
import type { Rounding } from '../money/money.ts'
import { chargeCall } from './charge.ts'
import type { ChargedStep, Increments, Stretch } from './charge.ts'
import { momentsOf } from './hours.ts'
import type { Moment } from './hours.ts'
import { resolvedPlan } from './plan.ts'
import type { Plan, ResolvedPlan } from './plan.ts'
import { freeByRule, rankedTarifs } from './winning-tarif.ts'
import type { CallToPrice, Rule, Tarif } from './winning-tarif.ts'

/** What ChargedStep says, as text: `amount` is not rounded, but cut after 16 decimals where it has no end. */
export type PricedStep = Omit<ChargedStep, 'amount'> & { amount: string }

/** A price and all that went into it. */
export interface Price {
  rule: Rule
  /** The row in force when the call was answered; its connect_fee and max_charge hold for the whole call. */
  tarif: Tarif | null
  /** Of every row that could win at some moment, the strongest first. */
  codes: readonly string[]
  /** The plan that was priced; the row may stand in a plan it is based on. */
  tarifnum: number
  /** Per minute, where the first step begins; likewise first_sec and step_sec. */
  price: string
  connect_fee: string
  max_charge: string | null
  first_sec: number
  step_sec: number
  increments: Increments
  grace_sec: number
  decimals: number
  rounding: Rounding
  billable_sec: number
  free_sec: number
  charged_sec: number
  /** Null where all charged seconds cost `price` by `tarif`. */
  steps: readonly PricedStep[] | null
  /** After connect_fee and max_charge; `total` is this, rounded. */
  unrounded: string
  total: string
  currency: string
}

/**
 * Prices a call under the plan that heads `chain`; its base follows, and so on to the root.
 * `candidates` are rows valid when the call began; rows of other plans, prefixes, directions and numbers are passed over.
 * `free_sec` are seconds a bundle gives; `chainHasIn` says whether any plan of the chain has a row for incoming calls.
 * Null when no row says what the call costs; never for a call that cannot cost anything.
 * Throws a sentence for a plan without a currency and for amounts that are no number.
 */
export function priceOf(
  call: CallToPrice,
  chain: readonly Plan[],
  candidates: readonly Tarif[],
  options: { chainHasIn?: boolean; free_sec?: number } = {},
): Price | null {
  const plan = resolvedPlan(chain)
  const rows = rankedTarifs(call, chain, candidates)
  const moments = momentsOf(call, rows, plan.time_zone)
  const tarif = moments[0]?.tarif ?? null
  const freeRule = freeByRule(call, rows, options.chainHasIn ?? false)

  if (call.billable_sec <= 0) return nothing('not billable')
  if (call.billable_sec <= plan.grace_sec) return nothing('within the grace period')
  if (!tarif && !freeRule) return null

  // Where such a call meets hours without a row it is free for as long as they last.
  const gapPrice = freeRule ? '0' : null
  const stretches = moments.flatMap((moment, index) =>
    stretchesOf(moment, moments[index + 1]?.from_sec ?? Infinity, plan, gapPrice),
  )
  const fees = {
    increments: plan.increments,
    connect_fee: tarif?.connect_fee ?? '0',
    max_charge: tarif?.max_charge ?? null,
  }
  const free_sec = Math.min(Math.max(options.free_sec ?? 0, 0), call.billable_sec)
  const charge = chargeCall(call.billable_sec, free_sec, fees, stretches)
  if (!charge) return null
  if (freeRule && !tarif && charge.steps.every((step) => step.tarif_id === null)) return nothing(freeRule)

  const [first] = charge.steps
  const opening = stretches.findLast((stretch) => stretch.from_sec <= (first?.from_sec ?? 0))
  const single = charge.steps.length < 2 && (!first || first.tarif_id === (tarif?.id ?? null))
  return {
    ...nothing('price'),
    ...fees,
    price: opening?.price ?? '0',
    first_sec: opening?.first_sec ?? plan.first_sec,
    step_sec: opening?.step_sec ?? plan.step_sec,
    free_sec,
    charged_sec: charge.charged_sec,
    steps: single ? null : charge.steps.map((step) => ({ ...step, amount: formatMoney(step.amount) })),
    unrounded: formatMoney(charge.unrounded),
    total: roundMoney(charge.unrounded, plan.decimals, plan.rounding),
  }

  function nothing(rule: Rule): Price {
    return {
      rule,
      tarif,
      codes: [...new Set(rows.map(({ code }) => code))],
      tarifnum: plan.tarifnum,
      price: tarif?.price ?? '0',
      connect_fee: tarif?.connect_fee ?? '0',
      max_charge: tarif?.max_charge ?? null,
      first_sec: tarif?.first_sec ?? plan.first_sec,
      step_sec: tarif?.step_sec ?? plan.step_sec,
      increments: plan.increments,
      grace_sec: plan.grace_sec,
      decimals: plan.decimals,
      rounding: plan.rounding,
      billable_sec: call.billable_sec,
      free_sec: 0,
      charged_sec: 0,
      steps: null,
      unrounded: '0',
      total: roundMoney(0n, plan.decimals, plan.rounding),
      currency: plan.currency,
    }
  }
}

/** The prices of a row while it is in force: its own and those of its steps. */
function stretchesOf(
  moment: Moment<Tarif>,
  until: number,
  plan: ResolvedPlan,
  gapPrice: string | null,
): Stretch[] {
  const { from_sec, tarif } = moment
  const first_sec = tarif?.first_sec ?? plan.first_sec
  const step_sec = tarif?.step_sec ?? plan.step_sec
  const own = { from_sec, tarif_id: tarif?.id ?? null, price: tarif?.price ?? gapPrice, first_sec, step_sec }
  if (!tarif?.steps?.length) return [own]

  const steps = tarif.steps
    .map((step) => ({
      ...own,
      from_sec: step.from_sec,
      price: step.price,
      step_sec: step.step_sec ?? step_sec,
    }))
    .sort((a, b) => a.from_sec - b.from_sec)
  const begun = steps.findLast((step) => step.from_sec <= from_sec) ?? own
  const later = steps.filter((step) => step.from_sec > from_sec && step.from_sec < until)
  return [{ ...begun, from_sec }, ...later]
}
