// Takes back the price list that was loaded last into a plan: each row it opened or changed stands as before.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { grouped } from '../text/number.ts'
import { inTurn } from './load.ts'
import { findPlan, momentIn, planInWords } from './plan.ts'

export interface Load {
  id: string
  file: string
  /** From when on, as PostgreSQL writes an instant. */
  from_at: string
  codes: number
  loaded_at: Date
  loaded_by: string
  undone_at: Date | null
  undone_by: string | null
}

/** The lists that were loaded into a plan, the last first. */
export async function loadsOf(db: Pick<Database, 'query'>, tarifnum: number, most: number): Promise<Load[]> {
  const { rows } = await db.query<Load>(
    `-- deck: what was loaded?
    select id::text, file, from_at::text, codes, loaded_at, loaded_by, undone_at, undone_by
    from deck_load where tarifnum = $1 order by deck_load.id desc limit $2`,
    [tarifnum, most],
  )
  return rows
}

const terms = [
  ...['price', 'description', 'connect_fee', 'first_sec', 'step_sec', 'max_charge', 'valid', 'withdrawn'],
]
const termsOf = (row: string): string => `(${terms.map((name) => `${row}.${name}`).join(', ')})`

// Rows the list opened or changed: of its plan, by who loaded it.
const edits = `edit as (
  select edit.* from deck_load load join change_log edit on edit.id <@ load.edits
  where load.id = $1 and table_name = 'tarif' and coalesce(new_row, old_row) ->> 'tarifnum' = load.tarifnum::text and coalesce(person, changed_by) = load.loaded_by
)`

const editedSince = `-- deck: what was edited since?
with ${edits}
select edited.code, count(*) over ()::integer as codes
from edit cross join jsonb_populate_record(null::tarif, edit.new_row) edited left join tarif stands on stands.id = edited.id
where stands.id is null or ${termsOf('stands')} is distinct from ${termsOf('edited')}
order by 1 limit 5`

// First none of them holds at any time, then those of before as they did: in between two would hold at once.
const takeBack = `-- deck: take back what the list opened and changed
with ${edits}
update tarif set valid = 'empty', withdrawn = true from edit where tarif.id = (edit.new_row ->> 'id')::integer`
const bringBack = `-- deck: as it was before
with ${edits}
update tarif set ${terms.map((name) => `${name} = before.${name}`).join(', ')}
from edit cross join jsonb_populate_record(null::tarif, edit.old_row) before
where edit.old_row is not null and tarif.id = before.id`

/**
 * Undoes the last list of a plan that is not undone, all or nothing, and says what that changes. Calls that were priced meanwhile keep
 * their price. Throws a Complaint when there is none, or when its codes were edited since.
 */
export async function undoDeck(
  db: Database,
  { tarifnum, dryRun, load: wanted }: { tarifnum: number; dryRun: boolean; load?: string },
  say: (line: string) => void,
): Promise<void> {
  const plan = await findPlan(db, tarifnum)
  await inTurn(db, plan, say, async () => {
    const known = await loadsOf(db, tarifnum, 1_000)
    const last = known.find(({ undone_at }) => undone_at === null)
    if (known.some(({ id, undone_at }) => id === wanted && undone_at !== null))
      throw new Complaint('This list is undone already.')
    if (!last) throw new Complaint(`No list was loaded into plan ${tarifnum} that could be undone.`)
    if (wanted !== undefined && wanted !== last.id)
      throw new Complaint('Another list was loaded into this plan since: undo that one first.')
    const { rows: edited } = await db.query<{ code: string; codes: number }>(editedSince, [last.id])
    if (edited.length > 0)
      throw new Complaint(
        `${edited[0]?.codes ?? 0} codes of ${last.file} were edited since (${edited.map(({ code }) => code || '*').join(', ')}): undo these edits first, or load the list of before.`,
      )
    const from = await momentIn(db, plan, last.from_at)
    say(
      `${planInWords(plan)} from ${from.words} on: ${grouped(last.codes)} codes cost what they did before ${last.file}`,
    )
    if (dryRun) return false
    await db.query(takeBack, [last.id])
    await db.query(bringBack, [last.id])
    await db.query(
      `-- deck: it is undone
      update deck_load set undone_at = clock_timestamp(), undone_by = coalesce(case when current_setting('paidcalls.person', true) <> '' then person() end, session_user) where id = $1`,
      [last.id],
    )
    say(`undone: ${grouped(last.codes)} codes`)
    return true
  })
}
