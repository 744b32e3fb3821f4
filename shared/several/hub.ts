// The hub: a small database of its own that asks several databases at once. Nothing is kept in it.

import { connect, disconnect } from '../database/connect.ts'
import type { Database } from '../database/connect.ts'
import { serversOf } from '../database/url.ts'
import { Complaint } from '../errors/complaint.ts'
import { sentenceFor } from '../errors/sentence.ts'
import { acrossQuery, asked, columnsQuery, groundQuery, serverQuery, viewQuery } from './hub-questions.ts'
import type { Column } from './hub-questions.ts'

interface Kept {
  schema: string
  view: string
  column_name: string
  type: string
  at: number
}

/** Adds a database, or says anew how one is reached. `url`: as a login that may do what paidcalls_hub may. Throws a Complaint. */
export async function addToHub(hub: Database, name: string, url: string): Promise<void> {
  await refuseCalls(hub)
  const columns = await columnsThere(url)
  const { username, password, reach } = reachOf(url)
  await hub.query('begin')
  await hub.query(groundQuery)
  await run(hub, serverQuery, [name, JSON.stringify(reach), JSON.stringify(columns), username, password])
  await hub.query(
    '-- hub: ask it\ninsert into hub_database (name) values ($1) on conflict (name) do update set added_at = now()',
    [name],
  )
  await hub.query('drop view if exists clients_in_several')
  for (const view of asked)
    await run(hub, viewQuery, [view, JSON.stringify(columns.filter((column) => column.view === view))])
  await hub.query(acrossQuery)
  await hub.query('commit')
}

/** Asks a database no longer. Throws a Complaint when it was not asked. */
export async function removeFromHub(hub: Database, name: string): Promise<void> {
  await refuseCalls(hub)
  const { rows } = await hub.query<{ there: boolean }>(
    `-- hub: is there one?\nselect to_regclass('hub_database') is not null as there`,
  )
  const { rowCount } = rows[0]?.there
    ? await hub.query('-- hub: ask it no longer\ndelete from hub_database where name = $1', [name])
    : { rowCount: 0 }
  if (!rowCount) throw new Complaint(`The hub asks no database ${name}.`)
  await run(
    hub,
    `-- hub: how to forget it
    select format('drop %s if exists %I cascade', kind, 'paidcalls_' || replace($1::text, '-', '_')) as line from unnest(array['server', 'schema']) kind`,
    [name],
  )
}

async function run(hub: Database, query: string, values: readonly string[]): Promise<void> {
  const { rows } = await hub.query<{ line: string }>(query, [...values])
  for (const { line } of rows) await hub.query(line)
}

/** Its views have the names of ours. */
async function refuseCalls(hub: Database): Promise<void> {
  const { rows } = await hub.query<{ calls: boolean }>(
    `-- hub: is it a database of calls?\nselect to_regclass('paidcalls') is not null as calls`,
  )
  if (rows[0]?.calls)
    throw new Complaint(
      'DATABASE_URL names a database of calls: make an empty one for the hub (createdb hub) and name that.',
    )
}

async function columnsThere(url: string): Promise<Kept[]> {
  const db = await connect(url, 'hub').catch((error: unknown) => {
    throw new Complaint(`The database to be asked: ${sentenceFor(error)}`)
  })
  try {
    const { rows } = await db.query<Column>(columnsQuery, [[...asked]])
    const missing = asked.find((view) => !rows.some((column) => column.view === view))
    if (missing !== undefined)
      throw new Complaint(`The database to be asked has no view ${missing}: run npm run migrate there.`)
    const { rows: seen } = await db.query<{ all: boolean }>(
      '-- hub: does it show all?\nselect reads_all_clients() as all',
    )
    if (!seen[0]?.all)
      throw new Complaint(
        'The login sees no calls there: role paidcalls_hub must be named in table client_reader of that database (docs/scaling.md).',
      )
    return rows.map(({ name, ...column }, at) => ({ ...column, column_name: name, at }))
  } finally {
    await disconnect(db)
  }
}

interface Reach {
  username: string
  password: string
  reach: Record<string, string>
}

/** What libpq wants to know; who does not connect within three seconds, or answer within five, is away. */
function reachOf(url: string): Reach {
  const { urls } = serversOf(url)
  const servers = urls.map((one) => new URL(one))
  const [first] = servers
  if (!first) throw new Complaint('The URL names no server.')
  const given = Object.fromEntries(
    ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']
      .map((option) => [option, first.searchParams.get(option)])
      .filter(([, value]) => value !== null) as [string, string][],
  )
  return {
    username: decodeURIComponent(first.username),
    password: decodeURIComponent(first.password),
    reach: {
      host: servers.map(({ hostname }) => hostname).join(','),
      port: servers.map(({ port }) => port || '5432').join(','),
      dbname: decodeURIComponent(first.pathname.slice(1)),
      connect_timeout: '3',
      tcp_user_timeout: '5000',
      options: '-c statement_timeout=5000',
      application_name: 'paidcalls hub',
      ...(servers.length > 1 ? { target_session_attrs: 'read-write' } : {}),
      ...given,
      // Encrypted without looking who answers is what libpq calls require.
      ...(given['sslmode'] === 'no-verify' ? { sslmode: 'require' } : {}),
    },
  }
}
