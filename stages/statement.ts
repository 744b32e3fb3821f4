// statement: what a month came to for each client, as a bill. A program for people, not a stage.
//   npm run statement -- --month 2026-10 [--client 5] [--draft] [--with-waiting] [--out statements]
//   npm run statement -- --void 2026-00017 --reason "wrong address"    takes one back; the next credits it
//   npm run statement -- --verify                                      all statements are what the decisions say

import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readMonth, readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { writeFiles } from '../shared/statements/files.ts'
import { madeInWords, makeStatements, voidStatement } from '../shared/statements/run.ts'
import { verifyStatements } from '../shared/statements/verify.ts'
import { grouped } from '../shared/text/number.ts'
import { printable } from '../shared/text/printable.ts'
import { showProgress } from '../shared/text/progress.ts'
import type { Progress } from '../shared/text/progress.ts'

interface Month {
  month: string
  client: number | null
  draft: boolean
  withWaiting: boolean
  folder: string
}

async function makeMonth(db: Database, asked: Month): Promise<void> {
  await warnWithoutIssuer(db)
  await mkdir(asked.folder, { recursive: true })
  let progress: Progress | undefined
  let last = ''
  const made = await makeStatements(db, {
    ...asked,
    begin: (count) => {
      progress = showProgress('statement', count)
    },
    step: () => progress?.add(1),
    made: async ({ id }) => {
      last = await writeFiles(db, id, asked.folder)
    },
  })
  progress?.stop()
  const { issued, drafts, before, failed } = made
  const said = [
    ...madeInWords(made, asked.draft),
    ...(last === '' ? [] : [issued + drafts + before === 1 ? last : `files in ${asked.folder}`]),
  ]
  process.stdout.write(`statement: ${printable(said.join('; '))}.\n`)
  if (failed.length > 0)
    throw new Complaint(
      [`${failed.length} could not be made:`, ...failed.map((sentence) => `  ${sentence}`)].join('\n'),
    )
}

async function warnWithoutIssuer(db: Database): Promise<void> {
  const { rowCount } = await db.query('-- statement: who sends them?\nselect from issuer')
  if (rowCount === 0)
    process.stderr.write(
      'statement: table issuer is empty, so these statements do not say who sends them (docs/statements.md).\n',
    )
}

async function verify(db: Database): Promise<void> {
  const { statements, toBill, differences } = await verifyStatements(db)
  if (differences.length > 0)
    throw new Complaint(['The statements are not what the decisions say:', ...differences].join('\n  '))
  for (const line of toBill) process.stdout.write(`statement: ${printable(line)}\n`)
  process.stdout.write(`statement: all ${grouped(statements)} statements are what the decisions say\n`)
}

runProgram(import.meta.url, 'statement', async () => {
  const { values } = parseArgs({
    options: {
      month: { type: 'string' },
      client: { type: 'string' },
      draft: { type: 'boolean', default: false },
      'with-waiting': { type: 'boolean', default: false },
      out: { type: 'string', default: 'statements' },
      void: { type: 'string' },
      reason: { type: 'string' },
      verify: { type: 'boolean', default: false },
    },
  })
  const work = (db: Database): Promise<void> => {
    if (values.verify) return verify(db)
    if (values.void !== undefined) return takeBack(db, values.void, values.reason)
    return makeMonth(db, {
      month: readMonth('--month', values.month),
      client: values.client === undefined ? null : readWhole('--client', values.client),
      draft: values.draft,
      withWaiting: values['with-waiting'],
      folder: values.out,
    })
  }
  if (!values.verify && values.void === undefined) readMonth('--month', values.month)
  await withMigrated(readConfig(process.env).databaseUrl, 'statement', work)
})

async function takeBack(db: Database, number: string, reason: string | undefined): Promise<void> {
  if (!reason?.trim()) throw new Complaint('--reason is missing: it stands on the credit.')
  await voidStatement(db, number, reason)
  process.stdout.write(`statement: ${printable(number)} is void; the client's next statement credits it.\n`)
}
