// doctor: looks at a set-up and says what to mend: server, login, migrations, settings, and the sources in the environment.
// Takes no calls and changes nothing. Ends with code 1 when something must be mended.

import { hostname } from 'node:os'

import { findSource } from '../shared/cdr/source.ts'
import type { Database } from '../shared/database/connect.ts'
import { withDatabase } from '../shared/database/with-database.ts'
import { checksOfDatabase, checksOfLine } from '../shared/doctor/checks.ts'
import { bad, good } from '../shared/doctor/finding.ts'
import type { Finding } from '../shared/doctor/finding.ts'
import { examineRole } from '../shared/doctor/login.ts'
import { examineMigrations, notMigrated } from '../shared/doctor/migrations.ts'
import { examineProcesses } from '../shared/doctor/processes.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { sentenceFor } from '../shared/errors/sentence.ts'
import { readAuthorizeConfig } from '../shared/program/authorize-config.ts'
import {
  namesSource,
  readImportConfig,
  readScheduleConfig,
  wantedProcesses,
} from '../shared/program/config.ts'
import type { SourceConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { openReader } from '../shared/sources/registry.ts'
import { printable } from '../shared/text/printable.ts'

const signs = { good: 'ok  ', doubtful: 'look', bad: 'MEND' } as const

const reasonOf = (error: unknown): string => (error instanceof Complaint ? error.message : sentenceFor(error))

async function examine(db: Database, allowsSuperuser: boolean | undefined): Promise<Finding[]> {
  const findings: Finding[] = []
  // What cannot be asked is a finding, too.
  const ask = async (look: () => Promise<Finding[]>): Promise<void> => {
    try {
      findings.push(...(await look()))
    } catch (error) {
      findings.push(bad('a question could not be asked', reasonOf(error)))
    }
  }
  for (const check of checksOfDatabase) await ask(() => check(db))
  await ask(() => examineRole(db, allowsSuperuser))
  await ask(() => examineMigrations(db))
  if (findings.some(({ what }) => what.startsWith(notMigrated))) return findings
  for (const check of checksOfLine) await ask(() => check(db))
  await ask(() => examineProcesses(db, hostname(), wantedProcesses(process.env)))
  await ask(() => examineSources(db))
  return findings
}

/** Those this host is to import, if any. */
async function examineSources(db: Database): Promise<Finding[]> {
  if (!namesSource(process.env)) return [good('no source is set on this host')]
  const findings: Finding[] = []
  let sources: readonly SourceConfig[]
  try {
    ;({ sources } = readImportConfig(process.env))
  } catch (error) {
    return [bad('the settings of the sources are wrong', reasonOf(error))]
  }
  for (const { source: name, cdrUrl } of sources) {
    try {
      const source = await findSource(db, name)
      if (!(await isEnabled(db, source.id)))
        findings.push(
          bad(
            `source ${name} is not enabled`,
            'Set enabled to true in its row of table source, or take it out of the settings of this host.',
          ),
        )
      const reader = openReader(cdrUrl, () => source.format)
      await reader.open().finally(() => reader.close())
      findings.push(good(`source ${name} can be read`))
    } catch (error) {
      findings.push(bad(`source ${name} cannot be read`, reasonOf(error)))
    }
  }
  return findings
}

async function isEnabled(db: Database, sourceId: number): Promise<boolean> {
  const { rows } = await db.query<{ enabled: boolean }>(
    '-- doctor: is the source to be read?\nselect enabled from source where id = $1',
    [sourceId],
  )
  return rows[0]?.enabled ?? false
}

runProgram(import.meta.url, 'doctor', async () => {
  // Settings of every program that runs here: wrong ones are named at once.
  readAuthorizeConfig(process.env)
  const { databaseUrl, allowsSuperuser } = readScheduleConfig(process.env)
  const findings = await withDatabase(databaseUrl, 'doctor', (db) => examine(db, allowsSuperuser))
  for (const { verdict, what, advice } of findings)
    process.stdout.write(
      `${signs[verdict]}  ${printable(what)}${advice === undefined ? '' : `\n      ${printable(advice)}`}\n`,
    )
  const toMend = findings.filter(({ verdict }) => verdict === 'bad').length
  process.stdout.write(toMend === 0 ? 'Nothing must be mended.\n' : `${toMend} to be mended.\n`)
  if (toMend > 0) process.exitCode = 1
})
