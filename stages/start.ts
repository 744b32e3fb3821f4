// start: everything on one machine. Without DATABASE_URL a PostgreSQL of its own, kept in DATA_DIR; migrated; all stages at work, and the pages.
//   npm start               prints the address of the pages and, the first time, a password
//   npm start -- --demo     filled with the demo's records, the first time
// With DATABASE_URL it is only the pages, as npm run web. Exchanges that are read stand in DATA_DIR/exchanges.env: SOURCE_1=office, CDR_URL_1=csv:///…

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { withDatabase } from '../shared/database/with-database.ts'
import { createCrew } from '../shared/embedded/crew.ts'
import type { Crew } from '../shared/embedded/crew.ts'
import { exchangesIn } from '../shared/embedded/exchanges.ts'
import { keepPostgres } from '../shared/embedded/server.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { pause, stopped } from '../shared/program/pause.ts'
import { runProgram } from '../shared/program/program.ts'
import { migrate } from '../sql/migrate.ts'

const database = 'paidcalls'
// How often it is looked whether an exchange was added on a page.
const lookMs = 500
const stages = ['client', 'destination', 'tariff', 'schedule', 'rollup', 'watch', 'notify']

interface Secrets {
  postgres: string
  stage: string
  web: string
  portal: string
}

/** Made the first time; nobody else may read the file. */
function secretsIn(folder: string): Secrets {
  const file = join(folder, 'secrets.json')
  const secret = (): string => randomBytes(18).toString('base64url')
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {}
  // A folder of an earlier version lacks some.
  const secrets = { postgres: secret(), stage: secret(), web: secret(), portal: secret(), ...known }
  if (Object.keys(known).length < Object.keys(secrets).length)
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}

/** A database with our schema, and the logins of the programs. */
async function prepare(adminUrl: string, url: string, secrets: Secrets): Promise<void> {
  await withDatabase(adminUrl, 'start', async (db) => {
    const { rowCount } = await db.query(
      `-- start: is it there?\nselect from pg_database where datname = '${database}'`,
    )
    if (rowCount === 0) await db.query(`create database ${database} encoding 'UTF8' template template0`)
  })
  await withDatabase(url, 'start', async (db) => {
    await migrate(db)
    for (const [login, role] of [
      ['stage', 'paidcalls_stage'],
      ['web', 'paidcalls_web'],
      ['portal', 'paidcalls_portal'],
    ] as const) {
      const { rows } = await db.query<{ statement: string }>(
        `-- start: the logins of the programs
        select format('%s role %I login password %L', case when exists (select from pg_roles where rolname = $1) then 'alter' else 'create' end, $1::text, $2::text) as statement`,
        [`paidcalls_own_${login}`, secrets[login]],
      )
      await db.query(`${rows[0]?.statement ?? ''}; grant ${role} to paidcalls_own_${login}`)
    }
  })
}

/** Whether nobody can log in yet. */
async function isNew(url: string): Promise<boolean> {
  return withDatabase(url, 'start', async (db) => {
    const { rowCount } = await db.query('-- start: can somebody log in?\nselect from web_password limit 1')
    return rowCount === 0
  })
}

async function answers(port: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function whileUp(
  crew: Crew,
  folder: string,
  urlOf: (login: keyof Secrets) => string,
  demo: boolean,
  stop: AbortSignal,
): Promise<void> {
  const env = {
    DATABASE_URL: urlOf('stage'),
    WEB_DATABASE_URL: urlOf('web'),
    PORTAL_DATABASE_URL: urlOf('portal'),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
  }
  const port = process.env['WEB_PORT'] ?? '8080'
  if (demo && (await exchangesIn(folder)).size === 0)
    process.stdout.write(await crew.run('demo/fill.ts', [folder], { DATABASE_URL: urlOf('postgres') }))
  const password = (await isNew(urlOf('postgres')))
    ? await crew.run('stages/web.ts', ['--password', 'admin'], env)
    : ''
  crew.start('web', 'stages/web.ts', { ...env, EXCHANGES_FOLDER: folder })
  for (const stage of stages) crew.start(stage, `stages/${stage}.ts`, env)
  let read = await importAll(crew, folder, env, new Map())
  while (!stopped(stop) && !(await answers(port))) await pause(100, stop)
  process.stdout.write(
    `${password}paidcalls is at http://localhost:${port}; its data and logs are in ${folder}. Ctrl-C ends it.\n`,
  )
  while (!stopped(stop)) {
    await pause(lookMs, stop)
    read = await importAll(crew, folder, env, read)
  }
}

/** An importer for each exchange that is new, or is read from elsewhere than before; gives back which are read. */
async function importAll(
  crew: Crew,
  folder: string,
  env: Record<string, string>,
  known: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const all = await exchangesIn(folder)
  for (const [source, url] of all)
    if (known.get(source) !== url)
      crew.start(`import-${source.replaceAll('/', '-')}`, 'stages/import.ts', {
        ...env,
        SOURCE: source,
        CDR_URL: url,
      })
  return all
}

runProgram(import.meta.url, 'start', async (stop) => {
  const unknown = process.argv.slice(2).find((word) => word !== '--demo')
  if (unknown !== undefined) throw new Complaint(`${unknown} is no option: --demo is.`)
  const folder = resolve(process.env['DATA_DIR'] || 'data')
  const crew = createCrew(join(folder, 'logs'))
  if (process.env['DATABASE_URL']) {
    crew.start('web', 'stages/web.ts', {})
    process.stdout.write(
      `The pages are at http://localhost:${process.env['WEB_PORT'] ?? '8080'}, of the database in DATABASE_URL.\n`,
    )
    while (!stopped(stop)) await pause(3_600_000, stop)
    await crew.stop()
    return
  }
  mkdirSync(folder, { recursive: true })
  const secrets = secretsIn(folder)
  const server = await keepPostgres(folder, secrets.postgres)
  try {
    const urlOf = (login: keyof Secrets): string =>
      login === 'postgres'
        ? server.url(database)
        : server
            .url(database)
            .replace(`postgres:${secrets.postgres}@`, `paidcalls_own_${login}:${secrets[login]}@`)
    await prepare(server.url(), urlOf('postgres'), secrets)
    await whileUp(crew, folder, urlOf, process.argv.includes('--demo'), stop)
  } finally {
    await crew.stop()
    await server.stop()
  }
})
