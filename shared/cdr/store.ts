// Records on their way into the billing database: what is kept, and which calls are made of it.

import type { Database } from '../database/connect.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { isNobodysFault, isTooLong } from '../errors/whose-fault.ts'
import { callColumns, callRecord, judgedRecord } from './call-columns.ts'
import type { Judged } from './judge.ts'

export interface Stored {
  /** Records that were not there before. */
  kept: number
  rejected: number
}

/**
 * Keeps the records that are not kept yet, and makes calls of those that are whole and not rejected, in the order given.
 * If PostgreSQL refuses one, that one is rejected with what PostgreSQL said and the others are kept. To be asked
 * inside a transaction.
 */
export async function store(db: Database, sourceId: number, records: readonly Judged[]): Promise<Stored> {
  const pieces = await inPieces(db, records, async (piece) => {
    const { rows } = await db.query<Stored>({
      name: 'store',
      text: storeQuery,
      values: [sourceId, JSON.stringify(piece)],
    })
    return rows[0] ?? { kept: 0, rejected: 0 }
  })
  return {
    kept: pieces.reduce((sum, { kept }) => sum + kept, 0),
    rejected: pieces.reduce((sum, { rejected }) => sum + rejected, 0),
  }
}

/**
 * Puts all records at once, or else by halves: until the one that PostgreSQL refuses is found, which is put as rejected, and where
 * a query would take longer than it may.
 */
export async function inPieces<Put>(
  db: Database,
  records: readonly Judged[],
  put: (piece: readonly Judged[]) => Promise<Put>,
): Promise<Put[]> {
  if (records.length === 0) return []
  await db.query('savepoint piece')
  try {
    return [await put(records)]
  } catch (error) {
    if (isNobodysFault(error) && !(isTooLong(error) && records.length > 1)) throw error
    await db.query('rollback to savepoint piece')
    const [only] = records
    if (only && records.length === 1) {
      if (only.rejected !== null) throw error
      const { source_key, record, day, seconds } = only
      return [await put([{ source_key, record, day, seconds, rejected: sentenceFor(error) }])]
    }
    const half = Math.ceil(records.length / 2)
    return [
      ...(await inPieces(db, records.slice(0, half), put)),
      ...(await inPieces(db, records.slice(half), put)),
    ]
  }
}

const storeQuery = `-- import: keep records and make calls of them
with given as materialized (
  select *, row_number() over () as nr
  from json_to_recordset($2::json) as given (
    source_key text, record jsonb, ${judgedRecord}, ${callRecord})
), kept as (
  insert into cdr (source_id, source_key, record, day, billsec, rejected, left_out, part_of)
  select $1, source_key, record, day, seconds, rejected, left_out, part_of from given order by nr
  on conflict (source_id, source_key) do nothing
  returning id, source_key, rejected
), called as (
  insert into paidcalls (cdr_id, source_id, ${callColumns})
  select kept.id, $1, ${callColumns}
  from kept
  join given using (source_key)
  where kept.rejected is null and calldate is not null
  order by nr
)
select count(*) as kept, count(rejected) as rejected from kept`
