// Makes the indexes of sql/indexes.sql that are missing.

import { readFileSync } from 'node:fs'

import type { Database } from '../shared/database/connect.ts'

const file = new URL('./indexes.sql', import.meta.url)
const statement = /^create index concurrently (\w+) on [^;]+;$/gm

/** Says each that it makes, before and after: it may take minutes. Those that are whole are left as they are. */
export async function makeIndexes(db: Database, say: (line: string) => void): Promise<void> {
  for (const [text, name = ''] of readFileSync(file, 'utf8').matchAll(statement)) {
    const { rows } = await db.query<{ whole: boolean }>(
      '-- migrate: is the index whole?\nselect indisvalid as whole from pg_index where indexrelid = to_regclass($1)',
      [name],
    )
    if (rows[0]?.whole) continue
    if (rows[0]) await db.query(`drop index concurrently ${name}`)
    say(`makes index ${name}, while stages go on`)
    await db.query(text)
    say(`made index ${name}`)
  }
}
