// rerate: sends calls back to be priced again, or says what that would change. A program for people, not a stage.
//   npm run rerate -- --client 5 --since 2026-11-01 --until 2026-12-01 --reason "deck of October was late" [--dry-run]
// Without --client: every client. --from-status "new record": owner and number are found again too.

import { parseArgs } from 'node:util'

import type { Database } from '../shared/database/connect.ts'
import { withMigrated } from '../shared/database/with-database.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { readInstant, readWhole } from '../shared/program/arguments.ts'
import { readConfig } from '../shared/program/config.ts'
import { runProgram } from '../shared/program/program.ts'
import { callsOfAnyAge } from '../shared/simulation/dry-run.ts'
import { priceAgain } from '../shared/simulation/would-cost.ts'
import { columns } from '../shared/text/table.ts'
import { tariff } from './tariff.ts'

interface Span {
  client: number | null
  since: Date
  until: Date
}

const callsQuery = `select * from ${callsOfAnyAge}
where status = 'tarif defined' and calldate >= $1 and calldate < $2 and ($3::integer is null or client_id = $3)`

const changesQuery = `-- rerate: what would change, per client and destination
select coalesce(client.name, '(nobody)') as client,
  coalesce(nullif(tarif.description, ''), paidcalls.country, paidcalls.kind, '(none)') as destination,
  count(*) as calls, count(*) filter (where would_cost.total is distinct from paidcalls.total) as changed,
  sum(paidcalls.total)::text as before, sum(would_cost.total)::text as after,
  (sum(would_cost.total) - sum(paidcalls.total) filter (where would_cost.problem is null))::text as change,
  paidcalls.currency, count(would_cost.problem) as would_wait
from would_cost
join ${callsOfAnyAge} on paidcalls.id = would_cost.call_id
left join client on client.id = paidcalls.client_id
left join tarif on tarif.id = coalesce(would_cost.tarif_id, paidcalls.code_id)
group by 1, 2, paidcalls.currency
having count(*) filter (where would_cost.total is distinct from paidcalls.total) > 0
order by abs(coalesce(sum(would_cost.total), 0) - sum(paidcalls.total)) desc, 1, 2`

/** Prices the calls of that time as they would be priced now, and shows what would change. Nothing is changed. */
async function tryOut(db: Database, { client, since, until }: Span): Promise<void> {
  await db.query('begin isolation level repeatable read')
  const calls = await priceAgain(db, tariff, callsQuery, [since, until, client])
  const { rows } = await db.query<Record<string, unknown>>(changesQuery)
  if (rows.length > 0) process.stdout.write(columns(rows))
  process.stdout.write(
    `rerate: ${calls} calls looked at, ${rows.length} rows would change; nothing was changed.\n`,
  )
  await db.query('rollback')
}

async function sendBack(
  db: Database,
  { client, since, until }: Span,
  reason: string,
  fromStatus: string,
): Promise<void> {
  const { rows } = await db.query<{ calls: number }>(
    `-- rerate: send calls back\nselect rerate($1, $2, $3, $4, $5::enum_paidcalls_status) as calls`,
    [client, since, until, reason, fromStatus],
  )
  process.stdout.write(`rerate: ${rows[0]?.calls ?? 0} calls sent back to '${fromStatus}'.\n`)
  const { rows: kept } = await db.query<{ calls: number }>(
    `-- rerate: which cannot be priced again?
    select count(*) as calls from (select * from paidcalls union all select * from archived_call) call
    where forgotten_at is not null and calldate >= $2 and calldate < $3 and ($1::integer is null or client_id = $1)`,
    [client, since, until],
  )
  if (kept[0]?.calls)
    process.stdout.write(
      `rerate: ${kept[0].calls} calls stay at their price: who called whom in them is forgotten.\n`,
    )
}

runProgram(import.meta.url, 'rerate', async () => {
  const { values } = parseArgs({
    options: {
      client: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      reason: { type: 'string' },
      'from-status': { type: 'string', default: 'destination defined' },
      'dry-run': { type: 'boolean', default: false },
    },
  })
  const span: Span = {
    client: values.client === undefined ? null : readWhole('--client', values.client),
    since: readInstant('--since', values.since),
    until: readInstant('--until', values.until),
  }
  const dryRun = values['dry-run']
  if (!dryRun && !values.reason?.trim())
    throw new Complaint('--reason is missing: it is kept with the new prices.')
  await withMigrated(readConfig(process.env).databaseUrl, 'rerate', (db) =>
    dryRun ? tryOut(db, span) : sendBack(db, span, values.reason ?? '', values['from-status']),
  )
})
