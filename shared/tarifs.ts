// Which tarif rows say what a call costs, moment by moment, and the price that follows from them.
import { Temporal } from 'temporal-polyfill'
import { formatMoney, roundMoney, type Rounding } from './money.ts'
import { chargeCall, type ChargedStep, type Increments, type Stretch } from './price.ts'

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
  const depth = (row: Tarif) => chain.findIndex((plan) => plan.tarifnum === row.tarifnum)
  return candidates
    .filter(
      (row) =>
        row.direction === call.direction &&
        (row.prefix_id === null || row.prefix_id === call.prefix_id) &&
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

function hasHours(row: Tarif): boolean {
  return row.days !== null || row.from_time !== null || row.to_time !== null
}

function freeByRule(call: CallToPrice, rows: readonly Tarif[], chainHasIn: boolean): Rule | null {
  if (call.direction === 'out') return freeKinds[call.kind] ?? null
  return chainHasIn || rows.length > 0 ? null : 'incoming calls are free'
}

interface Moment {
  from_sec: number
  tarif: Tarif | null
}

/** Which row is in force from which second of the call on; the first moment is the second it was answered. */
function momentsOf(call: CallToPrice, rows: readonly Tarif[], timeZone: string): Moment[] {
  const [best] = rows
  if (!best || !hasHours(best)) return [{ from_sec: 0, tarif: best ?? null }]

  const always = rows.findIndex((row) => !hasHours(row))
  const windows = (always < 0 ? rows : rows.slice(0, always + 1)).map(windowOf)
  const moments: Moment[] = []
  let from_sec = 0
  do {
    const at = call.answered_at + from_sec * 1000
    const span = offsetSpanOf(timeZone, at)
    const wall = at + span.offset_ms
    const tarif = windows.find((window) => isOpen(window, wall))?.tarif ?? null
    if (moments.at(-1)?.tarif !== tarif) moments.push({ from_sec, tarif })
    const change = Math.min(nextEdge(windows, wall) - span.offset_ms, span.until)
    from_sec = Math.ceil((change - call.answered_at) / 1000)
  } while (from_sec < call.billable_sec)
  return moments
}

/** The prices of a row while it is in force: its own and those of its steps. */
function stretchesOf(moment: Moment, until: number, plan: ResolvedPlan, gapPrice: string | null): Stretch[] {
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

/**
 * The hours of a row, in milliseconds since midnight by the clock on the wall. A row is in force whenever that clock shows one of its
 * times: in the doubled hour of autumn twice, in the missing hour of spring never. Days are 1 (Monday) to 7.
 */
interface Window {
  tarif: Tarif
  days: readonly number[] | null
  from_ms: number
  to_ms: number
}

const dayMs = 86_400_000

function windowOf(tarif: Tarif): Window {
  return {
    tarif,
    days: tarif.days,
    from_ms: clockMs(tarif.from_time, 0),
    to_ms: clockMs(tarif.to_time, dayMs),
  }
}

/** 'HH:MM' or 'HH:MM:SS' in milliseconds; '24:00' is the end of the day. */
function clockMs(time: string | null, otherwise: number): number {
  if (time === null) return otherwise
  const [hours, minutes, seconds] = time.split(':').map(Number)
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000
}

function isOpen({ days, from_ms, to_ms }: Window, wall: number): boolean {
  const day = Math.floor(wall / dayMs)
  const time = wall - day * dayMs
  const holdsOn = (date: number) => days === null || days.includes(weekdayOf(date))
  if (from_ms < to_ms) return time >= from_ms && time < to_ms && holdsOn(day)
  // Past midnight: the hours before to_time belong to the day on which they began.
  return (time >= from_ms && holdsOn(day)) || (time < to_ms && holdsOn(day - 1))
}

/** Days are counted from 1970-01-01, a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

/** The next time on the wall at which a row may come into force or go out of it. Midnight is one, for the days. */
function nextEdge(windows: readonly Window[], wall: number): number {
  const midnight = Math.floor(wall / dayMs) * dayMs
  let edge = midnight + dayMs
  for (const { from_ms, to_ms } of windows) {
    if (midnight + from_ms > wall) edge = Math.min(edge, midnight + from_ms)
    if (midnight + to_ms > wall) edge = Math.min(edge, midnight + to_ms)
  }
  return edge
}

interface OffsetSpan {
  since: number
  until: number
  offset_ms: number
}

// The last span asked for in each zone: calls come roughly in the order of time, and clocks change twice a year.
const offsetSpans = new Map<string, OffsetSpan>()

/** How far the clock on the wall is ahead of UTC at an instant, and between which instants that holds. */
function offsetSpanOf(timeZone: string, at: number): OffsetSpan {
  const known = offsetSpans.get(timeZone)
  if (known && at >= known.since && at < known.until) return known
  const here = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  // A change at this very instant counts as the previous one.
  const since = here.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')
  const span = {
    since: since?.epochMilliseconds ?? -Infinity,
    until: here.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset_ms: here.offsetNanoseconds / 1e6,
  }
  offsetSpans.set(timeZone, span)
  return span
}
