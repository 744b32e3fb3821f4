// divide: several databases, each with some of the exchanges. A program for people, not a stage.
//   npm run divide -- --first west                    DATABASE_URL is the first: people edit there
//   npm run divide -- --copy east --from URL          DATABASE_URL is another: what is edited in the first (URL) is copied there
//   npm run divide -- --take-over                     the first is lost for good: this copy takes its place

import { parseArgs } from 'node:util'

import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readName } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { takeOver } from '../shared/several/alone.ts'
import { makeCopy } from '../shared/several/copy.ts'
import { makeFirst } from '../shared/several/first.ts'
import { printable } from '../shared/text/printable.ts'

const say = (line: string): void => {
  process.stdout.write(`divide: ${printable(line)}\n`)
}

runProgram(import.meta.url, 'divide', async () => {
  const { values } = parseArgs({
    options: {
      first: { type: 'string' },
      copy: { type: 'string' },
      from: { type: 'string' },
      'take-over': { type: 'boolean', default: false },
    },
  })
  const { first, copy, from } = values
  const { databaseUrl } = readConfig(process.env)
  const given = [first, copy, from].filter((one) => one !== undefined).length
  if (values['take-over'] && given === 0) {
    const name = await withMigrated(databaseUrl, 'divide', takeOver)
    say(
      `this database is ${name}, the first from now on; who was at home in the lost one is so still (client.home, source.home)`,
    )
    return
  }
  if (values['take-over']) throw new Complaint('--take-over stands alone.')
  if (first !== undefined && copy === undefined && from === undefined) {
    const name = readName('--first', first)
    await withMigrated(databaseUrl, 'divide', (db) => makeFirst(db, name))
    say(`this database is ${name}, the first: what is edited here is there to be copied (docs/scaling.md)`)
    return
  }
  if (copy !== undefined && from !== undefined && first === undefined) {
    const name = readName('--copy', copy)
    await withMigrated(databaseUrl, 'divide', (db) => makeCopy(db, { name, firstUrl: from, say }))
    return
  }
  throw new Complaint('Say --first NAME, --copy NAME --from URL, or --take-over.')
})
