// What every part of the benchmark stands on: servers of its own, databases made from a model, the real programs as processes.

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startPostgres } from '../../shared/embedded/server.ts'
import type { Server } from '../../shared/embedded/server.ts'
import { interpreterArgs } from '../../ecosystem.config.js'
import { connect, disconnect } from '../../shared/database/connect.ts'
import type { Database } from '../../shared/database/connect.ts'
import { laneSettings } from '../../shared/line/lane-queries.ts'
import { pause } from '../../shared/program/pause.ts'
import { machine } from './report.ts'
import { insertCalls, makeWorld } from './world.ts'

const here = fileURLToPath(new URL('../../', import.meta.url))
const never = new AbortController().signal

/** The settings of a lane, as libpq and pg take them. */
export const laneOptions = Object.entries(laneSettings)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ')

export interface Ground {
  /** The folder of the version that is measured. */
  root: string
  server: Server
  /** What was measured on. */
  machine: string
  /** A few rounds and small tables, or enough for figures to be quoted. */
  quick: boolean
  /** How far it is, with the minutes and seconds since it began. */
  say: (line: string) => void
  /** A database that is a copy of a model; dropped by `clear`. */
  copyOf: (model: string) => Promise<Yard>
  /** Makes a model once: a database with the tariffs and clients, and what `fill` adds to it. */
  model: (name: string, fill: (db: Database) => Promise<void>) => Promise<string>
  clear: () => Promise<void>
  /** Ends the connections to the server while it is ended and run in another way; it is back when `work` ends. */
  apart: (work: () => Promise<void>) => Promise<void>
}

/** One database, and what is measured in it. */
export interface Yard {
  name: string
  db: Database
  /** What a stage connects with: a login that may do what a stage may. */
  stageUrl: string
  url: string
  /** Starts a program of the version that is measured, with that login, so many LANES, settings and arguments. */
  start: (path: string, lanes: number, env?: Record<string, string>, args?: string[]) => ChildProcess
}

const settings = {
  // As a server is run: what is committed is on the disk, but for what stages do not wait for.
  fsync: 'on',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  max_connections: '100',
  track_commit_timestamp: 'on',
}
const stageLogin = { name: 'bench_stage', password: 'bench' }

