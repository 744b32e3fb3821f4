// A connection to MySQL or MariaDB that reads rows as text and comes back after it was lost.

import { connect as dial } from 'node:net'

import { createConnection } from 'mysql2/promise'
import type { Connection, RowDataPacket } from 'mysql2/promise'

import { codeOf } from '../../errors/whose-fault.ts'
import { cellOf } from '../record/bytes.ts'
import { recordOf } from '../record/record.ts'
import { connectLazily } from './lazy-connection.ts'
import { tlsOf } from './mysql-tls.ts'
import type { Server } from './sql-table.ts'

const connectMs = 5_000

/** A server that is connected to when it is first asked, and again after its connection was lost. */
export function mysqlServer(url: URL): Server {
  const { use, drop } = connectLazily(
    () => connect(url),
    (connection) => {
      connection.destroy()
    },
    isLost,
  )
  const query = (sql: string, values: readonly unknown[], timeoutMs?: number) =>
    use(
      (connection, timeout) =>
        connection.query<RowDataPacket[]>({ sql, values: [...values], timeout, rowsAsArray: true }),
      timeoutMs,
    )
  return {
    ask: async (sql, values = [], timeoutMs) => {
      const [rows, fields] = await query(sql, values, timeoutMs)
      const names = fields.map(({ name }) => name.toLowerCase())
      // The driver's types know nothing of rowsAsArray without typeCast: a row is then its cells as bytes.
      return (rows as unknown as (Buffer | null)[][]).map((cells) =>
        recordOf(names, (at) => cellOf(cells[at] ?? null)),
      )
    },
    tell: async (sql, values) => {
      await query(sql, values)
    },
    drop,
  }
}

/** A server of MySQL greets; one of PostgreSQL waits to be spoken to. */
class Speechless extends Error {
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('something listens there and does not greet as MySQL does; PostgreSQL is postgres://')
  }
}

function somethingListens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial({ host, port, timeout: connectMs })
    const end = (listens: boolean) => () => {
      socket.destroy()
      resolve(listens)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}

async function connect(url: URL): Promise<Connection> {
  const tls = tlsOf(url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? 3306 : Number(url.port)
  const connection = await createConnection({
    host,
    port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: databaseIn(url),
    charset: 'utf8mb4_general_ci',
    connectTimeout: connectMs,
    ...(tls ? { ssl: tls } : {}),
    // Cells as they come: dates stay as written, nothing becomes a number.
    typeCast: false,
  }).catch(async (error: unknown) => {
    throw codeOf(error) === 'ETIMEDOUT' && (await somethingListens(host, port)) ? new Speechless() : error
  })
  connection.on('error', () => undefined)
  // A strict server would refuse to be asked about 0000-00-00.
  await connection.query(`set session sql_mode = ''`)
  return connection
}

/** The name of the database in a URL. */
export function databaseIn(url: URL): string {
  return decodeURIComponent(url.pathname.slice(1))
}

/** An answer of the server leaves the connection as it was; everything else ends it. */
function isLost(error: unknown): boolean {
  return (
    !(typeof error === 'object' && error !== null && 'errno' in error && 'sqlState' in error) ||
    isFatal(error)
  )
}

function isFatal(error: object): boolean {
  return 'fatal' in error && error.fatal === true
}

/** Names of tables and columns come from the administrator's URL and the catalog; values never go this way. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
