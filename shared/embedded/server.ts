// A PostgreSQL of its own for one machine, the demo and the tests, from the binaries in the packages: nothing is installed.

import { randomBytes } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { Complaint } from '../errors/complaint.ts'
import { binariesFor, createData, nativeFolder, nobody, reachable, refuseOtherVersion } from './binaries.ts'
import type { Options } from './binaries.ts'
import { freePort } from './port.ts'

export interface Server {
  /** URL of database `name` (default postgres), with its password. */
  url: (name?: string) => string
  /** Where its files are. */
  folder: string
  /** Ends it at once, as pg_ctl stop -m immediate does; start brings it back. */
  crash: () => Promise<void>
  start: () => Promise<void>
  /** Ends it for good and removes its data. */
  stop: () => Promise<void>
}

interface Start {
  binaries: string
  arguments: readonly string[]
  options: Options
}

/**
 * Starts a new PostgreSQL with its data in `folder`, on a free port of the loopback interface.
 * Root may not run PostgreSQL: then it runs as nobody, and where nobody cannot reach `folder` it moves to the
 * folder for temporary files. The data is removed when it stops. `standbyOf`: a standby of a server
 * that is not running at this moment, with a copy of its data.
 */
export async function startPostgres(
  folder: string,
  settings: Record<string, string> = {},
  standbyOf?: Server,
): Promise<Server> {
  const native = nativeFolder()
  const asUser = process.getuid?.() === 0 ? nobody() : undefined
  const home =
    asUser && !reachable(resolve(folder)) ? mkdtempSync(join(tmpdir(), 'paidcalls-')) : resolve(folder)
  const data = join(home, 'data')
  rmSync(data, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  mkdirSync(data, { mode: 0o700 })
  if (asUser) {
    chmodSync(home, 0o755)
    chownSync(data, asUser.uid, asUser.gid)
  }
  const binaries = binariesFor(home, native, asUser)
  const primary = standbyOf && new URL(standbyOf.url())
  const password = primary?.password ?? randomBytes(12).toString('hex')
  const options = { ...asUser, cwd: home, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
  if (standbyOf) copyData(join(standbyOf.folder, 'data'), data)
  else createData(join(binaries, 'initdb'), data, password, options)

  const port = await freePort()
  const given = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    ...(primary && {
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres password=${password}`,
    }),
    ...settings,
  }
  const settingsGiven = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return running(
    { binaries, arguments: ['-D', data, ...settingsGiven], options },
    { home, port, password },
    () => {
      rmSync(home === resolve(folder) ? data : home, { recursive: true, force: true })
    },
  )
}

/**
 * Starts the PostgreSQL whose data is kept in `folder`, and makes it the first time. Throws a Complaint when the data is of another
 * major version, or when root keeps it where the user PostgreSQL runs as cannot reach it.
 */
export async function keepPostgres(folder: string, password: string): Promise<Server> {
  const native = nativeFolder()
  const asUser = process.getuid?.() === 0 ? nobody() : undefined
  const home = resolve(folder)
  const data = join(home, 'data')
  if (asUser && !reachable(dirname(home)))
    throw new Complaint(
      `PostgreSQL does not run as root but as nobody, who cannot reach ${home}: set DATA_DIR to another folder, such as /var/lib/paidcalls.`,
    )
  mkdirSync(home, { recursive: true })
  if (asUser) chmodSync(home, 0o711)
  const binaries = binariesFor(home, native, asUser)
  const options = { ...asUser, detached: true, cwd: home, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }
  const made = join(data, 'PG_VERSION')
  if (existsSync(made))
    refuseOtherVersion(readFileSync(made, 'utf8').trim(), join(binaries, 'postgres'), home)
  else {
    rmSync(data, { recursive: true, force: true })
    mkdirSync(data, { mode: 0o700 })
    if (asUser) chownSync(data, asUser.uid, asUser.gid)
    createData(join(binaries, 'initdb'), data, password, options)
  }
  const port = await freePort()
  const given = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'shared_buffers=256MB',
    // What a backup needs of the log is there when it ends.
    'wal_keep_size=512MB',
    'max_connections=100',
  ]
  return running(
    { binaries, arguments: ['-D', data, ...given.flatMap((setting) => ['-c', setting])], options },
    { home, port, password },
    () => undefined,
  )
}

async function running(
  starting: Start,
  { home, port, password }: { home: string; port: number; password: string },
  remove: () => void,
): Promise<Server> {
  let server = await launch(starting)
  const kill = (): void => {
    server.kill('SIGQUIT')
  }
  process.on('exit', kill)
  return {
    url: (name = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${port}/${name}`,
    folder: home,
    crash: () => end(server, 'SIGQUIT'),
    async start() {
      server = await launch(starting)
    },
    async stop() {
      process.off('exit', kill)
      await end(server, 'SIGINT')
      remove()
    },
  }
}

async function launch(starting: Start): Promise<ChildProcess> {
  const server = spawn(join(starting.binaries, 'postgres'), starting.arguments, {
    ...starting.options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((ready, fail) => {
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
      if (said.includes('ready to accept')) ready()
    })
    server.once('exit', () => {
      fail(new Complaint(`PostgreSQL did not start in ${starting.options.cwd}: ${said.trim()}`))
    })
  })
  return server
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const gone = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await gone
}

// With owners and rights, which PostgreSQL looks at.
function copyData(from: string, to: string): void {
  rmSync(to, { recursive: true })
  const copied = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  if (copied.status !== 0) throw new Error(`The data cannot be copied: ${copied.stderr}`)
  rmSync(join(to, 'postmaster.pid'), { force: true })
  writeFileSync(join(to, 'standby.signal'), '')
}
