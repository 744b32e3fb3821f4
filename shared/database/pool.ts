// Connections that many take turns with, to the server of a URL that can be written.

import pg from 'pg'

import { isNobodysFault } from '../errors/whose-fault.ts'
import { ReadOnly } from './connect.ts'
import { nameOf, serversOf } from './url.ts'

export interface Pool {
  /** For its taker alone, until he releases it. */
  connect: () => Promise<pg.PoolClient>
  query: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<pg.QueryResult<Row>>
  end: () => Promise<void>
}

/** Where several servers are named and one is away or only reads, the next is asked. */
export function createPool(databaseUrl: string, settings: pg.PoolConfig): Pool {
  const { urls, written } = serversOf(databaseUrl)
  let at = 0
  const url = (): string => urls[at % urls.length] ?? ''
  class OfServer extends pg.Client {
    constructor(given?: pg.ClientConfig) {
      super({ ...given, connectionString: url() })
    }
  }
  const pool = new pg.Pool({ ...settings, Client: OfServer })
  // A connection that is lost while nobody uses it is made anew.
  pool.on('error', () => undefined)
  // One that is lost while somebody has it is an error of what he asks next.
  pool.on('connect', (client) => client.on('error', () => undefined))
  const writable = new WeakSet<pg.PoolClient>()

  async function take(): Promise<pg.PoolClient> {
    const name = nameOf(url())
    const client = await pool.connect()
    if (!written || urls.length === 1 || writable.has(client)) return client
    try {
      const { rows } = await client.query<{ read_only: boolean }>(
        `-- pool: can this server be written?\nselect current_setting('transaction_read_only')::boolean as read_only`,
      )
      if (rows[0]?.read_only !== false) throw new ReadOnly(name)
    } catch (error) {
      client.release(true)
      throw error
    }
    writable.add(client)
    return client
  }

  async function connect(triesLeft = urls.length): Promise<pg.PoolClient> {
    const tried = at
    try {
      return await take()
    } catch (error) {
      if (!isNobodysFault(error)) throw error
      if (at === tried) at++
      if (triesLeft <= 1) throw error
      return connect(triesLeft - 1)
    }
  }

  return {
    connect: () => connect(),
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      const client = await connect()
      let broken = false
      try {
        return await client.query<Row>(text, values)
      } catch (error) {
        broken = isNobodysFault(error)
        throw error
      } finally {
        client.release(broken)
      }
    },
    end: () => pool.end(),
  }
}
