// The terms of a tariff plan, with what it leaves open taken from the plans it is based on.

import type { Rounding } from '../money/money.ts'
import type { Increments } from './charge.ts'

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

/** Part of a from over `call`: the plan somebody had when it began, by itself: what is joined one by one carries all columns along. */
export const planOf = (whose: 'client' | 'provider', name: string): string => `left join lateral (
  select plan.tarifnum, plan.plans, plan.chain, plan.has_bundles
  from ${whose}_tarif had
  join priced_plan plan on plan.tarifnum = had.tarifnum
  -- "is true" keeps the planner to the index on whose it is.
  where had.${whose}_id = call.${whose}_id and (had.valid @> call.calldate) is true
  offset 0
) ${name} on true`
