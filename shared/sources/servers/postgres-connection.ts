// A connection to the PostgreSQL of a source that reads rows as text and comes back after it was lost.

import pg from 'pg'
import type { QueryArrayConfig } from 'pg'

import { connect, disconnect } from '../../database/connect.ts'
import type { Database } from '../../database/connect.ts'
import { codeOf } from '../../errors/whose-fault.ts'
import { recordOf } from '../record/record.ts'
import { connectLazily } from './lazy-connection.ts'
import type { Server } from './sql-table.ts'

// Moments with a time zone are written in UTC, so that none is ambiguous; a count that nobody waits for any more ends.
const session = `-- import: read rows as text
set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set statement_timeout = '10min'`

/** A server that is connected to when it is first asked, and again after its connection was lost. */
export function postgresServer(url: URL): Server {
  const { use, drop } = connectLazily(() => begin(url), disconnect, isLost)
  const query = (sql: string, values: readonly unknown[], timeoutMs?: number) =>
    use((client, query_timeout) => {
      // The driver's types do not know that a query may have a timeout of its own.
      const asked: QueryArrayConfig & { query_timeout: number } = {
        text: numbered(sql),
        values: values.map(String),
        rowMode: 'array',
        query_timeout,
        types: { getTypeParser: () => (cell: string | Buffer) => cell },
      }
      return client.query<(string | null)[]>(asked)
    }, timeoutMs)
  return {
    ask: async (sql, values = [], timeoutMs) => {
      const { rows, fields } = await query(sql, values, timeoutMs)
      const names = fields.map(({ name }) => name.toLowerCase())
      return rows.map((cells) => recordOf(names, (at) => cells[at] ?? null))
    },
    tell: async (sql, values) => {
      await query(sql, values)
    },
    drop,
  }
}

/** A server that only reads will do. */
async function begin(url: URL): Promise<Database> {
  const there = new URL(url)
  for (const ours of ['table', 'marked']) there.searchParams.delete(ours)
  there.searchParams.set('target_session_attrs', 'any')
  const client = await connect(there.href, 'source')
  try {
    await client.query(session)
    return client
  } catch (error) {
    await disconnect(client)
    throw error
  }
}

/** `?` outside of quoted names becomes $1, $2 …: what stands for values is all that questions hold of quotes and question marks. */
function numbered(sql: string): string {
  let count = 0
  return sql.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\/\*.*?\*\/|\?/gs, (found) =>
    found === '?' ? `$${++count}` : found,
  )
}

/** An answer of the server leaves the connection as it was, unless it ends it; everything else does. */
function isLost(error: unknown): boolean {
  return !(error instanceof pg.DatabaseError) || /^(08|57P)/.test(codeOf(error) ?? '')
}

/** Names of tables and columns come from the administrator’s URL and the catalog; values never go this way. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
