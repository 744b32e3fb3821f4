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
