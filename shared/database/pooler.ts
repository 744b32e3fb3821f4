// Lanes keep prepared statements, settings and listening on their session; a pooler that gives the session to others after each
// transaction would take these from them.

import { Complaint } from '../errors/complaint.ts'
import { connect, disconnect } from './connect.ts'
import type { Database } from './connect.ts'

// A pool with one session has none left for a second question.
const answerMs = 3_000
// Poolers hand out the session used last, or each in turn.
const triesMost = 3

/**
 * Throws a Complaint when the connection leads over a pooler that shares sessions between transactions or statements. Whoever is
 * asked over the server itself, or over a pooler in session mode, is let pass.
 */
export async function refusePooler(db: Database, databaseUrl: string): Promise<void> {
  const own = await sessionOf(db)
  // pg keeps here which process the server named when it let us in; a pooler names one of its own making.
  if (own === (db as unknown as { processID: number }).processID) return
  const second = await connect(databaseUrl, 'pooler')
  try {
    if (await keepsSession(db, second, own)) return
  } catch (error) {
    if (!(error instanceof Error && /pooling mode/.test(error.message))) throw error
  } finally {
    await disconnect(second)
  }
  throw new Complaint(
    'DATABASE_URL leads over a pooler that shares sessions between transactions: set pool_mode = session there, or name the server itself.',
  )
}

/** Whether ours stays the same while a second connection comes, and holds whichever session it is given in a transaction. */
async function keepsSession(db: Database, second: Database, own: number | undefined): Promise<boolean> {
  for (let tries = 0; tries < triesMost; tries++) {
    if ((await sessionOf(db)) !== own) return false
    await second.query('-- connect: does a pooler share our session?\nbegin')
    if ((await sessionOf(second)) === own || (await inTime(sessionOf(db))) !== own) return false
    await second.query('rollback')
  }
  return true
}

async function sessionOf(db: Database): Promise<number | undefined> {
  const { rows } = await db.query<{ pid: number }>(
    '-- connect: which session is this?\nselect pg_backend_pid() as pid',
  )
  return rows[0]?.pid
}

async function inTime(session: Promise<number | undefined>): Promise<number | undefined> {
  session.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined)
    }, answerMs)
  })
  return Promise.race([session, late]).finally(() => {
    clearTimeout(timer)
  })
}
