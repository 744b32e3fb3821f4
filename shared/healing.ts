// An edit heals: calls that waited for the edited row are released once the edit has committed, in pieces,
// by whichever stage process takes the note first.

import type { Database } from './database.ts'

const releasedAtOnce = 5_000

/**
 * Works off one piece of the oldest note nobody else works on. Gives back whether there may be more to do now.
 * Calls somebody holds locked keep the note until they are free.
 */
export async function healOnce(db: Database): Promise<boolean> {
  await db.query('begin')
  try {
    const { rows } = await db.query<{ id: string; keys: string[] }>({
      name: 'take_note',
      text: `-- healing: take the oldest note of an edit
        select id, keys from healing order by id limit 1 for update skip locked`,
    })
    const note = rows[0]
    if (!note) return false
    const released = await db.query({
      name: 'release',
      text: `-- healing: release calls that waited for what was edited
        update paidcalls set problem = null
        where id in (select id from paidcalls where waits_for && $1 limit ${releasedAtOnce} for update skip locked)`,
      values: [note.keys],
    })
    if ((released.rowCount ?? 0) > 0) return true
    const { rowCount: held } = await db.query({
      name: 'still_waiting',
      text: `-- healing: does somebody hold a call that waits for this?
        select from paidcalls where waits_for && $1 limit 1`,
      values: [note.keys],
    })
    if (held === 0) {
      await db.query({
        name: 'done',
        text: `-- healing: done\ndelete from healing where id = $1`,
        values: [note.id],
      })
    }
    return held === 0
  } finally {
    // An error has ended the transaction already; commit then only says so.
    await db.query('commit')
  }
}
