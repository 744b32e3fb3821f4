// The month of one client as a bill, and SQL that confirms it.

import { relative } from 'node:path'

import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { writeFiles } from '../shared/statements/files.ts'
import { makeStatements } from '../shared/statements/run.ts'
import { columns } from '../shared/text/table.ts'

/** The month of the generated calls. */
const month = '2026-02-01'

const confirming = `select count(*) as calls, sum(made.total)::text as net, sum(made.master_total - made.total)::text as saved
from rating_decision made join statement_call billed using (call_id, nr)
where statement_id = (select id from statement where number = $1)`

/** Issues the statement of the client that saved most, into a folder; gives back what to show. */
export async function billOne(
  db: Database,
  folder: string,
): Promise<{ table: string; pdf: string; confirmed: string }> {
  const { rows } = await db.query<{ client_id: number }>(
    `-- demo: whose plan saved most in February?
    select client_id from rating_decision where calldate >= '2026-02-01' and calldate < '2026-03-01' and client_id is not null
    group by client_id order by sum(master_total - total) desc nulls last limit 1`,
  )
  const client = rows[0]?.client_id ?? null
  let pdf = ''
  const { failed } = await makeStatements(db, {
    month,
    client,
    draft: false,
    withWaiting: true,
    begin: () => undefined,
    step: () => undefined,
    made: async ({ id }) => {
      pdf = await writeFiles(db, id, folder)
    },
  })
  if (failed[0] !== undefined) throw new Complaint(`The statement could not be made: ${failed[0]}`)
  const { rows: shown } = await db.query<Record<string, unknown>>(
    `-- demo: the statement
    select number, client, calls, at_master::text, saved::text, (net - fixed_fees)::text as calls_cost, fixed_fees::text, net::text, tax::text, total::text, currency
    from statements`,
  )
  const number = shown[0]?.['number']
  const { rows: confirmed } = await db.query<Record<string, unknown>>(
    `-- demo: what do the decisions say?\n${confirming}`,
    [number],
  )
  const [said, says] = [shown[0], confirmed[0]]
  if (
    said?.['calls'] !== says?.['calls'] ||
    said?.['calls_cost'] !== says?.['net'] ||
    said?.['saved'] !== says?.['saved']
  )
    throw new Complaint(
      `The statement says ${JSON.stringify(said)}, its decisions say ${JSON.stringify(says)}.`,
    )
  return {
    table: columns(shown).replace(/^(?=.)/gm, '  '),
    pdf: relative('.', pdf),
    confirmed: `${confirming.replace('$1', `'${String(number)}'`)}\n\n${columns(confirmed)}`.replace(
      /^(?=.)/gm,
      '    ',
    ),
  }
}
