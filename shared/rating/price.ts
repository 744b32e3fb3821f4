// Which tarif rows say what a call costs, moment by moment, and the price that follows from them.

import { formatMoney, roundMoney } from '../money/money.ts'
import type { Rounding } from '../money/money.ts'
import { chargeCall } from './charge.ts'
import type { ChargedStep, Increments, Stretch } from './charge.ts'
import { hasHours, momentsOf } from './hours.ts'
import type { Moment } from './hours.ts'

/** A row of tarifplan. In a difference plan null means what the plan says on which it is based. */
export interface Plan {
  tarifnum: number
  base: number | null
  currency: string | null
  first_sec: number | null
  step_sec: number | null
  increments: Increments | null
  grace_sec: number | null
  decimals: number | null
  rounding: Rounding | null
  time_zone: string | null
}

export type ResolvedPlan = { [Field in Exclude<keyof Plan, 'base'>]: NonNullable<Plan[Field]> }

/** Other terms from a second of the call on; step_sec null: the row's. */
export interface TarifStep {
  from_sec: number
  price: string
  step_sec: number | null
}

/** A row of tarif as PostgreSQL writes it in JSON; amounts as text, price per minute. */
export interface Tarif {
  id: number
  tarifnum: number
  prefix_id: number | null
  code: string
  price: string
  connect_fee: string
  first_sec: number | null
  step_sec: number | null
  max_charge: string | null
  days: readonly number[] | null
  from_time: string | null
  to_time: string | null
  direction: 'out' | 'in'
  steps: readonly TarifStep[] | null
}

export interface CallToPrice {
  number: string
  prefix_id: number | null
  kind: string
  direction: 'out' | 'in'
  billable_sec: number
  /** Epoch milliseconds. */
  answered_at: number
}

export type Rule =
  | 'price'
  | 'not billable'
  | 'within the grace period'
  | 'internal calls are free'
  | 'emergency calls are free'
  | 'toll-free calls are free'
  | 'incoming calls are free'

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

// Free to call, and their numbers are no E.164.
const freeShortKinds = ['internal', 'emergency']

// ITU-T E.164, list of assigned country codes: one, two or else three digits.
const countryCode = /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|...)/

const freeKinds: Readonly<Record<string, Rule>> = {
  internal: 'internal calls are free',
  emergency: 'emergency calls are free',
  'toll free': 'toll-free calls are free',
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

/** The plan with what it leaves open taken from its base, from that one's base, … Throws a sentence where no plan names a currency. */
export function resolvedPlan(chain: readonly Plan[]): ResolvedPlan {
  const [plan] = chain
  if (!plan) throw new Error('a call was to be priced under no tariff plan')
  const currency = inherited(chain, 'currency')
  if (currency === null)
    throw new Error(`tariff plan ${plan.tarifnum} has no currency, nor has any it is based on`)
  return {
    tarifnum: plan.tarifnum,
    currency,
    first_sec: inherited(chain, 'first_sec') ?? 60,
    step_sec: inherited(chain, 'step_sec') ?? 60,
    increments: inherited(chain, 'increments') ?? 'anchored',
    grace_sec: inherited(chain, 'grace_sec') ?? 0,
    decimals: inherited(chain, 'decimals') ?? 4,
    rounding: inherited(chain, 'rounding') ?? 'half up',
    time_zone: inherited(chain, 'time_zone') ?? 'UTC',
  }
}

function inherited<Field extends keyof Plan>(chain: readonly Plan[], field: Field): Plan[Field] | null {
  for (const plan of chain) if (plan[field] !== null) return plan[field]
  return null
}

/**
 * The rows that can price the call, the stronger first: longest code, own prefix before any, own plan before base, with hours
 * before without. At any moment the first row in force wins. Rows of equal strength cannot be written; the older would win.
 */
export function rankedTarifs(
  call: CallToPrice,
  chain: readonly Plan[],
  candidates: readonly Tarif[],
): Tarif[] {
  const codesFrom = shortestCode(call)
  const depth = (row: Tarif) => chain.findIndex((plan) => plan.tarifnum === row.tarifnum)
  return candidates
    .filter(
      (row) =>
        row.direction === call.direction &&
        (row.prefix_id === null ? row.code.length >= codesFrom : row.prefix_id === call.prefix_id) &&
        call.number.startsWith(row.code) &&
        depth(row) >= 0,
    )
    .sort(
      (a, b) =>
        b.code.length - a.code.length ||
        Number(a.prefix_id === null) - Number(b.prefix_id === null) ||
        depth(a) - depth(b) ||
        Number(hasHours(b)) - Number(hasHours(a)) ||
        a.id - b.id,
    )
}

/**
 * How long a code must be to speak of an outgoing call however it was dialled (docs/decisions/0004): code 1 must not make 112 a call to
 * America, nor code 49 a toll-free one a call to Germany. A service number, which must have a price, has it by its whole number.
 */
function shortestCode({ direction, kind, number }: CallToPrice): number {
  if (direction === 'in') return 0
  if (freeShortKinds.includes(kind)) return Infinity
  if (kind === 'service') return number.length
  if (kind !== 'toll free' || number.startsWith('800')) return 0
  return (countryCode.exec(number)?.[0].length ?? 0) + 1
}

function freeByRule(call: CallToPrice, rows: readonly Tarif[], chainHasIn: boolean): Rule | null {
  if (call.direction === 'out') return freeKinds[call.kind] ?? null
  return chainHasIn || rows.length > 0 ? null : 'incoming calls are free'
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
