// Numbers whose time has come, forgotten some thousands of calls at a time: what is forgotten stays so when it is killed.

import type { Database } from '../database/connect.ts'
import { lookAt } from './held.ts'
import { addStaying } from './staying.ts'
import type { Staying } from './staying.ts'

export interface Due {
  calls: number
  /** Rows of other tables, and records that became no call. */
  rows: number
  /** Why calls whose time has come stay; only of a dry run. */
  staying: Staying[]
  /** Whether all tables were looked at. */
  finished: boolean
}

const callsAtOnce = 2_000

/** `months`: how long they are kept where keep_numbers says nothing; null: for ever. Stops when `mayGoOn` says no. */
export async function forgetDue(
  db: Database,
  months: number | null,
  mayGoOn: () => boolean,
  dryRun = false,
): Promise<Due> {
  const done: Due = { calls: 0, rows: 0, staying: [], finished: false }
  for (const table of await tablesOfCalls(db)) {
    let behind: number | null = 0
    while (behind !== null) {
      if (!mayGoOn()) return done
      behind = await (dryRun ? lookAtPiece : forgetPiece)(db, table, behind, months, done)
    }
  }
  for (let rows = -1; rows !== 0 && !dryRun; done.rows += rows) {
    if (!mayGoOn()) return done
    rows = await forgetWords(db, months)
  }
  return { ...done, finished: true }
}

async function tablesOfCalls(db: Database): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `-- forget: where are calls?\nselect tables_of('archived_call') as name`,
  )
  return rows.map(({ name }) => name)
}

type Work = (
  db: Database,
  table: string,
  behind: number,
  months: number | null,
  done: Due,
) => Promise<number | null>

const forgetPiece: Work = async (db, table, behind, months, done) => {
  const { rows } = await db.query<{ forgotten: number; reached: number | null }>(
    `-- forget: calls whose time has come\nselect forgotten, reached from forget_due_calls($1, $2, $3, $4)`,
    [table, behind, months, callsAtOnce],
  )
  done.calls += rows[0]?.forgotten ?? 0
  return rows[0]?.reached ?? null
}

const lookAtPiece: Work = async (db, table, behind, months, done) => {
  const { rows } = await db.query<{ calls: number[] | null; reached: number | null }>(
    `-- forget: whose time has come?\nselect calls, reached from due_calls($1, $2, $3, $4)`,
    [table, behind, months, callsAtOnce],
  )
  const { may, stay } = await lookAt(db, rows[0]?.calls ?? [])
  done.calls += may
  addStaying(done.staying, stay)
  return rows[0]?.reached ?? null
}

async function forgetWords(db: Database, months: number | null): Promise<number> {
  const { rows } = await db.query<{ rows: number }>(
    `-- forget: what was told and logged so long ago\nselect forget_due_words($1, $2) as rows`,
    [months, callsAtOnce],
  )
  return rows[0]?.rows ?? 0
}
