// A month's statements, one client after another. One that cannot be made says why, and the next one goes on.

import type { Database } from '../database/connect.ts'
import { statementLock, takeLock } from '../database/locks.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { grouped } from '../text/number.ts'
import { makeDraft } from './draft.ts'
import { gather, wantedStatements } from './gather.ts'
import type { Wanted } from './gather.ts'
import { refuseWaiting } from './waiting.ts'

const lockSeconds = 60

export interface Run {
  /** The first day of the month, such as 2026-10-01. */
  month: string
  client: number | null
  draft: boolean
  withWaiting: boolean
  /** Is told of each statement that is there, made now or before. */
  made: (statement: { id: number; issued: boolean }) => Promise<void>
  /** How many there will be; then each as it is done. */
  begin: (count: number) => void
  step: () => void
}

export interface Made {
  issued: number
  drafts: number
  before: number
  /** A sentence for each that could not be made. */
  failed: string[]
}

/** `3 issued`, `1 were issued before`. */
export const madeInWords = ({ issued, drafts, before }: Made, draft: boolean): string[] => [
  draft ? `${grouped(drafts)} drafts` : `${grouped(issued)} issued`,
  ...(before > 0 ? [`${grouped(before)} were issued before`] : []),
]

/** Throws a Complaint where the month cannot be billed at all. */
export async function makeStatements(db: Database, run: Run): Promise<Made> {
  const made: Made = { issued: 0, drafts: 0, before: 0, failed: [] }
  await gather(db, run)
  if (!run.draft && !run.withWaiting) await refuseWaiting(db, run.month.slice(0, 7))
  const wanted = await wantedStatements(db)
  run.begin(wanted.length)
  for (const statement of wanted) {
    let failure = await tryOne(db, run, statement, made)
    // Its calls were billed by another run since they were gathered: what is left is gathered anew.
    for (let again = 0; again < 3 && failure?.code === '40001'; again++) {
      await gather(db, { month: run.month, client: statement.client_id })
      failure = await tryOne(db, run, statement, made)
    }
    if (failure !== undefined) {
      await noteProblem(db, statement, failure.said)
      made.failed.push(`client ${statement.client_id} (${statement.client}): ${failure.said}`)
    }
    run.step()
  }
  return made
}

async function tryOne(
  db: Database,
  run: Run,
  statement: Wanted,
  made: Made,
): Promise<{ code: string | undefined; said: string } | undefined> {
  try {
    await makeOne(db, run, statement, made)
    return undefined
  } catch (error) {
    return { code: codeOf(error), said: sentenceFor(error) }
  }
}

async function makeOne(db: Database, run: Run, statement: Wanted, made: Made): Promise<void> {
  const { client_id, currency } = statement
  if (currency === null)
    throw new Error('a fee or channels in no currency: name it in client_fee or client_channels')
  if (!run.draft && !statement.over)
    throw new Error(
      `its month is not over: it ends at ${statement.ends_at.toISOString()} (${statement.time_zone}); --draft shows what it comes to so far`,
    )
  // Issuing and voiding take the same in the database.
  await takeLock(
    db,
    [statementLock, client_id],
    lockSeconds,
    `A statement of client ${client_id} is being made`,
  )
  try {
    const issued = await issuedBefore(db, statement)
    if (issued !== undefined) {
      made.before++
      await run.made({ id: issued, issued: true })
      return
    }
    const id = await makeDraft(db, { ...statement, currency })
    if (!run.draft) await db.query(`-- statement: final, with its number\nselect issue_statement($1)`, [id])
    if (run.draft) made.drafts++
    else made.issued++
    await run.made({ id, issued: !run.draft })
  } finally {
    await db
      .query(`-- statement: the next may\nselect pg_advisory_unlock($1, $2)`, [statementLock, client_id])
      .catch(() => undefined)
  }
}

async function issuedBefore(
  db: Database,
  { client_id, currency, period }: Wanted,
): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    `-- statement: is it issued already?
    select id from statement where client_id = $1 and currency = $2 and lower(period) = $3 and status = 'issued'`,
    [client_id, currency, period],
  )
  return rows[0]?.id
}

/** On the draft, where there is one: doctor shows it. */
async function noteProblem(
  db: Database,
  { client_id, currency, period }: Wanted,
  said: string,
): Promise<void> {
  await db.query(
    `-- statement: why a draft could not be issued
    update statement set problem = $4 where client_id = $1 and currency = $2 and lower(period) = $3 and status = 'draft'`,
    [client_id, currency, period, said],
  )
}

/** Takes an issued statement back. Throws the database's sentence where there is none of this number, or it is void. */
export async function voidStatement(db: Database, number: string, reason: string): Promise<void> {
  await db.query(`-- statement: take it back\nselect void_statement($1, $2)`, [number, reason])
}
