// What the faults happen to: a PostgreSQL and a MariaDB of their own, wires that can fall silent, and several processes of every stage.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { freePort } from '../../shared/embedded/port.ts'
import { startPostgres } from '../../shared/embedded/server.ts'
import type { Server } from '../../shared/embedded/server.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { isNobodysFault } from '../../shared/errors/whose-fault.ts'
import { migrate } from '../../sql/migrate.ts'
import { prepareOffices } from '../support/generated.ts'
import { startOwnMysql } from '../support/mariadb.ts'
import type { OwnMysql } from '../support/mariadb.ts'
import { startProxy } from '../support/proxy.ts'
import type { Proxy } from '../support/proxy.ts'
import { asStage, createStageLogin } from '../support/servers.ts'
import { openExchanges } from './exchanges.ts'
import type { Exchanges } from './exchanges.ts'
import { createAsking } from './questions.ts'
import type { Asking } from './questions.ts'
import { keepRunning } from './workers.ts'
import type { Worker } from './workers.ts'

export interface World {
  postgres: Server
  /** What PostgreSQL commits synchronously is here as well. */
  standby: Server
  /** Of the database, as who may do everything; and as a stage. */
  adminUrl: string
  stageUrl: string
  mysql: OwnMysql
  exchanges: Exchanges
  questions: Asking['counts']
  /** Every second process of a stage is on these. */
  wires: readonly Proxy[]
  workers: Worker[]
  /** Gives back what processes wrote to standard error. */
  stop: () => Promise<string>
}

const stages = [
  'import',
  'client',
  'destination',
  'tariff',
  'schedule',
  'rollup',
  'watch',
  'notify',
  'authorize',
]
const database = 'paidcalls'
// So few connections that they can run out.
const settings = { max_connections: '70', shared_buffers: '128MB', autovacuum_naptime: '5s' }

export async function makeWorld(calls: number): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-faults-'))
  const [postgres, mysql] = await Promise.all([
    startPostgres(folder, settings),
    // What it has said to be written outlives it, as is usual for an exchange.
    startOwnMysql(['--innodb-flush-log-at-trx-commit=2']),
  ])
  const admin = await connect(postgres.url(), 'faults')
  await admin.query(`create database ${database} encoding 'UTF8' template template0`)
  await disconnect(admin)
  const standby = await startStandby(postgres, join(folder, 'standby'))
  const both = [postgres, standby].map((server) => new URL(server.url()).host).join(',')
  const adminUrl = postgres.url(database).replace(new URL(postgres.url()).host, both)
  const stageUrl = asStage(adminUrl, postgres.url())
  const port = await freePort(4)
  const asking = createAsking([port, port + 2])
  const exchanges = await withAdmin(adminUrl, async (db) => {
    await migrate(db)
    await createStageLogin(db)
    await prepareOffices(db)
    await db.query(
      `insert into rule (name, metric, within, threshold, close_after) values ('all that was spent', 'value', '1 day', 0, '1 day')`,
    )
    await db.query(
      `insert into account (client_id) select id from client where tarif_id is not null;
      insert into payment (account_id, amount, reference) select id, 100000, 'first' from account`,
    )
    return openExchanges(mysql.url, db, calls, asking.ask)
  })
  const wires = await Promise.all(
    [postgres.url(), standby.url(), mysql.url].map((url) => startProxy(url, false)),
  )
  const hosts = wires.map((wire) => new URL(wire.url).host)
  const wiredUrl = stageUrl.replace(both, hosts.slice(0, 2).join(','))
  const wiredMysqlUrl = mysql.url.replace(new URL(mysql.url).host, hosts[2] ?? '')
  const workers = [false, true].flatMap((wired) =>
    stages.map((stage) =>
      keepRunning(stage, {
        DATABASE_URL: wired ? wiredUrl : stageUrl,
        LANES: '2',
        LOG_LEVEL: 'silent',
        ...(stage === 'import' ? sourcesOf(exchanges, wired ? wiredMysqlUrl : mysql.url) : {}),
        ...(stage === 'authorize' ? portsOf(wired ? port + 2 : port) : {}),
      }),
    ),
  )
  return {
    ...{ postgres, standby, adminUrl, stageUrl, mysql, exchanges, wires, workers },
    questions: asking.counts,
    async stop() {
      const complaints = await Promise.all(workers.map((worker) => worker.stop()))
      await exchanges.close()
      await Promise.all([...wires.map((wire) => wire.stop()), standby.stop(), postgres.stop(), mysql.stop()])
      rmSync(folder, { recursive: true, force: true })
      return complaints.join('')
    },
  }
}

const portsOf = (port: number): Record<string, string> => ({
  AUTHORIZE_PORT: String(port),
  AGI_PORT: String(port + 1),
})

/** Follows the server so closely that a commit waits for it. */
async function startStandby(postgres: Server, folder: string): Promise<Server> {
  await postgres.crash()
  const standby = await startPostgres(folder, { ...settings, wal_retrieve_retry_interval: '200ms' }, postgres)
  await postgres.start()
  await withAdmin(postgres.url(), async (db) => {
    await db.query(`alter system set synchronous_standby_names = '*'`)
    await db.query('select pg_reload_conf()')
    const follows = `select from pg_stat_replication where sync_state = 'sync'`
    while (!(await db.query(follows)).rowCount) await new Promise((resolve) => setTimeout(resolve, 50))
  })
  return standby
}

function sourcesOf({ names }: Exchanges, mysqlUrl: string): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name, at) => [
      [`SOURCE_${at + 1}`, name],
      [`CDR_URL_${at + 1}`, `${mysqlUrl}exchanges?table=${name}`],
    ]),
  )
}

/** Over a connection of its own, for which a busy server is given time. */
export async function withAdmin<Result>(
  url: string,
  work: (db: Database) => Promise<Result>,
): Promise<Result> {
  const db = await connectInTime(url)
  return work(db).finally(() => disconnect(db))
}

async function connectInTime(url: string): Promise<Database> {
  for (const since = performance.now(); ;) {
    try {
      return await connect(url, 'faults')
    } catch (error) {
      if (!isNobodysFault(error) || performance.now() - since > 30_000) throw error
    }
  }
}
