// Asking the source while the billing database waits with a transaction open.

import type { Database } from '../database/connect.ts'
import { pause } from '../program/pause.ts'
import type { Reader } from '../sources/record/reader.ts'

// The turn is a transaction that is open while the source is read. Its session ends when nothing is heard of this process for
// so long (it is frozen, or its host is gone without a word), and another importer takes over.
export const silentMost = '5s'
const signMs = 1_000
// Longer than any reader waits for one answer: for those that wait in vain without knowing.
const answerMs = 180_000

/** What the source says when it cannot be read; what the billing database says is passed on as it is. */
export class SourceFailure extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('the source cannot be read')
    this.reason = reason
  }
}

/** The answer of the source; meanwhile the database hears that this process is alive. Throws a SourceFailure. */
export async function askSource<Answer>(
  db: Database,
  reader: Reader,
  question: () => Promise<Answer>,
): Promise<Answer> {
  const answered = new AbortController()
  const signs = giveSigns(db, answered.signal)
  try {
    return await inTime(question(), reader, answered.signal)
  } catch (error) {
    throw new SourceFailure(error)
  } finally {
    answered.abort()
    await signs
  }
}

async function giveSigns(db: Database, answered: AbortSignal): Promise<void> {
  for (;;) {
    await pause(signMs, answered)
    if (answered.aborted) return
    try {
      await db.query('-- import: the source is being asked\nselect')
    } catch {
      // Whoever uses the connection next is told.
      return
    }
  }
}

async function inTime<Answer>(
  question: Promise<Answer>,
  reader: Reader,
  answered: AbortSignal,
): Promise<Answer> {
  const late = pause(answerMs, answered).then(async () => {
    if (answered.aborted) return question
    await reader.close()
    throw new Error('the source gave no answer within three minutes')
  })
  return Promise.race([question, late])
}
