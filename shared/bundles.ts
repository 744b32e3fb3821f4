// Seconds a plan includes: which bundle a call takes from, and how many.

import type { Plan } from './tarifs.ts'

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

/** Part of a select over `call`, its `client_tarif` and `moment` of answer: the bundles for its number. */
export const bundleCandidates = `(
    select coalesce(json_agg(json_build_object('id', bundle.id, 'tarifnum', bundle.tarifnum, 'code', bundle_code.code,
      'seconds', bundle.seconds, 'month', period.month, 'earlier', case
        when counter.bundle_id is null then 0
        when (moment.answered_at, call.id) > (counter.last_answered_at, counter.last_call_id) then counter.taken
        else (
          select coalesce(sum(takes), 0) from bundle_take
          where (client_id, bundle_id, month) = (counter.client_id, counter.bundle_id, counter.month)
            and (answered_at, call_id) < (moment.answered_at, call.id)) end)), '[]')
    from bundle_code
    join bundle on bundle.id = bundle_code.bundle_id
    join tarifplan_chain chain on chain.tarifnum = client_tarif.tarifnum and chain.plan = bundle.tarifnum
    cross join lateral (
      select date_trunc('month', moment.answered_at at time zone link.time_zone)::date as month
      from tarifplan_chain above join tarifplan link on link.tarifnum = above.plan and link.time_zone is not null
      where above.tarifnum = client_tarif.tarifnum
      order by above.depth limit 1
    ) period
    left join bundle_month counter
      on (counter.client_id, counter.bundle_id, counter.month) = (call.client_id, bundle.id, period.month)
    where bundle_code.code = any (prefixes_of(call.number)) and call.direction <> 'in'
  )`

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
