// What a deck would do, in words, before anything is written.

import type { Database } from '../database/connect.ts'
import { grouped } from '../text/number.ts'
import { printable } from '../text/printable.ts'
import type { ChangeKind } from './difference.ts'
import { leftAlone } from './plan.ts'
import type { DeckMoment, DeckPlan } from './plan.ts'
import { problemsShown } from './sheet/problems.ts'
import type { Problems } from './sheet/problems.ts'

const raisesShown = 10

const words: Readonly<Record<ChangeKind, string>> = {
  new: 'new',
  raised: 'raised',
  lowered: 'lowered',
  terms: 'other terms',
  extended: 'no longer ending',
  renamed: 'renamed',
  unchanged: 'unchanged',
  gone: 'gone',
  kept: 'not in the deck, kept',
}
// These are said also when there are none.
const always: readonly ChangeKind[] = ['new', 'raised', 'lowered', 'unchanged', 'gone']

/** `new 3, raised 0, lowered 1, unchanged 168,000, gone 0`. */
export function countsInWords(counts: Readonly<Record<ChangeKind, number>>): string {
  const kinds = Object.entries(words) as [ChangeKind, string][]
  return kinds
    .filter(([kind]) => counts[kind] > 0 || always.includes(kind))
    .map(([kind, word]) => `${word} ${grouped(counts[kind])}`)
    .join(', ')
}

/** The largest raises, a line each. */
export async function largestRaises(db: Database): Promise<string[]> {
  const { rows } = await db.query<{
    code: string
    was: string
    price: string
    percent: string | null
    description: string
  }>(
    `-- deck: the largest raises
    select code, was::text, price::text, description,
      case when was > 0 then round((price - was) * 100 / was, 1)::text end as percent
    from deck_change
    where kind = 'raised'
    order by was > 0, (price - was) / nullif(was, 0) desc, code
    limit ${raisesShown}`,
  )
  const width = Math.max(...rows.map(({ code }) => code.length))
  return rows.map(({ code, was, price, percent, description }) =>
    `  ${(code || '*').padEnd(width)}  ${was} → ${price}  ${percent === null ? 'was free' : `+${percent} %`}  ${printable(description)}`.trimEnd(),
  )
}

/** Raises over so many percent. */
export async function raisesOver(db: Database, percent: string): Promise<Problems> {
  const { rows } = await db.query<{ line: number; text: string; count: number }>(
    `-- deck: raises over so many percent
    select coalesce(line, 0) as line, 'code ' || case code when '' then '*' else code end || ' is raised from ' || was || ' to ' || price
      || ', over ' || $1::numeric || ' %' as text, count(*) over () as count
    from deck_change
    where kind = 'raised' and price * 100 > was * (100 + $1::numeric)
    order by line, code
    limit ${problemsShown}`,
    [percent],
  )
  return { count: rows[0]?.count ?? 0, first: rows }
}

/**
 * New and changed prices below what a provider charges from that moment on for calls to the code: by the longest code of
 * the provider's plan that begins it. Nothing is compared between currencies, nor for a plan that is a provider's.
 */
export async function belowCost(db: Database, plan: DeckPlan, from: DeckMoment): Promise<Problems> {
  const { rows } = await db.query<{ line: number; text: string; count: number }>(
    `-- deck: prices below a provider's cost
    with charging as materialized (
      select provider_tarif.tarifnum, min(provider.name) as name
      from provider_tarif
      join provider on provider.id = provider_tarif.provider_id
      join tarifplan_chain chain on chain.tarifnum = provider_tarif.tarifnum
      join tarifplan root on root.tarifnum = chain.plan and root.base is null
      where provider_tarif.valid @> $2::timestamptz and root.currency = $3
        and not exists (select from provider_tarif where tarifnum = $1)
      group by provider_tarif.tarifnum
    ), below as (
      select distinct on (change.code) change.line, change.code, change.price, cost.price as cost, cost.code as cost_code, charging.name
      from charging
      cross join deck_change change
      cross join lateral (
        select tarif.price, tarif.code
        from tarifplan_chain chain
        join tarif on tarif.tarifnum = chain.plan
        where chain.tarifnum = charging.tarifnum and tarif.code = any (prefixes_of(change.code))
          and (tarif.valid @> $2::timestamptz) is true
          and tarif.direction = 'out' and tarif.prefix_id is null and tarif.hours is null
        order by length(tarif.code) desc, chain.depth
        limit 1
      ) cost
      where change.kind in ('new', 'raised', 'lowered') and change.price < cost.price
      order by change.code, cost.price desc
    )
    select line, 'price ' || price || ' of code ' || case code when '' then '*' else code end || ' is below what ' || coalesce(nullif(name, ''), 'a provider')
      || ' charges, ' || cost || case when cost_code <> code then ' (code ' || case cost_code when '' then '*' else cost_code end || ')' else '' end as text,
      count(*) over () as count
    from below
    order by line, code
    limit ${problemsShown}`,
    [plan.tarifnum, from.at, plan.currency],
  )
  return { count: rows[0]?.count ?? 0, first: rows }
}

/** Prices of the plan that begin later, and steps that go on: sentences for people. */
export async function staying(db: Database, plan: DeckPlan, from: DeckMoment): Promise<string[]> {
  const { rows } = await db.query<{ later: number; first: string | null; stepped: number }>(
    `-- deck: what stays as it is
    select count(until) as later, to_char(min(until) at time zone $1, 'YYYY-MM-DD') as first,
      count(*) filter (where kind in ('raised', 'lowered', 'terms')
        and exists (select from tarif_step where tarif_step.tarif_id = deck_change.tarif_id)) as stepped
    from deck_change`,
    [plan.time_zone],
  )
  const { later, first, stepped } = rows[0] ?? { later: 0, first: null, stepped: 0 }
  const alone = await leftAlone(db, plan, from)
  return [
    ...(alone ? [`left alone: ${alone}`] : []),
    ...(later > 0
      ? [
          `${grouped(later)} codes have prices from a later day on (the first ${first ?? ''}): these stay, and this deck holds until then`,
        ]
      : []),
    ...(stepped > 0
      ? [
          `${grouped(stepped)} codes have other prices later in a call (tarif_step): these are kept as they are`,
        ]
      : []),
  ]
}
