// deck: brings price lists into plans, says what they change, and gives them out again.
// Takes no calls. Ends with code 1 and one sentence, or the lines in error, when nothing was written.
//   npm run deck -- load FILE.csv --plan 3 --from 2026-12-01

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { diffPlans, exportDeck } from '../shared/decks/export.ts'
import { loadDeck } from '../shared/decks/load.ts'
import { fileIn, keepMapping, planIn, readArguments, usage, withMapping } from '../shared/decks/options.ts'
import type { Given } from '../shared/decks/options.ts'
import { rehearse } from '../shared/decks/rehearsal.ts'
import { undoDeck } from '../shared/decks/undo.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { printable, printableLines } from '../shared/text/printable.ts'
import { tariff } from './tariff.ts'

async function load(db: Database, asked: Given): Promise<void> {
  const given = await withMapping(db, asked)
  const { text, flag } = given
  const from = text('from')
  if (from === undefined) throw new Complaint(`From when on? Say --from 2026-12-01.\n${usage}`)
  const raise = text('raise') ?? '20'
  if (!/^\d{1,6}(\.\d{1,4})?$/.test(raise))
    throw new Complaint(`--raise is a percentage such as 20, not ${printable(raise)}.`)
  const [tarifnum, file] = [planIn(text('plan')), fileIn(given)]
  const terms = { strict: flag('strict'), keepGone: flag('keep-gone'), dryRun: flag('dry-run') }
  await loadDeck(db, { ...file, ...terms, tarifnum, from, raise }, say)
  const kept = await keepMapping(db, given)
  if (kept !== undefined) say(`mapping ${kept} is saved`)
}

async function undo(db: Database, { text, flag }: Given): Promise<void> {
  await undoDeck(db, { tarifnum: planIn(text('plan')), dryRun: flag('dry-run') }, say)
}

async function rehearsal(db: Database, asked: Given): Promise<void> {
  const given = await withMapping(db, asked)
  const callsSince = given.text('calls-since')
  if (callsSince === undefined) throw new Complaint(`Which calls? Say --calls-since 2026-11-01.\n${usage}`)
  const [tarifnum, keepGone] = [planIn(given.text('plan')), given.flag('keep-gone')]
  await rehearse(db, tariff, { ...fileIn(given), tarifnum, callsSince, keepGone }, say)
}

async function exporting(db: Database, { text }: Given): Promise<void> {
  await exportDeck(db, planIn(text('plan')), text('at'), write, note)
}

async function diff(db: Database, { words, text }: Given): Promise<void> {
  const [, one, other] = words
  if (one === undefined || other === undefined) throw new Complaint(`Which two plans?\n${usage}`)
  await diffPlans(db, [planIn(one), planIn(other)], text('at'), write, note)
}

function say(line: string): void {
  process.stdout.write(`${printableLines(line)}\n`)
}

/** Beside what is given out on standard output. */
function note(line: string): void {
  process.stderr.write(`${printableLines(line)}\n`)
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => {
      if (error) reject(error)
      else resolve()
    })
  })
}

const commands: Readonly<Record<string, (db: Database, given: Given) => Promise<void>>> = {
  load,
  undo,
  rehearse: rehearsal,
  export: exporting,
  diff,
}

runProgram(import.meta.url, 'deck', async (stop) => {
  const given = readArguments(process.argv.slice(2))
  const command = commands[given.words[0] ?? '']
  if (!command) throw new Complaint(usage)
  // Whoever reads the output may have seen enough.
  process.stdout.on('error', () => process.exit(1))
  // A connection that is cut before it commits has written nothing.
  stop.addEventListener('abort', () => {
    process.stderr.write('deck: stopped\n')
    process.exit(1)
  })
  await withMigrated(readConfig(process.env).databaseUrl, 'deck', (db) => command(db, given))
})
