// Seconds a plan includes: which bundle a call takes from, and how many.

import type { Plan } from './plan.ts'

/** A bundle of the client's plan or its bases with a code that begins the number, and what its month looks like. */
export interface Bundle {
  id: number
  tarifnum: number
  code: string
  /** Included per client and month. */
  seconds: number
  /** First day of the month in which the call was answered, in the plan's time zone. */
  month: string
  /** Seconds that calls answered before this one take. */
  earlier: number
}

/** What a call takes, in the columns of bundle_take. */
export interface Take {
  bundle_id: number
  month: string
  needs: number
  takes: number
}

/**
 * The call takes from the bundle with the longest code; of two from that of the nearest plan. It needs all its billable
 * seconds and gets what earlier calls leave, perhaps none: then it still stands in line for seconds given back.
 */
export function takeFrom(
  bundles: readonly Bundle[],
  chain: readonly Plan[],
  billable_sec: number,
): Take | null {
  const depth = (bundle: Bundle): number => chain.findIndex(({ tarifnum }) => tarifnum === bundle.tarifnum)
  const [bundle] = [...bundles].sort(
    (a, b) => b.code.length - a.code.length || depth(a) - depth(b) || a.id - b.id,
  )
  if (!bundle) return null
  const left = Math.max(0, bundle.seconds - bundle.earlier)
  return {
    bundle_id: bundle.id,
    month: bundle.month,
    needs: billable_sec,
    takes: Math.min(billable_sec, left),
  }
}
