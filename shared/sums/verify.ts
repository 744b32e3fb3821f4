// Whether all sums are what the decisions say, to the last digit, and sums made anew.

import type { Database } from '../database/connect.ts'
import { clientDays, days, decisionColumns, minutes, quarters } from './entries.ts'
import type { Sums } from './entries.ts'

const shownMost = 20
// Days are made from quarters: these first.
const kept: readonly Sums[] = [quarters, minutes, days, clientDays]
// All decisions are sorted by what they are summed by; one process does so at a time.
const room = `set local work_mem = '256MB'; set local jit = off`

/** Every entry that is in the sums: each decision that is no longer in unsummed, and minus the one it replaced. */
const entries = `decisions as materialized (
  select ${decisionColumns} from rating_decision where answered is not null
  union all
  select ${decisionColumns} from archived_decision where answered is not null
), summed as materialized (
  select decisions.* from decisions left join unsummed using (call_id, nr) where unsummed.id is null
), entries as (
  select 1 as sign, * from summed
  union all
  select -1, before.* from summed join decisions before on before.call_id = summed.call_id and before.nr = summed.nr - 1 where summed.nr > 1
)`

export interface Verified {
  decisions: number
  /** A line for each sum that is not what the decisions say, twenty at most of each table. */
  differences: string[]
}

/** Compares all sums with all decisions, in one snapshot. Changes nothing. */
export async function verifySums(db: Database): Promise<Verified> {
  await db.query(`begin isolation level repeatable read read only; ${room}`)
  try {
    const differences: string[] = []
    for (const sums of kept) {
      const { rows } = await db.query<{ what: string }>(differenceQuery(sums))
      differences.push(...rows.map(({ what }) => what))
    }
    const { rows } = await db.query<{ decisions: number }>(
      `-- rollup: how many are summed?
      select (select count(*) from rating_decision where answered is not null)
        + (select count(*) from archived_decision where answered is not null) - (select count(*) from unsummed) as decisions`,
    )
    return { decisions: rows[0]?.decisions ?? 0, differences }
  } finally {
    await db.query('rollback').catch(() => undefined)
  }
}

/** What the sums must be, and what they are, where the two differ. */
function differing({ table, closed, keys, figures, query }: Sums): string {
  const added = figures.map((figure) => `sum(coalesce(${figure}, 0)) as ${figure}`).join(', ')
  const own = (of: string): string => figures.map((figure) => `coalesce(${of}.${figure}, 0)`).join(', ')
  const wanted =
    closed === null
      ? `wanted as (${query})`
      : `${entries}, wanted as (
  select ${keys.join(', ')}, ${added} from (
    ${query}
    union all
    select ${[...keys, ...figures].join(', ')} from ${closed}
  ) entry group by ${keys.join(', ')}
)`
  return `with ${wanted}, differing as (
  select ${keys.join(', ')}, ${figures.map((figure) => `coalesce(wanted.${figure}, 0) as ${figure}, coalesce(kept.${figure}, 0) as kept_${figure}`).join(', ')}
  from wanted full join ${table} kept using (${keys.join(', ')})
  where (${own('kept')}) <> (${own('wanted')})
)`
}

function differenceQuery(sums: Sums): string {
  const { table, closed, keys, figures } = sums
  const told = (prefix: string): string =>
    figures.map((figure) => `'${figure} ' || trim_scale(${prefix}${figure}::numeric)`).join(` || ', ' || `)
  return `-- rollup: are the sums what the decisions say?
${differing(sums)}
select format('%s %s: the sums say %s; ${closed === null ? 'call_sum says' : 'the decisions say'} %s', '${table}', concat_ws(' ', ${keys.join(', ')}), ${told('kept_')}, ${told('')}) as what
from differing order by ${keys.join(', ')} limit ${shownMost}`
}

/**
 * Works all sums out anew and puts right what differs, in one transaction: whoever looks sees the old until the new are there. Other
 * rollups wait meanwhile; the line does not. Gives back how many were not right.
 */
export async function rebuildSums(db: Database): Promise<number> {
  await db.query(`begin isolation level repeatable read; ${room}`)
  try {
    // The snapshot is taken behind the locks: a bite under way comes after, with decisions that are still in unsummed here.
    await db.query(
      '-- rollup: nobody else adds up meanwhile\nlock table call_sum, minute_calls in share row exclusive mode',
    )
    let mended = 0
    for (const sums of kept) {
      const { table, keys, figures } = sums
      const { rowCount } = await db.query(`-- rollup: make the sums anew
${differing(sums)}
insert into ${table} (${[...keys, ...figures].join(', ')}) select ${[...keys, ...figures].join(', ')} from differing order by ${keys.join(', ')}
on conflict (${keys.join(', ')}) do update set ${figures.map((figure) => `${figure} = excluded.${figure}`).join(', ')}`)
      mended += rowCount ?? 0
    }
    await db.query('commit')
    return mended
  } catch (error) {
    await db.query('rollback').catch(() => undefined)
    throw error
  }
}
