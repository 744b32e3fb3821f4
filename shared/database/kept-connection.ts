// One connection that is kept for as long as it holds, for a library that asks questions now and then.

import type pg from 'pg'

import { connect, disconnect } from './connect.ts'

const answerMs = 60_000

export interface Kept {
  /** Rows of a query. */
  executeSql: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }>
}

/** A query that fails ends the connection, whatever state it is in; the next connects anew. */
export function keepConnection(databaseUrl: string, role: string): Kept {
  let kept: Promise<pg.Client> | undefined
  const close = async (): Promise<void> => {
    const dropped = kept
    kept = undefined
    await disconnect(await dropped?.catch(() => undefined))
  }
  // One query at a time: one that fails must not end the connection under another.
  let turn: Promise<unknown> = Promise.resolve()
  const ask = async (text: string, values: unknown[]): Promise<{ rows: unknown[] }> => {
    try {
      kept ??= connect(databaseUrl, role, answerMs)
      const db = await kept
      return await db.query<Record<string, unknown>>(text, values)
    } catch (error) {
      await close()
      throw error
    }
  }
  return {
    executeSql(text, values) {
      const answer = turn.then(() => ask(text, values))
      turn = answer.catch(() => undefined)
      return answer
    },
  }
}
