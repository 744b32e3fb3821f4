// A client with one dollar makes three calls at one time: the exchange asks before each, and the records come when they are over.

import type { Database } from '../shared/database/connect.ts'
import { Complaint } from '../shared/errors/complaint.ts'
import { pause } from '../shared/program/pause.ts'
import { columns } from '../shared/text/table.ts'
import { newcomer } from './callers.ts'

const patienceMs = 20_000

/** As it may be typed into psql. */
export const opening = `insert into account (client_id, reserve_sec) select id, 600 from client where name = 'Harbour Shipping';
insert into payment (account_id, amount, reference) select id, 1.00, 'demo' from account`

interface Answer {
  allowed: boolean
  seconds: number | null
  price: string
  reason: string
}

// London dials 9 for an outside line: Germany, Germany again, and Cuba, which is dear.
const dialled = ['9004930123456', '9004930123456', '90053712345']

/** Until authorize is there. */
export async function answering(port: number, stop: AbortSignal): Promise<void> {
  const until = Date.now() + patienceMs
  while (Date.now() < until && !stop.aborted) {
    const status = await fetch(`http://127.0.0.1:${port}/health`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    await pause(50, stop)
  }
  throw new Complaint('authorize does not answer.')
}

/** Asks authorize on that port; gives back the answers as a table, and how many calls were allowed. */
export async function askThreeTimes(
  port: number,
): Promise<{ table: string; allowed: { ref: string; dialled: string; seconds: number }[] }> {
  const rows: Record<string, unknown>[] = []
  const allowed: { ref: string; dialled: string; seconds: number }[] = []
  for (const [at, number] of dialled.entries()) {
    const ref = `demo-${at + 1}`
    const answer = await question(port, number, ref)
    rows.push({ call: ref, dialled: number, ...answer })
    if (answer.allowed) allowed.push({ ref, dialled: number, seconds: answer.seconds ?? 0 })
  }
  return { table: columns(rows).replace(/^(?=.)/gm, '  '), allowed }
}

async function question(port: number, number: string, call_ref: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      source: 'london',
      caller: newcomer,
      dialled: number,
      channel: channelOf(newcomer, call_ref),
      dstchannel: 'PJSIP/backbone',
      call_ref,
    }),
  })
  // What authorize answers is what the interface says.
  const { allowed, seconds, price, reason } = (await response.json()) as Answer
  return { allowed, seconds, price, reason }
}

/** As Asterisk numbers its channels. */
function channelOf(name: string, ref: string): string {
  return `PJSIP/${name}-0000f00${ref.slice(-1)}`
}

/** The records of these calls, which lasted half of what was allowed, as import would bring them; until they are booked. */
export async function recordsCome(
  db: Database,
  calls: readonly { ref: string; dialled: string; seconds: number }[],
  stop: AbortSignal,
): Promise<string> {
  await db.query(
    `-- demo: records of the calls that were allowed
    insert into paidcalls (source_id, calldate, channel, dstchannel, src, dst, uniqueid, disposition, duration, billsec)
    select source.id, now(), 'PJSIP/${newcomer}-0000f00' || right(ref, 1), 'PJSIP/backbone-0000f10' || right(ref, 1), '${newcomer}', dialled, ref, 'ANSWERED', seconds / 2 + 5, seconds / 2
    from source cross join unnest($1::text[], $2::text[], $3::integer[]) call (ref, dialled, seconds) where source.name = 'london'`,
    [calls.map(({ ref }) => ref), calls.map((call) => call.dialled), calls.map(({ seconds }) => seconds)],
  )
  const until = Date.now() + patienceMs
  for (;;) {
    const { rows } = await db.query<Record<string, unknown>>(
      `-- demo: what is left, and does it add up?
      select client, balance::text, reserved::text, available::text,
        (select sum(amount)::text from account_entry) as entries,
        (select (1.00 - sum(total))::text from paidcalls where uniqueid like 'demo-%') as paid_minus_calls
      from accounts where not exists (select from reservation where settled_at is null)`,
    )
    const [row] = rows
    if (row !== undefined) {
      if (row['balance'] !== row['entries'] || Number(row['balance']) !== Number(row['paid_minus_calls']))
        throw new Complaint(`The balance does not add up: ${JSON.stringify(row)}.`)
      return columns(rows).replace(/^(?=.)/gm, '  ')
    }
    if (Date.now() > until || stop.aborted) throw new Complaint('The calls of the account were not booked.')
    await pause(50, stop)
  }
}
