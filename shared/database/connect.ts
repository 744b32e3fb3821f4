// Connections to the billing database.

import pg from 'pg'

import { isNobodysFault } from '../errors/whose-fault.ts'
import { nameOf, serversOf } from './url.ts'

// Row ids and counts are far below 2^53; numeric stays text, because money never meets floating point.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

const connectMs = 5_000
// Where another server may do, nobody waits long for one that is switched off.
const connectNextMs = 2_000
// A host that is cut off does not say so: silence is asked about after 5 s, and taken for an end after 15.
const keepAliveMs = 5_000

// The server that could be written last is asked first.
const lastFound = new Map<string, string>()

const sessionQuery = `-- connect: can this server be written? And end the session of a host that is cut off
select current_setting('transaction_read_only')::boolean as read_only, set_config('tcp_keepalives_idle', '5', false),
  set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '2', false),
  set_config('tcp_user_timeout', '15000', false)`

/**
 * A connection that names itself in pg_stat_activity as `paidcalls <role>`, to the server of the URL that can be written.
 * A connection lost later emits no error that would end the process: the next query on it fails instead.
 * `answerMs`: a query that is not answered by then fails as if the connection were lost.
 */
export async function connect(databaseUrl: string, role: string, answerMs?: number): Promise<pg.Client> {
  const { urls, written } = serversOf(databaseUrl)
  const last = lastFound.get(databaseUrl)
  const failures: unknown[] = []
  for (const url of [...urls].sort((a, b) => Number(b === last) - Number(a === last))) {
    try {
      const client = await connectTo(
        url,
        role,
        written,
        urls.length > 1 ? connectNextMs : connectMs,
        answerMs,
      )
      lastFound.set(databaseUrl, url)
      return client
    } catch (error) {
      failures.push(error)
    }
  }
  // What can be mended is told before what may pass.
  throw failures.find((error) => !isNobodysFault(error)) ?? failures.at(-1)
}

async function connectTo(
  url: string,
  role: string,
  written: boolean,
  patienceMs: number,
  answerMs: number | undefined,
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `paidcalls ${role}`,
    connectionTimeoutMillis: patienceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    ...(answerMs === undefined ? {} : { query_timeout: answerMs }),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await within(patienceMs, client.query<{ read_only: boolean }>(sessionQuery))
    if (written && rows[0]?.read_only) throw new ReadOnly(nameOf(url))
    return client
  } catch (error) {
    await disconnect(client)
    throw error
  }
}

/** A server that cannot be written now: a standby, or one somebody has set to read only. */
export class ReadOnly extends Error {
  readonly code = '25006'
  constructor(name: string) {
    super(`${name} only reads`)
  }
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('timeout expired'))
    }, ms)
  })
  return Promise.race([work, late]).finally(() => {
    clearTimeout(timer)
  })
}

/** Closes a connection however it is; one that is lost cannot say goodbye. */
export async function disconnect(client: pg.Client | undefined): Promise<void> {
  if (!client) return
  await Promise.race([
    client.end().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, 500).unref()),
  ])
}

export type Database = pg.Client
