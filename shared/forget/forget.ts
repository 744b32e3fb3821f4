// Forgets a number, or the numbers of a client, a piece at a time: what is forgotten stays so when it is killed, and the next run goes on.

import type { Database } from '../database/connect.ts'
import { findClient, findNumber, lookAt } from './held.ts'
import type { Sought } from './number.ts'
import { piecesOf } from './pieces.ts'
import type { Kind, Piece } from './pieces.ts'
import { addStaying } from './staying.ts'
import type { Staying } from './staying.ts'

/** What was forgotten, or would be, and what stays. */
export interface Forgotten {
  calls: number
  /** Records that became no call. */
  records: number
  /** Rows of all other tables. */
  rows: number
  staying: Staying[]
  /** Tables in which it still stands, and why nothing is done about it. */
  left: { table: string; kind: Kind; rows: number }[]
}

export interface Asked {
  dryRun: boolean
  /** Told after each piece, of how many. */
  step: (of: number) => void
  stop: AbortSignal
}

const callsAtOnce = 1_000

/** Needs a login of an administrator. */
export async function forgetNumber(db: Database, sought: Sought, asked: Asked): Promise<Forgotten> {
  const done: Forgotten = { calls: 0, records: 0, rows: 0, staying: [], left: [] }
  const seen = new Set<number>()
  const pieces = await piecesOf(db, ['calls', 'decisions', 'records', 'exchange', 'words'])
  for (const piece of pieces) {
    if (asked.stop.aborted) return done
    if (['calls', 'decisions', 'records'].includes(piece.kind)) {
      const { calls, records } = await findNumber(db, sought, piece)
      await forgetCalls(db, calls, asked, done, seen)
      done.records += await forgetRecords(db, records, asked)
    }
    if (piece.kind === 'exchange' || piece.kind === 'words' || (piece.kind === 'decisions' && !asked.dryRun))
      done.rows += await forgetWords(db, sought, piece, asked)
    asked.step(pieces.length)
  }
  done.left = await stillThere(db, sought, asked)
  return done
}

/** Needs a login of an administrator. */
export async function forgetClient(db: Database, client: number, asked: Asked): Promise<Forgotten> {
  const done: Forgotten = { calls: 0, records: 0, rows: 0, staying: [], left: [] }
  const pieces = await piecesOf(db, ['calls'])
  for (const piece of pieces) {
    if (asked.stop.aborted) return done
    await forgetCalls(db, await findClient(db, client, piece), asked, done, new Set())
    asked.step(pieces.length)
  }
  if (!asked.dryRun) {
    const { rows } = await db.query<{ rows: number }>(
      `-- forget: what was reserved for this client, and told about it\nselect forget_words_of_client($1) as rows`,
      [client],
    )
    done.rows = rows[0]?.rows ?? 0
  }
  return done
}

async function forgetCalls(
  db: Database,
  found: readonly number[],
  { dryRun, stop }: Asked,
  done: Forgotten,
  seen: Set<number>,
): Promise<void> {
  const calls = found.filter((call) => !seen.has(call))
  for (let at = 0; at < calls.length && !stop.aborted; at += callsAtOnce) {
    const some = calls.slice(at, at + callsAtOnce)
    const { may, stay } = await lookAt(db, some)
    addStaying(done.staying, stay)
    if (dryRun) done.calls += may
    else if (may > 0) {
      const { rows } = await db.query<{ calls: number }>(
        `-- forget: who called whom in these calls\nselect forget_calls($1) as calls`,
        [some],
      )
      done.calls += rows[0]?.calls ?? 0
    }
    for (const call of some) seen.add(call)
  }
}

async function forgetRecords(db: Database, records: readonly number[], { dryRun }: Asked): Promise<number> {
  if (dryRun || records.length === 0) return records.length
  const { rows } = await db.query<{ records: number }>(
    `-- forget: records that became no call\nselect forget_records($1) as records`,
    [records],
  )
  return rows[0]?.records ?? 0
}

async function forgetWords(db: Database, sought: Sought, piece: Piece, { dryRun }: Asked): Promise<number> {
  if (dryRun) return (await findNumber(db, sought, piece)).rows
  const { number, callingCode, trunk } = sought
  const { rows } = await db.query<{ rows: number }>(
    `-- forget: a number in sentences and logs\nselect forget_number($1, $2, $3, $4, $5, $6) as rows`,
    [piece.table, number, callingCode, trunk, piece.from, piece.until],
  )
  return rows[0]?.rows ?? 0
}

/** Searches everything once more: what is said to be forgotten was looked for, and not found. */
async function stillThere(db: Database, sought: Sought, { dryRun, stop }: Asked): Promise<Forgotten['left']> {
  const kinds: Kind[] = ['passing', 'kept']
  if (!dryRun) kinds.unshift('calls', 'decisions', 'records', 'exchange', 'words')
  const left = new Map<string, Forgotten['left'][number]>()
  for (const piece of await piecesOf(db, kinds)) {
    if (stop.aborted) break
    const { rows } = await findNumber(db, sought, piece)
    if (rows === 0) continue
    const { table, kind } = piece
    left.set(table, { table, kind, rows: rows + (left.get(table)?.rows ?? 0) })
  }
  return [...left.values()]
}
