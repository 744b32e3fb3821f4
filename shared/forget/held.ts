// What is held of a number or of a client, and what of it is still needed.

import type { Database } from '../database/connect.ts'
import type { Sought } from './number.ts'
import type { Piece } from './pieces.ts'
import type { Staying } from './staying.ts'

export interface Found {
  calls: number[]
  /** Records that became no call. */
  records: number[]
  rows: number
}

/** In a piece: the calls a number has to do with, records that became no call, and how many rows it stands in. */
export async function findNumber(
  db: Database,
  { number, callingCode, trunk }: Sought,
  { table, from, until }: Piece,
): Promise<Found> {
  const { rows } = await db.query<{ calls: number[] | null; records: number[] | null; found: number }>(
    `-- forget: where does this number stand?
    select calls, records, rows_found as found from find_number($1, $2, $3, $4, $5, $6)`,
    [table, number, callingCode, trunk, from, until],
  )
  return { calls: rows[0]?.calls ?? [], records: rows[0]?.records ?? [], rows: rows[0]?.found ?? 0 }
}

/** In a piece: the calls of a client whose numbers are not forgotten. */
export async function findClient(
  db: Database,
  client: number,
  { table, from, until }: Piece,
): Promise<number[]> {
  const { rows } = await db.query<{ calls: number[] | null }>(
    `-- forget: which calls are this client's?\nselect find_client($1, $2, $3, $4) as calls`,
    [table, client, from, until],
  )
  return rows[0]?.calls ?? []
}

/** Of calls that are not forgotten: how many may be, and why the others stay. */
export async function lookAt(
  db: Database,
  calls: readonly number[],
): Promise<{ may: number; stay: Staying[] }> {
  const { rows } = await db.query<{ why: string | null; until: string | null; calls: number }>(
    `-- forget: which of these calls are still needed?
    select why, until::text, count(*)::integer as calls from why_numbers_stay($1) group by why, until order by why, until`,
    [calls],
  )
  return {
    may: rows.find(({ why }) => why === null)?.calls ?? 0,
    stay: rows.flatMap(({ why, ...rest }) => (why === null ? [] : [{ why, ...rest }])),
  }
}
