// What a person said of a carrier's price list, kept by a name in table deck_mapping.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { printable } from '../text/printable.ts'

/** Options of the command line by their names, as text, or a list where one may be given several times. */
export type Said = Readonly<Record<string, string | boolean | readonly string[]>>

/** What was saved by this name. Throws a Complaint that says which there are. */
export async function savedMapping(db: Database, name: string): Promise<Said> {
  const { rows } = await db.query<{ name: string; said: Said }>(
    '-- deck: how is this carrier read?\nselect name, said from deck_mapping order by name <> $1, name limit 20',
    [name],
  )
  const [found] = rows
  if (found?.name === name) return found.said
  const there =
    rows.length > 0 ? `there are ${rows.map((row) => printable(row.name)).join(', ')}` : 'none is saved'
  throw new Complaint(`There is no mapping ${printable(name)}: ${there}. Save one with --save-mapping.`)
}

/** Keeps it, in the place of one with the same name. Throws a Complaint where the name is none. */
export async function saveMapping(db: Database, name: string, said: Said): Promise<void> {
  try {
    await db.query(
      `-- deck: keep how this carrier is read
      insert into deck_mapping (name, said) values ($1, $2)
      on conflict (name) do update set said = excluded.said, saved_at = now(), saved_by = session_user`,
      [name, JSON.stringify(said)],
    )
  } catch (error) {
    if (codeOf(error) !== '23514') throw error
    throw new Complaint(
      `${printable(name)} is no name for a mapping: letters, digits, spaces, dots and dashes are.`,
    )
  }
}
