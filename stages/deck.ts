// deck: brings price lists into plans, says what they change, and gives them out again.
// Takes no calls. Ends with code 1 and one sentence, or the lines in error, when nothing was written.
//   npm run deck -- load FILE.csv --plan 3 --from 2026-12-01

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { fields, optionFor } from '../shared/decks/columns.ts'
import { diffPlans, exportDeck } from '../shared/decks/export.ts'
import { loadDeck } from '../shared/decks/load.ts'
import type { FileOptions } from '../shared/decks/read.ts'
import { rehearse } from '../shared/decks/rehearsal.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { printable, printableLines } from '../shared/text/printable.ts'
import { tariff } from './tariff.ts'

const usage = `Say what to do:
  npm run deck -- load FILE.csv --plan 3 --from 2026-12-01 [--dry-run] [--raise 20] [--strict] [--keep-gone]
  npm run deck -- rehearse FILE.csv --plan 3 --calls-since 2026-11-01 [--keep-gone]
  npm run --silent deck -- export --plan 3 [--at 2026-12-01] > deck.csv
  npm run --silent deck -- diff 3 4 [--at 2026-12-01] > differences.csv
of a FILE.csv: [--code-follows-prefix] [--code-prefix 1] [--delimiter ';'] [--ignore "Heading"]… and columns by name or number where the header does not tell:
  ${fields.map(optionFor).join(' ')}`

interface Given {
  words: string[]
  text: (name: string) => string | undefined
  flag: (name: string) => boolean
  /** What was said of an option that may be given several times. */
  all: (name: string) => string[]
}

const texts = [
  'plan',
  'from',
  'at',
  'calls-since',
  'raise',
  'delimiter',
  'code-prefix',
  ...fields.map((field) => optionFor(field).slice(2)),
]
const flags = ['strict', 'keep-gone', 'dry-run', 'code-follows-prefix']

function readArguments(written: string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: written,
      allowPositionals: true,
      options: Object.fromEntries([
        ...texts.map((name) => [name, { type: 'string' as const }]),
        ...flags.map((name) => [name, { type: 'boolean' as const }]),
        ['ignore', { type: 'string' as const, multiple: true }],
      ]) as Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>,
    })
    return {
      words: positionals,
      text: (name) => {
        const value = values[name]
        return typeof value === 'string' ? value : undefined
      },
      flag: (name) => values[name] === true,
      all: (name) => [values[name] ?? []].flat().map(String),
    }
  } catch (error) {
    throw new Complaint(`${printable(error instanceof Error ? error.message : String(error))}\n${usage}`)
  }
}

function planIn(written: string | undefined): number {
  if (written !== undefined && /^\d{1,9}$/.test(written)) return Number(written)
  throw new Complaint(
    written === undefined
      ? `Which plan? Say --plan 3.\n${usage}`
      : `${printable(written)} is no number of a plan.`,
  )
}

function fileIn({ words, text, flag, all }: Given): FileOptions {
  const [, path, ...more] = words
  if (path === undefined || more.length > 0) throw new Complaint(`Which file? Name one.\n${usage}`)
  const delimiter = text('delimiter') === '\\t' || text('delimiter') === 'tab' ? '\t' : text('delimiter')
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n\w]/.test(delimiter))) {
    throw new Complaint(`--delimiter is one sign such as ; or tab, not ${printable(delimiter)}.`)
  }
  const given: FileOptions['given'] = {}
  for (const field of fields) {
    const column = text(optionFor(field).slice(2))
    if (column !== undefined) given[field] = column
  }
  const codeBegins = text('code-prefix') ?? ''
  if (!/^([1-9]\d{0,5})?$/.test(codeBegins))
    throw new Complaint(
      `--code-prefix is what stands in front of each code, such as 1, not ${printable(codeBegins)}.`,
    )
  return {
    path,
    delimiter,
    given,
    codeFollowsPrefix: flag('code-follows-prefix'),
    ignored: all('ignore'),
    codeBegins,
  }
}

async function load(db: Database, given: Given): Promise<void> {
  const { text, flag } = given
  const from = text('from')
  if (from === undefined) throw new Complaint(`From when on? Say --from 2026-12-01.\n${usage}`)
  const raise = text('raise') ?? '20'
  if (!/^\d{1,6}(\.\d{1,4})?$/.test(raise))
    throw new Complaint(`--raise is a percentage such as 20, not ${printable(raise)}.`)
  const [tarifnum, file] = [planIn(text('plan')), fileIn(given)]
  const terms = { strict: flag('strict'), keepGone: flag('keep-gone'), dryRun: flag('dry-run') }
  await loadDeck(db, { ...file, ...terms, tarifnum, from, raise }, say)
}

async function rehearsal(db: Database, given: Given): Promise<void> {
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
