// One MariaDB for the tests that import from it: a URL in the environment, else Docker, else a server of this machine,
// else Debian's packages, unpacked into a folder of the project: nothing is installed, and root is not needed.

import { randomBytes } from 'node:crypto'
import { execFile, spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { createConnection } from 'mysql2/promise'

import { freePort } from '../../shared/embedded/port.ts'

const cache = fileURLToPath(new URL('../../.cache/mariadb/', import.meta.url))
const serverPackages = ['mariadb-server-core', 'mariadb-client-core']
// What the server links to and a bare machine may not have; the names depend on the release.
const libraryPackages = ['libmariadb3', 'libaio1', 'libaio1t64', 'liburing2']
const startMs = 30_000

export interface Mysql {
  /** Of a user who may do everything, without a database. */
  url: string
  stop: () => Promise<void>
}

export interface OwnMysql extends Mysql {
  /** Ends it at once; start brings it back. */
  crash: () => Promise<void>
  start: () => Promise<void>
  /** As long as it runs. */
  pid: () => number | undefined
}

const run = promisify(execFile)

/** Runs a program to its end without holding up what else starts. Rejects with what it wrote when it fails. */
function call(
  program: string,
  args: readonly string[],
  cwd = tmpdir(),
  env: NodeJS.ProcessEnv = process.env,
) {
  return run(program, args, { cwd, env, maxBuffer: 16 * 1024 * 1024 })
}

interface Binaries {
  server: string
  /** Creates the system tables of a MariaDB; a MySQL does that itself. */
  install: string | undefined
  base: string
  environment: NodeJS.ProcessEnv
}

/** Throws a sentence on what is missing when there is no way to a server. */
export async function startMysql(): Promise<Mysql> {
  const given = process.env['TEST_MYSQL_URL']
  if (given) return { url: given, stop: () => Promise.resolve() }
  if (spawnSync('docker', ['info'], { timeout: 5_000, stdio: 'ignore' }).status === 0) return startContainer()
  return startServer(binariesOnPath() ?? (await unpacked()))
}

/** A server of its own with more arguments, also where others are given: one that may be killed. */
export async function startOwnMysql(settings: readonly string[]): Promise<OwnMysql> {
  return startServer(binariesOnPath() ?? (await unpacked()), settings)
}

async function startContainer(): Promise<Mysql> {
  const { GenericContainer, Wait } = await import('testcontainers')
  const password = randomBytes(8).toString('hex')
  const container = await new GenericContainer('mariadb:11')
    .withEnvironment({ MARIADB_ROOT_PASSWORD: password })
    .withCommand(['--character-set-server=utf8mb4'])
    .withExposedPorts(3306)
    .withWaitStrategy(Wait.forLogMessage(/ready for connections/, 2))
    .start()
  return {
    url: `mysql://root:${password}@${container.getHost()}:${container.getMappedPort(3306)}/`,
    stop: async () => {
      await container.stop()
    },
  }
}

function binariesOnPath(): Binaries | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const find = (name: string) => folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  const server = find('mariadbd') ?? find('mysqld')
  if (!server) return undefined
  const install = find('mariadb-install-db') ?? find('mysql_install_db')
  return { server, install, base: dirname(dirname(server)), environment: process.env }
}

/** Debian's packages, downloaded once: 8 MB. */
async function unpacked(): Promise<Binaries> {
  const base = join(cache, 'usr')
  const server = join(base, 'sbin', 'mariadbd')
  if (!existsSync(server)) await download()
  const linked = readdirSync(join(base, 'lib')).filter((name) => name.includes('-linux-'))
  const folders = linked.flatMap((name) => [join(base, 'lib', name), join(cache, 'lib', name)])
  return {
    server,
    install: join(base, 'bin', 'mariadb-install-db'),
    base,
    environment: { ...process.env, LD_LIBRARY_PATH: folders.join(delimiter) },
  }
}

