// Fills a database of npm start with the demo's exchange in London: clients, plans, prices, and the records of last week to be read.
//   tsx demo/fill.ts FOLDER

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { withDatabase } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { runProgram } from '../shared/program/program.ts'
import { loadDeck } from './deck.ts'
import { generateCalls } from './generate.ts'

const [records, weekMs] = [6_000, 7 * 86_400_000]
// A Monday.
const someMonday = Date.UTC(2026, 1, 2)

runProgram(import.meta.url, 'fill', async () => {
  const [, , folder] = process.argv
  if (folder === undefined) throw new Complaint('fill wants the folder of npm start.')
  await withDatabase(process.env['DATABASE_URL'] ?? '', 'fill', async (db) => {
    await db.query(readFileSync(new URL('./set-up.sql', import.meta.url), 'utf8'))
    await loadDeck(db, 'World list')
    await db.query(readFileSync(new URL('./prices.sql', import.meta.url), 'utf8'))
  })
  const incoming = join(folder, 'incoming', 'london')
  mkdirSync(incoming, { recursive: true })
  const file = join(incoming, 'Master.csv')
  const monday = someMonday + Math.floor((Date.now() - weekMs - someMonday) / weekMs) * weekMs
  writeFileSync(file, generateCalls(records, { monday: monday / 1000 }))
  writeFileSync(
    join(folder, 'exchanges.env'),
    `SOURCE_1=london\nCDR_URL_1=${pathToFileURL(file).href.replace('file:', 'csv:')}\n`,
    { mode: 0o600 },
  )
  process.stdout.write("Filled with the demo's exchange in London and a week of its calls.\n")
})
