// What a check finds, with what to do about it. A check is a question to the database and a judgement on the answer.

import type { Database } from '../database/connect.ts'

export interface Finding {
  /** bad: must be mended; doubtful: look at it. */
  verdict: 'good' | 'doubtful' | 'bad'
  what: string
  /** What to do, where something is to be done. */
  advice?: string
}

export const good = (what: string): Finding => ({ verdict: 'good', what })
export const doubtful = (what: string, advice: string): Finding => ({ verdict: 'doubtful', what, advice })
export const bad = (what: string, advice: string): Finding => ({ verdict: 'bad', what, advice })

export type Check = (db: Database) => Promise<Finding[]>

/** The only row of a question to the catalog. Throws when there is none. */
export async function one<Row extends object>(db: Database, query: string): Promise<Row> {
  const { rows } = await db.query<Row>(`-- doctor: look\n${query}`)
  const [row] = rows
  if (!row) throw new Error(`no answer to: ${query}`)
  return row
}
