// One connection that is kept for as long as it holds, for a library that asks questions now and then.

import type pg from 'pg'

import { connect, disconnect } from './database.ts'

const answerMs = 60_000

export interface Kept {
  /** Rows of a query. */
  executeSql: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }>
  close: () => Promise<void>
}

/** `settle` is asked of each new connection. A query that fails ends the connection, whatever state it is in; the next connects anew. */
export function keepConnection(
  databaseUrl: string,
  role: string,
  settle: (db: pg.Client) => Promise<unknown> = () => Promise.resolve(),
): Kept {
  let kept: Promise<pg.Client> | undefined
  const open = async (): Promise<pg.Client> => {
    const db = await connect(databaseUrl, role, answerMs)
    await settle(db)
    return db
  }
  const close = async (): Promise<void> => {
    const dropped = kept
    kept = undefined
    await disconnect(await dropped?.catch(() => undefined))
  }
  return {
    async executeSql(text, values) {
      try {
        kept ??= open()
        const db = await kept
        return await db.query<Record<string, unknown>>(text, values)
      } catch (error) {
        await close()
        throw error
      }
    },
    close,
  }
}
