// npm run demo: from an exchange's own records to priced calls, on this machine and with nothing installed.
//   --stay         keeps the server and the stages, until Ctrl-C
//   --calls 20000  how many calls are generated
//   --folder path  where the server has its files while it runs

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { connect, disconnect } from '../shared/database/connect.ts'
import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { runProgram } from '../shared/program/program.ts'
import { verifySums } from '../shared/sums/verify.ts'
import { grouped } from '../shared/text/number.ts'
import { migrate } from '../sql/migrate.ts'
import { check } from './check.ts'
import { loadDeck } from './deck.ts'
import { generateCalls } from './generate.ts'
import { edit, heal } from './heal.ts'
import { createCrew } from './processes.ts'
import type { Crew } from './processes.ts'
import { freePort } from '../shared/embedded/port.ts'
import { answering, askThreeTimes, opening, recordsCome } from './prepaid.ts'
import { watch } from './progress.ts'
import { startPostgres } from '../shared/embedded/server.ts'
import type { Server } from '../shared/embedded/server.ts'
import { billOne } from './statement.ts'
import { showDearest, showParked, showPipeline, showSavings } from './show.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

interface Demo {
  db: Database
  crew: Crew
  stop: AbortSignal
  folder: string
  /** How many calls are generated. */
  generated: number
}

// 125 lines by Asterisk 22 on UTC, 21 by Asterisk 16 while summer time ended in Berlin, and the generated ones.
const sourcesOf = ({ folder, generated }: Demo) => [
  {
    name: 'asterisk-22',
    file: join(here, 'data/asterisk/v22-utc/master.db'),
    format: 'sqlite',
    records: 125,
  },
  {
    name: 'asterisk-16',
    file: join(here, 'data/asterisk/v16-dst-fold/Master.csv'),
    format: 'csv',
    records: 21,
  },
  { name: 'london', file: join(folder, 'Master.csv'), format: 'csv', records: generated },
]

async function tell(demo: Demo): Promise<void> {
  const { db, crew, stop, generated } = demo
  const sources = sourcesOf(demo)
  const records = sources.reduce((sum, source) => sum + source.records, 0)
  await db.query(readFileSync(join(here, 'set-up.sql'), 'utf8'))
  say('Entered clients, caller IDs, prefixes, providers and plans: demo/set-up.sql')
  say(`Loaded the rate deck: ${await loadDeck(db, 'World list')}`)
  await db.query(readFileSync(join(here, 'prices.sql'), 'utf8'))
  say("Derived two difference plans and the carrier's prices from it: demo/prices.sql")
  const file = join(demo.folder, 'Master.csv')
  const statements = join(demo.folder, 'statements')
  writeFileSync(file, generateCalls(generated))
  say(`Wrote ${grouped(generated)} generated calls as an Asterisk would: ${relative(root, file)}`)

  const startedAt = Date.now()
  title(`Four stages, each a process of its own, move ${grouped(records)} calls`)
  for (const stage of ['client', 'destination', 'tariff']) crew.start(stage)
  const imported = Promise.all(
    sources.map(({ name, file, format }) =>
      crew.run('import', ['--drain'], { SOURCE: name, CDR_URL: cdrUrl(format, file) }),
    ),
  ).then(() => undefined)
  await watch(db, records, imported, stop)
  say(`Priced, or put to wait, in ${seconds(startedAt)}, the start of the processes included`)

  title('Where are the calls?  select * from pipeline')
  process.stdout.write(await showPipeline(db))
  title('The ten dearest calls, and how their price came about  (rating_decision)')
  process.stdout.write(await showDearest(db))
  title('What each client saves by its plan')
  process.stdout.write(await showSavings(db))
  title('Why do calls wait?  select * from parked_calls')
  process.stdout.write(await showParked(db))
  await check(db, records, [])

  title('An administrator adds the caller ID that is missing')
  process.stdout.write(`${edit.replaceAll(/^/gm, '  ')};\n\n`)
  const { calls, firstMs, lastMs } = await heal(db, stop)
  say(
    `${calls} calls went on by themselves: the first was priced ${firstMs} ms after the edit, the last ${lastMs} ms`,
  )
  process.stdout.write(`\n${await showParked(db)}`)

  title('Checked by SQL')
  for (const line of await check(db, records, ['a caller ID nobody owns'])) say(line)

  title('What do they come to?  npm run rollup, then npm run rollup -- --verify')
  await crew.run('rollup', ['--drain'], {})
  const { decisions, differences } = await verifySums(db)
  if (differences.length > 0) throw new Complaint(differences.join('\n'))
  say(`All sums are what ${grouped(decisions)} decisions say`)

  title('A client with one dollar asks to make three calls at one time  (npm run authorize)')
  const port = await freePort(2)
  crew.start('authorize', { AUTHORIZE_PORT: String(port), AGI_PORT: String(port + 1) })
  crew.start('rollup')
  await db.query(opening)
  process.stdout.write(`${opening.replaceAll(/^/gm, '  ')};\n\n`)
  await answering(port, stop)
  const asked = await askThreeTimes(port)
  process.stdout.write(`${asked.table}\n`)
  say('Two of the calls end after half of their seconds; their records are priced and booked')
  process.stdout.write(`\n${await recordsCome(db, asked.allowed, stop)}`)

  title("One client's February as a bill  (npm run statement -- --month 2026-02 --client …)")
  await db.query(readFileSync(join(here, 'books.sql'), 'utf8'))
  say('Entered who sends it, a tax and a monthly fee: demo/books.sql')
  mkdirSync(statements, { recursive: true })
  const bill = await billOne(db, statements)
  process.stdout.write(`\n${bill.table}\n`)
  say(`${bill.pdf}, with every call in the .csv beside it`)
  say('Confirmed by SQL, to the last digit')
  process.stdout.write(`\n${bill.confirmed}\n`)
}

