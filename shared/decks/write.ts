// Writes what a deck changes. No row is deleted: the database would look through every call for each, and history needs it.

import type { Database } from '../database/connect.ts'
import type { ChangeKind } from './difference.ts'
import type { DeckMoment, DeckPlan } from './plan.ts'

const changedKinds: readonly ChangeKind[] = [
  'new',
  'raised',
  'lowered',
  'terms',
  'extended',
  'renamed',
  'gone',
]

const lastEdit = '-- deck: the last edit\nselect coalesce(max(id), 0)::text as id from change_log'

/** As write, and keeps in table deck_load what can be undone. */
export async function writeNoted(
  db: Database,
  plan: DeckPlan,
  from: DeckMoment,
  file: string,
): Promise<number> {
  const { rows: before } = await db.query<{ id: string }>(lastEdit)
  const changed = await write(db, plan, from)
  if (changed === 0) return 0
  const { rows: after } = await db.query<{ id: string }>(lastEdit)
  await db.query(
    `-- deck: keep that it was loaded\ninsert into deck_load (tarifnum, from_at, file, codes, edits) values ($1, $2, left($3, 255), $4, int8range($5, $6, '(]'))`,
    [plan.tarifnum, from.at, file, changed, before[0]?.id, after[0]?.id],
  )
  return changed
}

/** Writes what table deck_change says, inside the caller's transaction. Returns how many codes changed. */
export async function write(db: Database, plan: DeckPlan, from: DeckMoment): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `-- deck: how many codes change?\nselect count(*) as count from deck_change where kind = any ($1)`,
    [changedKinds],
  )
  const changed = rows[0]?.count ?? 0
  if (changed === 0) return 0
  await db.query(
    `-- deck: end prices that change or are gone; one that would never have held is taken back
    update tarif
    set withdrawn = change.starts_here, valid = case when change.starts_here then 'empty'
      else tstzrange(lower(tarif.valid), $1::timestamptz, case when lower_inc(tarif.valid) then '[)' else '()' end) end
    from deck_change change
    where tarif.id = change.tarif_id
      and (change.kind = 'gone' or (change.kind in ('raised', 'lowered', 'terms') and not change.starts_here))`,
    [from.at],
  )
  await db.query(
    `-- deck: change prices that begin at this very moment, names and ends, and bring back what was taken back
    update tarif
    set price = change.price, description = change.description, connect_fee = change.connect_fee, first_sec = change.first_sec,
      step_sec = change.step_sec, max_charge = change.max_charge, withdrawn = false,
      valid = case when change.kind = 'new' then tstzrange($1::timestamptz, change.until)
        else tstzrange(lower(tarif.valid), change.until, case when lower_inc(tarif.valid) then '[)' else '()' end) end
    from deck_change change
    where tarif.id = coalesce(change.tarif_id, change.withdrawn_id)
      and (change.kind in ('new', 'extended', 'renamed') or (change.kind in ('raised', 'lowered', 'terms') and change.starts_here))`,
    [from.at],
  )
  await db.query(
    `-- deck: open the new prices, with the steps of those they follow
    with opened as (
      insert into tarif (tarifnum, code, description, price, connect_fee, first_sec, step_sec, max_charge, valid)
      select $2, code, description, price, connect_fee, first_sec, step_sec, max_charge, tstzrange($1::timestamptz, until)
      from deck_change
      where (kind = 'new' and withdrawn_id is null) or (kind in ('raised', 'lowered', 'terms') and not starts_here)
      order by code
      returning id, code
    )
    insert into tarif_step (tarif_id, from_sec, price, step_sec)
    select opened.id, step.from_sec, step.price, step.step_sec
    from opened
    join deck_change change on change.code = opened.code
    join tarif_step step on step.tarif_id = change.tarif_id`,
    [from.at, plan.tarifnum],
  )
  return changed
}
