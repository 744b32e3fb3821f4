// The plan a deck is for, and the moments its reader names.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { printable } from '../text/printable.ts'
import { deckRows } from './difference.ts'
import type { Cell } from './sheet/cells.ts'

export interface DeckPlan {
  tarifnum: number
  name: string
  currency: string
  time_zone: string
}

/** The plan with what it takes from its bases. Throws a Complaint when there is none. */
export async function findPlan(db: Database, tarifnum: number): Promise<DeckPlan> {
  const { rows } = await db.query<DeckPlan>(
    `-- deck: which plan?
    select tarifplan.tarifnum, tarifplan.name,
      (array_agg(link.currency order by chain.depth) filter (where link.currency is not null))[1] as currency,
      (array_agg(link.time_zone order by chain.depth) filter (where link.time_zone is not null))[1] as time_zone
    from tarifplan
    join tarifplan_chain chain on chain.tarifnum = tarifplan.tarifnum
    join tarifplan link on link.tarifnum = chain.plan
    where tarifplan.tarifnum = $1
    group by tarifplan.tarifnum, tarifplan.name`,
    [tarifnum],
  )
  const [plan] = rows
  if (!plan) throw new Complaint(`There is no plan ${tarifnum} in table tarifplan.`)
  return plan
}

/** `plan 3 (Retail, EUR)`. */
export function planInWords({ tarifnum, name, currency }: DeckPlan): string {
  return `plan ${tarifnum} (${[printable(name), currency].filter((word) => word !== '').join(', ')})`
}

export interface DeckMoment {
  /** As PostgreSQL writes an instant. */
  at: string
  /** By the clock of the plan's time zone. */
  words: string
}

const momentPattern =
  /^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?<zone>Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** A date, or date and time, in the plan's time zone where it names none; undefined: now. Throws a Complaint for anything else. */
export async function momentIn(
  db: Database,
  plan: DeckPlan,
  written: string | undefined,
): Promise<DeckMoment> {
  const found = momentPattern.exec(written ?? '2000-01-01')
  const wrong = `${printable(written ?? '')} is no date such as 2026-12-01, and no date and time such as 2026-12-01T09:30`
  if (!found) throw new Complaint(`${wrong}.`)
  const { rows } = await db
    .query<DeckMoment>(
      `-- deck: which moment?
      select at::text, to_char(at at time zone $2, 'YYYY-MM-DD HH24:MI') || ' ' || $2 as words
      from (select case when $1::text is null then now() when $3 then $1::timestamptz
        else $1::timestamp at time zone $2 end as at) moment`,
      [written ?? null, plan.time_zone, found.groups?.['zone'] !== undefined],
    )
    .catch((error: unknown) => {
      throw codeOf(error)?.startsWith('22') ? new Complaint(`${wrong}.`) : error
    })
  const [moment] = rows
  if (!moment) throw new Error('A moment has one row.')
  return moment
}

/** Rows of the plan that no deck speaks of, in words; undefined when there are none. */
export async function leftAlone(db: Database, plan: DeckPlan, from: DeckMoment): Promise<string | undefined> {
  const { rows } = await db.query<{ hours: number; prefixes: number; incoming: number }>(
    `-- deck: rows a deck does not speak of
    select count(*) filter (where hours is not null and prefix_id is null and direction = 'out') as hours,
      count(*) filter (where prefix_id is not null and direction = 'out') as prefixes,
      count(*) filter (where direction = 'in') as incoming
    from tarif
    where tarifnum = $1 and not (${deckRows}) and not withdrawn and (upper(valid) is null or upper(valid) > $2::timestamptz)`,
    [plan.tarifnum, from.at],
  )
  const [counts] = rows
  const words = [
    ...(counts?.hours ? [`${counts.hours} with days or hours`] : []),
    ...(counts?.prefixes ? [`${counts.prefixes} for one prefix`] : []),
    ...(counts?.incoming ? [`${counts.incoming} for incoming calls`] : []),
  ]
  return words.length > 0 ? `rows ${words.join(', ')}` : undefined
}

/** What table prefix puts in place of a dialled prefix, for decks whose codes follow one. */
export async function prefixesInPlace(db: Database): Promise<(prefix: string) => Cell<string>> {
  const { rows } = await db.query<{ prefix: string; e164: string[] }>(
    `-- deck: what is put in place of a prefix?
    select prefix, coalesce(
      array_agg(distinct e164) filter (where source_id is null and e164 is not null),
      array_agg(distinct e164) filter (where e164 is not null), '{}') as e164
    from prefix
    group by prefix`,
  )
  const inPlace = new Map(rows.map(({ prefix, e164 }) => [prefix, e164]))
  return (written) => {
    const prefix = written.replace(/\s/g, '')
    const shown = JSON.stringify(prefix.slice(0, 40))
    const found = inPlace.get(prefix) ?? []
    if (found.length > 1)
      return { wrong: `prefix ${shown} has several e164 in table prefix: ${found.join(', ')}` }
    return found[0] === undefined
      ? { wrong: `prefix ${shown} has no row with an e164 in table prefix` }
      : { value: found[0] }
  }
}