/** Measures the version in a folder, this one unless told: its migrations, its programs. */
export async function prepareGround(
  quick: boolean,
  root = here,
): Promise<Ground & { stop: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-bench-'))
  const server = await startPostgres(folder, settings)
  let admin = await connect(server.url(), 'bench')
  const models = new Set<string>()
  const yards = new Map<string, Yard>()
  let made = 0

  const open = async (name: string): Promise<Yard> => {
    const url = server.url(name)
    const stageUrl = url.replace(/\/\/[^@]*@/, `//${stageLogin.name}:${stageLogin.password}@`)
    return {
      name,
      db: await connect(url, 'bench'),
      url,
      stageUrl,
      start: (path, lanes, env, args) => startProgram({ root, path, url: stageUrl, lanes, env, args }),
    }
  }
  const began = performance.now()
  const say = (line: string): void => {
    const seconds = Math.floor((performance.now() - began) / 1_000)
    process.stdout.write(
      `${String(Math.floor(seconds / 60)).padStart(3)}:${String(seconds % 60).padStart(2, '0')}  ${line}\n`,
    )
  }

  const base = async (): Promise<string> => {
    if (models.has('base')) return 'base'
    say('making the tariff of 168,372 rows and 1,000 clients')
    await admin.query('create database base')
    const yard = await open('base')
    migrate(root, yard.url)
    await yard.db.query(
      `create role ${stageLogin.name} login password '${stageLogin.password}' in role paidcalls_stage`,
    )
    await makeWorld(yard.db)
    await disconnect(yard.db)
    models.add('base')
    return 'base'
  }
  const clear = async (): Promise<void> => {
    for (const yard of yards.values()) {
      await disconnect(yard.db)
      await admin.query(`drop database ${yard.name} with (force)`)
    }
    yards.clear()
  }

  return {
    root,
    server,
    machine: await machine(admin),
    quick,
    say,
    clear,
    async model(name, fill) {
      if (models.has(name)) return name
      const from = await base()
      await admin.query(`create database ${name} template ${from}`)
      const yard = await open(name)
      await fill(yard.db)
      await yard.db.query('vacuum analyze')
      await disconnect(yard.db)
      models.add(name)
      return name
    },
    async copyOf(model) {
      const name = `yard${++made}`
      await admin.query(`create database ${name} template ${model}`)
      const yard = await open(name)
      // What copying wrote is on the disk before anything is measured.
      await admin.query('checkpoint')
      yards.set(name, yard)
      return yard
    },
    async apart(work) {
      for (const { db } of yards.values()) await disconnect(db)
      await disconnect(admin)
      await work()
      admin = await connect(server.url(), 'bench')
      for (const yard of yards.values()) yard.db = await connect(yard.url, 'bench')
    },
    async stop() {
      await clear()
      await disconnect(admin)
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Calls waiting at a stage: what the stages before it would have left. */
export async function waitingAt(ground: Ground, stage: string, calls: number): Promise<string> {
  const name = `at_${stage}_${calls}`
  return ground.model(name, async (db) => {
    await insertCalls(db, 1, calls)
    const url = ground.server.url(name)
    for (const before of stages.slice(0, stages.indexOf(stage as Stage))) await drain(before, ground, url)
  })
}

export const stages = ['client', 'destination', 'tariff'] as const
export type Stage = (typeof stages)[number]
export const statusAfter: Readonly<Record<Stage, string>> = {
  client: 'client defined',
  destination: 'destination defined',
  tariff: 'tarif defined',
}

async function drain(stage: Stage, { root }: Ground, url: string): Promise<void> {
  const process = startProgram({ root, path: `stages/${stage}.ts`, url, lanes: 4, args: ['--drain'] })
  await new Promise((resolve) => process.once('exit', resolve))
}

function migrate(root: string, url: string): void {
  const env = { ...process.env, DATABASE_URL: url }
  execFileSync(process.execPath, ['--import', 'tsx', 'sql/migrate.ts'], { cwd: root, env, stdio: 'pipe' })
}

/** Starts a program of the project as pm2 does for operators, as this version unless told. */
export function startProgram({ root = here, path, url, lanes, env, args = [] }: Program): ChildProcess {
  const node = interpreterArgs(basename(path, '.ts')).split(' ')
  const started = spawn(process.execPath, [...node, path, ...args], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: url,
      LANES: String(lanes),
      LOG_LEVEL: 'error',
      ALLOW_SUPERUSER: 'yes',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // A benchmark that is stopped leaves nothing running.
  const kill = (): void => void started.kill('SIGKILL')
  process.once('exit', kill)
  started.once('exit', () => process.off('exit', kill))
  return started
}

interface Program {
  root?: string
  path: string
  url: string
  lanes: number
  env?: Record<string, string> | undefined
  args?: string[] | undefined
}

export async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    processes.map(async (one) => {
      if (one.exitCode !== null || one.signalCode !== null) return
      const gone = new Promise((resolve) => one.once('exit', resolve))
      one.kill('SIGTERM')
      await gone
    }),
  )
}

/** Waits until a query says `done`. */
export async function until(db: Database, query: string): Promise<void> {
  for (let done = false; !done;) {
    await pause(200, never)
    done = (await db.query<{ done: boolean }>(query)).rows[0]?.done === true
  }
}

/** Of so many calls those that have reached a status, however many more the table holds: counted by the small index of those that have not. */
export function reached(db: Database, status: string, calls: number): () => Promise<number> {
  return async () => {
    await db.query('set enable_seqscan = off')
    const { rows } = await db.query<{ left: number }>(
      'select count(*) as left from paidcalls where status < $1 and problem is null and due_at is null',
      [status],
    )
    return calls - Number(rows[0]?.left)
  }
}

const warmUpMs = 3_000

/** Calls a second that are done within so many seconds; fewer seconds when nearly all `calls` are. Counted from 3 s after the first: till then processes compile. */
export async function rateOf(done: () => Promise<number>, seconds: number, calls: number): Promise<number> {
  const from = await done()
  let before = from
  while (before < from + 200) {
    await pause(100, never)
    before = await done()
  }
  await pause(warmUpMs, never)
  before = await done()
  const began = performance.now()
  let [after, ended] = [before, began]
  while (ended - began < seconds * 1_000 && after < calls * 0.97) {
    // Seldom, or counting takes from what it measures.
    await pause(1_000, never)
    after = await done()
    ended = performance.now()
  }
  return ((after - before) * 1_000) / (ended - began)
}

/** Microseconds a process has been on a CPU since it began; 0 where the system does not say. */
export function cpuMicros(pid: number | undefined): number {
  const path = `/proc/${pid ?? 0}/schedstat`
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) / 1_000 : 0
}

/** Processes of the PostgreSQL that serves this connection, by pid. */
export async function serverProcesses(db: Database): Promise<number[]> {
  const { rows } = await db.query<{ pid: number }>(
    'select pid from pg_stat_activity where pid <> pg_backend_pid()',
  )
  return rows.map(({ pid }) => pid)
}

/** Resident memory in megabytes. */
export function memoryOf(pid: number | undefined): number {
  const path = `/proc/${pid ?? 0}/status`
  const found = existsSync(path) ? /VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] : undefined
  return Number(found ?? 0) / 1_024
}

/** Transactions a second of pgbench with a script; undefined where there is no pgbench. */
export function pgbench(url: string, script: string, clients: number, seconds: number): number | undefined {
  const program = findPgbench()
  if (!program) return undefined
  const args = [
    '-n',
    '-M',
    'prepared',
    '-D',
    'last=0',
    '-f',
    script,
    '-c',
    String(clients),
    '-T',
    String(seconds),
    url,
  ]
  const said = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  return Number(/tps = ([\d.]+)/.exec(said)?.[1])
}

function findPgbench(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
  ]
  return folders.map((folder) => join(folder, 'pgbench')).find((path) => existsSync(path))
}