async function download(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'paidcalls-packages-'))
  try {
    const libraries = await knownPackages()
    const packages = [...serverPackages, ...libraries]
    await call('apt-get', ['download', ...packages], folder)
      .catch(() =>
        call('apt-get', ['update'], folder).then(() => call('apt-get', ['download', ...packages], folder)),
      )
      .catch((error: unknown) => {
        throw new Error(
          'There is no MariaDB for the tests: set TEST_MYSQL_URL, or install Docker or mariadb-server; apt-get could not download it.',
          { cause: error },
        )
      })
    const target = join(folder, 'unpacked')
    for (const name of readdirSync(folder)) await call('dpkg', ['-x', join(folder, name), target])
    mkdirSync(dirname(cache), { recursive: true })
    rmSync(cache, { recursive: true, force: true })
    cpSync(target, cache, { recursive: true, verbatimSymlinks: true })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function knownPackages(): Promise<string[]> {
  const { stdout } = await call('apt-cache', ['--no-all-versions', 'show', ...libraryPackages]).catch(
    // Fails when one is not known, having told of the others; execFile gives that along with its error.
    (error: unknown) => ({ stdout: (error as { stdout?: string }).stdout ?? '' }),
  )
  return [...stdout.matchAll(/^Package: (.*)$/gm)].map((match) => match[1] ?? '')
}

async function startServer(
  { server, install, base, environment: binariesEnvironment }: Binaries,
  settings: readonly string[] = [],
): Promise<OwnMysql> {
  const home = mkdtempSync(join(tmpdir(), 'paidcalls-mariadb-'))
  // A server that starts takes away what looks like its temporary tables, also those of another that runs on this host.
  const environment = { ...binariesEnvironment, TMPDIR: home }
  const data = join(home, 'data')
  const asUser = process.getuid?.() === 0 ? ['--user=root'] : []
  const [program, args] = install
    ? ['sh', [install, `--basedir=${base}`, '--auth-root-authentication-method=normal', '--skip-test-db']]
    : [server, ['--initialize-insecure']]
  const [first = '', ...others] = args
  // --no-defaults must come first, after the script that sh runs.
  const given = install ? [first, '--no-defaults', ...others] : ['--no-defaults', first]
  await call(program, [...given, `--datadir=${data}`, ...asUser], home, environment)

  const port = await freePort()
  const password = randomBytes(8).toString('hex')
  const welcome = join(home, 'welcome.sql')
  writeFileSync(
    welcome,
    `create user if not exists paidcalls identified by '${password}';\ngrant all on *.* to paidcalls with grant option;\n`,
  )
  const url = `mysql://paidcalls:${password}@127.0.0.1:${port}/`
  const serverArguments = [
    '--no-defaults',
    `--basedir=${base}`,
    `--datadir=${data}`,
    ...asUser,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${join(home, 'socket')}`,
    `--pid-file=${join(home, 'pid')}`,
    `--init-file=${welcome}`,
    '--character-set-server=utf8mb4',
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    ...settings,
    ...(install ? ['--skip-log-bin'] : ['--disable-log-bin', '--mysqlx=0']),
  ]
  const launch = async (): Promise<ChildProcess> => {
    const started = spawn(server, serverArguments, {
      cwd: home,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    started.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
    await answers(
      url,
      () => started.exitCode !== null,
      () => said,
    )
    return started
  }
  let child = await launch()
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.on('exit', kill)
  return {
    url,
    crash: () => end('SIGKILL'),
    async start() {
      child = await launch()
    },
    pid: () => child.pid,
    async stop() {
      process.off('exit', kill)
      await end('SIGTERM')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function answers(url: string, ended: () => boolean, said: () => string): Promise<void> {
  for (const since = Date.now(); ;) {
    try {
      const connection = await createConnection(url)
      await connection.end()
      return
    } catch (error) {
      if (ended() || Date.now() - since > startMs)
        throw new Error(`MariaDB did not start: ${said()}`, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
