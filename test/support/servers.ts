// One PostgreSQL and one MariaDB for all database tests: a URL in the environment, else Docker, else an embedded one.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { TestProject } from 'vitest/node'

import { startPostgres } from '../../shared/embedded/server.ts'
import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { sentenceFor } from '../../shared/errors/sentence.ts'
import { migrate } from '../../sql/migrate.ts'
import { compile } from './compiled.ts'
import { startMysql } from './mariadb.ts'

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string
    /** Of MariaDB, without a database; empty when there is none. */
    mysqlUrl: string
    mysqlProblem: string
    /** Where programs lie as JavaScript. */
    compiled: string
  }
}

/** Tests copy this migrated database instead of migrating one each. */
export const template = 'paidcalls_template'

const stageLogin = { name: 'paidcalls_test_stage', password: 'stage' }
const webLogin = { name: 'paidcalls_test_web', password: 'web' }
const portalLogin = { name: 'paidcalls_test_portal', password: 'portal' }

/** The URL as a stage's own, who may do what paidcalls_stage may; another login than the server's own stays. */
export function asStage(url: string, serverUrl: string): string {
  const { username, password } = new URL(serverUrl)
  const login = password === '' ? username : `${username}:${password}`
  return url.replace(`//${login}@`, `//${stageLogin.name}:${stageLogin.password}@`)
}

const as =
  (login: { name: string; password: string }) =>
  (url: string, serverUrl: string): string =>
    asStage(url, serverUrl).replace(
      `//${stageLogin.name}:${stageLogin.password}@`,
      `//${login.name}:${login.password}@`,
    )

/** The URL as the login of the pages, and as that of the portal. */
export const asWeb = as(webLogin)
export const asPortal = as(portalLogin)

/** The logins that asStage and asWeb name. */
export async function createStageLogin(db: Database): Promise<void> {
  await db.query(
    `do $$ begin
      create role ${stageLogin.name} login password '${stageLogin.password}' in role paidcalls_stage;
      create role ${webLogin.name} login password '${webLogin.password}' in role paidcalls_web;
      create role ${portalLogin.name} login password '${portalLogin.password}' in role paidcalls_portal;
    exception when duplicate_object then null; end $$`,
  )
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // A machine where no MariaDB can be had still runs the other tests: only those that ask for it fail, and say why.
  const starting =
    project.name === 'alone'
      ? Promise.resolve('Tests that run alone have no MariaDB.')
      : startMysql().catch((error: unknown) => sentenceFor(error))
  const server = await startServer()
  const admin = await connect(server.url, 'test')
  await admin.query(`drop database if exists ${template}`)
  await admin.query(`create database ${template} encoding 'UTF8' template template0`)
  await disconnect(admin)
  const db = await connect(withDatabase(server.url, template), 'test')
  await migrate(db)
  await createStageLogin(db)
  await disconnect(db)
  project.provide('serverUrl', server.url)
  project.provide('compiled', compile())
  const mysql = await starting
  project.provide('mysqlUrl', typeof mysql === 'string' ? '' : mysql.url)
  project.provide('mysqlProblem', typeof mysql === 'string' ? mysql : '')
  return async () => {
    await Promise.all([server.stop(), typeof mysql === 'string' ? undefined : mysql.stop()])
  }
}

async function startServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { url: given, stop: () => Promise.resolve() }
  if (spawnSync('docker', ['info'], { timeout: 5_000, stdio: 'ignore' }).status === 0) {
    const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
    const container = await new PostgreSqlContainer('postgres:16-alpine')
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .start()
    return {
      url: container.getConnectionUri(),
      stop: async () => {
        await container.stop()
      },
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-test-'))
  const server = await startPostgres(folder, { max_connections: '300', shared_buffers: '256MB' })
  return {
    url: server.url(),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
