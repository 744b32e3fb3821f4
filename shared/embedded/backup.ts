// The data of npm start as one file, while all runs, and back: a base backup by PostgreSQL's own functions (documentation, 25.3.4: pg_backup_start,
// the files as they are, pg_backup_stop, and the write-ahead log of that time).

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { connect, disconnect } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'

// What a server makes anew for itself.
const left = [
  'data/pg_wal/*',
  'data/postmaster.pid',
  'data/postmaster.opts',
  'data/pg_replslot/*',
  'data/pg_stat_tmp/*',
  'native',
]

/** The port of the server that is running on the data in a folder; throws a Complaint when there is none. */
function portOf(folder: string): string {
  const file = join(folder, 'data', 'postmaster.pid')
  const port = existsSync(file) ? readFileSync(file, 'utf8').split('\n')[3] : undefined
  if (!port)
    throw new Complaint(`Nothing runs on the data in ${folder}: npm start, and back it up while it runs.`)
  return port
}

/** 1: files changed while they were read, which is what the log is for. */
function tar(args: readonly string[], changes: boolean): void {
  const done = spawnSync('tar', args, { encoding: 'utf8' })
  if (done.error) throw new Complaint(`tar cannot be run: ${done.error.message}`)
  if (done.status !== 0 && !(changes && done.status === 1))
    throw new Complaint(`tar: ${done.stderr.trim().split('\n').at(-1) ?? ''}`)
}

/** Writes `file`, and nothing under its name before it is whole.  */
export async function backUp(folder: string, file: string): Promise<void> {
  const { postgres } = JSON.parse(readFileSync(join(folder, 'secrets.json'), 'utf8')) as { postgres: string }
  if (existsSync(file)) throw new Complaint(`${file} is there already: name another file.`)
  const db = await connect(`postgres://postgres:${postgres}@127.0.0.1:${portOf(folder)}/postgres`, 'backup')
  const part = `${resolve(file)}.part`
  const behind = mkdtempSync(join(dirname(resolve(file)), '.backup-'))
  try {
    const { rows: begun } = await db.query<{ first: string }>(
      `-- backup: begin\nselect pg_walfile_name(pg_backup_start('paidcalls', fast => true)) as first`,
    )
    const kept = ['data', 'secrets.json', 'exchanges.env', 'incoming'].filter((name) =>
      existsSync(join(folder, name)),
    )
    tar(['-cf', part, '-C', folder, ...left.map((name) => `--exclude=${name}`), ...kept], true)
    const { rows: ended } = await db.query<{ label: string; last: string }>(
      `-- backup: end\nselect labelfile as label, pg_walfile_name(lsn) as last from pg_backup_stop(false)`,
    )
    const [first, last] = [begun[0]?.first ?? '', ended[0]?.last ?? '']
    const wal = join(folder, 'data', 'pg_wal')
    const log = readdirSync(wal).filter(
      (name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last,
    )
    if (!log.includes(first) || !log.includes(last))
      throw new Complaint('More was written than is kept of the log: back it up when less is going on.')
    mkdirSync(join(behind, 'data', 'pg_wal'), { recursive: true })
    writeFileSync(join(behind, 'data', 'backup_label'), ended[0]?.label ?? '')
    for (const name of log) cpSync(join(wal, name), join(behind, 'data', 'pg_wal', name))
    tar(['-rf', part, '-C', behind, 'data'], false)
    renameSync(part, file)
  } finally {
    await disconnect(db)
    rmSync(behind, { recursive: true, force: true })
    rmSync(part, { force: true })
  }
}

/** Puts a backup into a folder that holds no data. What runs as another user gets its files by `owner`. */
export function restore(folder: string, file: string, owner: { uid: number; gid: number } | undefined): void {
  if (!existsSync(file)) throw new Complaint(`There is no file ${file}.`)
  if (existsSync(join(folder, 'data')))
    throw new Complaint(`There is data in ${folder} already: restore into an empty DATA_DIR.`)
  mkdirSync(folder, { recursive: true })
  tar(['-xf', resolve(file), '-C', folder], false)
  if (!existsSync(join(folder, 'data', 'backup_label'))) {
    rmSync(join(folder, 'data'), { recursive: true, force: true })
    throw new Complaint(`${file} is no backup of paidcalls, or not a whole one.`)
  }
  for (const name of ['pg_replslot', 'pg_stat_tmp'])
    mkdirSync(join(folder, 'data', name), { recursive: true, mode: 0o700 })
  chmodSync(join(folder, 'data'), 0o700)
  if (owner) spawnSync('chown', ['-R', `${owner.uid}:${owner.gid}`, join(folder, 'data')])
}
