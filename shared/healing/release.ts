// An edit heals: calls that waited for the edited row are released once the edit has committed, in pieces,
// by whichever stage process takes the note first.

import type { Database } from '../database/connect.ts'

// The first calls go at once, the rest in large pieces, since each piece searches all that wait anew.
const releasedFirst = 1_000
const releasedAtOnce = 25_000
// Many small edits leave many small notes, which are worked off together; an index search for more keys gets slow.
const notesAtOnce = 100
const keysAtOnce = 1_000

interface Note {
  id: number
  keys: number
  /** Calls up to this id are released; null: all are, but those held. */
  behind: number | null
  held: string[]
}

// The order is (id + 0), because no index but that of waits_for may serve it.
const releaseQuery = `-- healing: release calls that waited for what was edited
with waiting as (
  select id from paidcalls
  where waits_for && $1 and (case when $2::bigint is null then id = any ($3::bigint[]) else (id + 0) > $2 end)
  order by (id + 0)
  limit $4
), free as (
  select id from paidcalls
  where id = any (array(select id from waiting)) and waits_for && $1
  for update skip locked
), released as (
  update paidcalls set problem = null where id = any (array(select id from free))
)
select count(*)::integer as waiting, max(id) as last, array(select id from waiting except select id from free) as held
from waiting`

const keepQuery = `-- healing: keep notes for the next piece
update healing set behind = $2, held = $3 where id = any ($1)`

const doneQuery = `-- healing: done
delete from healing where id = any ($1)`

/**
 * Works off every note nobody else works on. Gives back whether notes are left because somebody holds calls locked
 * that wait for what was edited; they hold up no other note.
 */
export async function heal(db: Database, stop: AbortSignal): Promise<boolean> {
  let behindNote = 0
  let held = false
  while (!stop.aborted) {
    const piece = await healPiece(db, behindNote)
    if (!piece) break
    behindNote = piece.behindNote
    held ||= piece.held
  }
  return held
}

/**
 * Works off one piece of the oldest notes behind this one. A note goes through the calls once, in the order of their ids:
 * a call that waits for the same row again afterwards has seen the edit, and would only go round in circles.
 */
async function healPiece(
  db: Database,
  behindNote: number,
): Promise<{ behindNote: number; held: boolean } | undefined> {
  await db.query('begin')
  try {
    const notes = await takeNotes(db, behindNote)
    const [first] = notes
    if (!first) return undefined
    const ids = notes.map(({ id }) => id)
    const atOnce = first.behind === 0 ? releasedFirst : releasedAtOnce
    const { rows } = await db.query<{ waiting: number; last: number | null; held: string[] }>({
      name: 'release',
      text: releaseQuery,
      values: [await keysOf(db, ids), first.behind, first.held, atOnce],
    })
    const { waiting, last, held: heldNow } = rows[0] ?? { waiting: 0, last: null, held: [] }
    const held = [...(first.behind === null ? [] : first.held), ...heldNow]
    if (first.behind !== null && waiting === atOnce) {
      await db.query({ name: 'keep', text: keepQuery, values: [ids, last, held] })
      return { behindNote, held: false }
    }
    if (held.length > 0) await db.query({ name: 'keep', text: keepQuery, values: [ids, null, held] })
    else await db.query({ name: 'done', text: doneQuery, values: [ids] })
    return { behindNote: ids.at(-1) ?? first.id, held: held.length > 0 }
  } finally {
    // An error has ended the transaction already; commit then only says so.
    await db.query('commit')
  }
}

/** Locks the oldest notes behind this one that nobody else works on, as many as are as far as the first and fit together. */
async function takeNotes(db: Database, behindNote: number): Promise<Note[]> {
  const { rows } = await db.query<Note>({
    name: 'take_notes',
    text: `-- healing: take the oldest notes of edits
      select id, cardinality(keys) as keys, behind, held from healing where id > $1 order by id limit ${notesAtOnce} for update skip locked`,
    values: [behindNote],
  })
  let keys = 0
  const end = rows.findIndex((note, at) => {
    keys += note.keys
    return at > 0 && (keys > keysAtOnce || note.behind !== rows[0]?.behind || note.held.length > 0)
  })
  return end < 0 ? rows : rows.slice(0, end)
}

async function keysOf(db: Database, notes: readonly number[]): Promise<string[]> {
  const { rows } = await db.query<{ keys: string[] }>({
    name: 'keys_of',
    text: '-- healing: what was edited?\nselect keys from healing where id = any ($1)',
    values: [notes],
  })
  return rows.flatMap(({ keys }) => keys)
}
