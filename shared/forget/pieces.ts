// Tables in which numbers may stand, a piece at a time, so that no transaction is long beside a running line.

import type { Database } from '../database/connect.ts'

export type Kind = 'calls' | 'decisions' | 'records' | 'exchange' | 'words' | 'passing' | 'kept'

/** Blocks of a table; `until` is not included. */
export interface Piece {
  table: string
  kind: Kind
  from: number
  until: number
}

// 16 MB: a second or so of searching.
const blocksAtOnce = 2_000

/** All pieces of all tables of these kinds, in the order of the kinds. */
export async function piecesOf(db: Database, kinds: readonly Kind[]): Promise<Piece[]> {
  const { rows } = await db.query<{ name: string; what: Kind; blocks: number }>(
    `-- forget: where may numbers stand?
    select name, what, blocks from number_tables() where what = any ($1) order by array_position($1, what), name = 'change_log', name`,
    [kinds],
  )
  return rows.flatMap(({ name, what, blocks }) =>
    // What is written meanwhile goes to the end.
    Array.from(
      { length: Math.ceil(blocks / blocksAtOnce) },
      (_, at, last = Math.ceil(blocks / blocksAtOnce) - 1) => ({
        table: name,
        kind: what,
        from: at * blocksAtOnce,
        until: at === last ? 4_294_967_295 : (at + 1) * blocksAtOnce,
      }),
    ),
  )
}