runProgram(import.meta.url, 'demo', async (stop) => {
  const startedAt = Date.now()
  const { stay: stays, calls, folder: given } = readArguments()
  const folder = resolve(root, given)
  await refuseSecondDemo(folder)
  mkdirSync(folder, { recursive: true })
  // When the reader of the output goes away, so does the demo.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGTERM'))
  const server = await startPostgres(folder)
  const url = server.url('paidcalls')
  const crew = createCrew(stageUrl(url))
  let db: Database | undefined
  let told: Promise<void> | undefined
  try {
    say(`Started a PostgreSQL of its own in ${relative(root, folder)}`)
    await createDatabase(server)
    db = await connect(url, 'demo')
    await migrate(db)
    await createStageLogin(db, stageUrl(url))
    told = tell({ db, crew, stop, folder, generated: calls }).then(() => {
      say(`Done in ${seconds(startedAt)}`)
    })
    await Promise.race([told, crew.failed, aborted(stop)])
    if (stays && !stop.aborted) await stay(url, crew, stop)
    else if (stop.aborted) process.exitCode = 130
  } catch (error) {
    // Ctrl-C reaches every process of a terminal: what fails then is no news.
    if (!stop.aborted) throw error
    process.exitCode = 130
  } finally {
    await crew.stop()
    await disconnect(db)
    await told?.catch(() => undefined)
    await server.stop()
  }
})

function readArguments(): { stay: boolean; calls: number; folder: string } {
  const options = {
    stay: { type: 'boolean', default: false },
    calls: { type: 'string', default: '20000' },
    folder: { type: 'string', default: '.cache/demo' },
  } as const
  let values
  try {
    values = parseArgs({ options }).values
  } catch {
    throw new Complaint('There is --stay, --calls with a number, and --folder with a path; nothing else.')
  }
  const calls = Number(values.calls)
  if (!Number.isInteger(calls) || calls < 1_000 || calls > 1_000_000) {
    throw new Complaint(`--calls is a whole number from 1000 to 1000000, not "${values.calls}".`)
  }
  return { ...values, calls }
}

async function createDatabase(server: Server): Promise<void> {
  const admin = await connect(server.url(), 'demo')
  await admin.query(`create database paidcalls encoding 'UTF8' template template0`)
  await disconnect(admin)
}

/** The stages have a login of their own, which may do what they need and no more. */
function stageUrl(url: string): string {
  const changed = new URL(url)
  changed.username = 'demo_stage'
  return changed.href
}

async function createStageLogin(db: Database, url: string): Promise<void> {
  const { username, password } = new URL(url)
  await db.query(`create role ${username} login password '${password}' in role paidcalls_stage`)
}

async function stay(url: string, crew: Crew, stop: AbortSignal): Promise<void> {
  title('The server and the stages go on until Ctrl-C')
  process.stdout.write(`  psql ${url}\n\n`)
  await Promise.race([crew.failed, aborted(stop)])
}

/** A server that answers would lose its data under its feet. */
async function refuseSecondDemo(folder: string): Promise<void> {
  const left = join(folder, 'data/postmaster.pid')
  if (!existsSync(left)) return
  const [pid, , , port] = readFileSync(left, 'utf8').split('\n')
  const isAnswering = await new Promise<boolean>((resolve) => {
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
  if (isAnswering) {
    throw new Complaint(
      `Another demo has its PostgreSQL in ${folder} (process ${pid ?? '?'}): stop that one first.`,
    )
  }
}

function cdrUrl(format: string, file: string): string {
  return `${format}://${pathToFileURL(file).pathname}?table=cdr`
}

function aborted(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve()
    stop.addEventListener('abort', () => {
      resolve()
    })
  })
}

function say(sentence: string): void {
  process.stdout.write(`  ${sentence}.\n`)
}

function title(text: string): void {
  process.stdout.write(`\n${text}\n\n`)
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(1)} s`
}
