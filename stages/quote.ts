// quote: what would a call cost? A program for people, not a stage: it prices a call that does not exist and leaves nothing behind.
//   npm run quote -- --client 5 --number 493012345678 --seconds 61 [--at 2026-11-01T12:00:00Z] [--source office] [--json]
// With --source the number is what is dialled at that exchange, otherwise E.164.

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readInstant, readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { quote } from '../shared/simulation/quote.ts'
import { printableJson } from '../shared/text/printable.ts'
import { columns } from '../shared/text/table.ts'
import { destination } from './destination.ts'
import { tariff } from './tariff.ts'

// Amounts as text: what reads JSON would make floating point of them.
const decisionQuery = `-- quote: show the decision
select to_jsonb(made) - 'call_id' || jsonb_build_object('price', price::text, 'connect_fee', connect_fee::text, 'max_charge', max_charge::text,
  'unrounded', unrounded::text, 'total', total::text, 'delta', delta::text, 'master_total', master_total::text, 'cost', cost::text) as decision
from rating_decision made where call_id = $1`

async function show(db: Database, call: number, json: boolean): Promise<void> {
  if (json) {
    const { rows } = await db.query<{ decision: unknown }>(decisionQuery, [call])
    process.stdout.write(`${printableJson(rows[0]?.decision)}\n`)
    return
  }
  const { rows } = await db.query<Record<string, string | null>>(
    `-- quote: show the receipt\nselect item, value, explanation from receipt($1) where item not in ('reason', 'call')`,
    [call],
  )
  process.stdout.write(columns(rows, { value: 'right' }))
}

runProgram(import.meta.url, 'quote', async () => {
  const { values } = parseArgs({
    options: {
      client: { type: 'string' },
      number: { type: 'string' },
      seconds: { type: 'string' },
      at: { type: 'string' },
      source: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const question = {
    client: readWhole('--client', values.client),
    number: values.number ?? '',
    seconds: readWhole('--seconds', values.seconds),
    at: values.at === undefined ? new Date() : readInstant('--at', values.at),
    source: values.source ?? null,
  }
  if (question.number === '')
    throw new Complaint('--number is missing: what is dialled, or E.164 without --source.')
  await withMigrated(readConfig(process.env).databaseUrl, 'quote', async (db) => {
    // The connection ends without a commit: nothing stays.
    await db.query('begin')
    await show(db, await quote(db, { destination, tariff }, question), values.json)
  })
})
