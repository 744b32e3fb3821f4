// What a call would cost that does not exist: it is written, decided upon by the stages themselves, and left to be rolled back.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Call, Stage } from '../line/stage.ts'
import { passOn } from './pass-on.ts'

export interface Question {
  /** Id of the client. */
  client: number
  /** What is dialled at the source; without a source E.164, with or without +. */
  number: string
  seconds: number
  at: Date
  /** Name of the exchange. */
  source: string | null
}

const insertQuery = `-- quote: a call that is rolled back
insert into paidcalls (status, source_id, client_id, client, calldate, duration, billsec, dst, direction, disposition)
select 'client defined', source.id, client.id, client.name, $3, $4, $4, $5, 'out', 'ANSWERED'
from client left join source on source.name = $2
where client.id = $1
returning id, source_id`

/**
 * The call the question is about, passed through the stages that find its destination and its price, inside the caller's
 * transaction, which must be rolled back; returns its id. Throws a Complaint when there is no such client or source, and
 * when the call would wait.
 */
export async function quote<Dialled extends Call, Priced extends Call & { carried: boolean }>(
  db: Database,
  { destination, tariff }: { destination: Stage<Dialled>; tariff: Stage<Priced> },
  { client, number, seconds, at, source }: Question,
): Promise<number> {
  const dialled = source === null ? `+${number.replace(/^\+/, '')}` : number
  const { rows } = await db.query<{ id: number; source_id: number | null }>(insertQuery, [
    client,
    source,
    at,
    seconds,
    dialled,
  ])
  const [call] = rows
  if (!call) throw new Complaint(`There is no client ${client}: see the table client.`)
  if (source !== null && call.source_id === null)
    throw new Complaint(`There is no source ${source}: see the table source.`)
  // Somebody would carry it: a quote for a call within the office is no use to anybody.
  const carried = { ...tariff, decide: (facts: Priced) => tariff.decide({ ...facts, carried: true }) }
  const problem = (await passOn(db, destination, call.id)) ?? (await passOn(db, carried, call.id))
  if (problem !== undefined) throw new Complaint(`The call would wait: ${problem}.`)
  return call.id
}
