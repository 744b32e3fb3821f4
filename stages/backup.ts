// backup: the data of npm start as one file, while it runs, and back. A program for people, not a stage.
//   npm run backup -- FILE               writes all of DATA_DIR that counts
//   npm run backup -- --restore FILE     into an empty DATA_DIR; then npm start

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

import { nobody } from '../shared/embedded/binaries.ts'
import { backUp, restore } from '../shared/embedded/backup.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { runProgram } from '../shared/program/program.ts'

runProgram(import.meta.url, 'backup', async () => {
  const { values, positionals } = parseArgs({
    options: { restore: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [file, more] = positionals
  if (file === undefined || more !== undefined)
    throw new Complaint('Name one file: npm run backup -- FILE, or npm run backup -- --restore FILE.')
  if (process.env['DATABASE_URL'])
    throw new Complaint(
      'DATABASE_URL is set: this is for the database of npm start. Use pg_dump or pg_basebackup for another.',
    )
  const folder = resolve(process.env['DATA_DIR'] || 'data')
  if (values.restore) {
    restore(folder, file, process.getuid?.() === 0 ? nobody() : undefined)
    process.stdout.write(`Restored into ${folder}. npm start starts it.\n`)
    return
  }
  await backUp(folder, file)
  process.stdout.write(`Wrote ${file}.\n`)
})
