// What clients used above the channels they have paid for, from their calls at one time over providers.

import type { Database } from '../database/connect.ts'
import { burstUnits, channelsAbove } from './channels.ts'

interface Contract {
  client_id: number
  channels: number
  model: 'minutes' | 'peak'
  price: string
  currency: string | null
  from: number
  until: number
}

const contractsQuery = `-- statement: who has paid for channels, and from when to when
select client_id, channels, model, price::text, coalesce(own.currency, plan_currency) as currency,
  (extract(epoch from greatest(starts_at, coalesce(lower(valid)::timestamp at time zone time_zone, '-infinity'))) * 1000)::bigint as "from",
  (extract(epoch from least(ends_at, coalesce(upper(valid)::timestamp at time zone time_zone, 'infinity'))) * 1000)::bigint as until
from client_channels own join due_period using (client_id)
where own.valid && period
order by client_id, valid`

// A call of before the month may still be up when it begins; none lasts longer than a day.
const busyQuery = `-- statement: calls over providers, answered or not, of clients that have paid for channels
create temp table due_busy as
select client_id, (extract(epoch from calldate) * 1000)::bigint as "from", (extract(epoch from calldate) * 1000)::bigint + duration * 1000 as until
from (
  select distinct on (call_id) client_id, provider_id, calldate, duration
  from (
    select call_id, nr, client_id, provider_id, calldate, duration from rating_decision where calldate >= $1 and calldate < $2
    union all
    select call_id, nr, client_id, provider_id, calldate, duration from archived_decision where calldate >= $1 and calldate < $2
  ) made
  order by call_id, nr desc
) latest
where client_id = any ($3) and provider_id is not null and duration > 0`
const dayMs = 86_400_000

/** Leaves the temporary table due_burst: what is to be paid, before rounding, as quantity and price. */
export async function gatherBursts(db: Database): Promise<void> {
  await db.query(
    `-- statement: bursts
    create temp table due_burst (client_id integer, currency text, model text, channels integer, peak integer, quantity numeric, price numeric)`,
  )
  const { rows: contracts } = await db.query<Contract>(contractsQuery)
  if (contracts.length === 0) return
  await db.query(busyQuery, [
    new Date(Math.min(...contracts.map(({ from }) => from)) - dayMs),
    new Date(Math.max(...contracts.map(({ until }) => until))),
    contracts.map(({ client_id }) => client_id),
  ])
  await db.query('create index on due_busy (client_id)')
  for (const { client_id, channels, model, price, currency, from, until } of contracts) {
    const { rows: busy } = await db.query<{ from: number; until: number }>(
      `-- statement: when its channels were in use\nselect "from", until from due_busy where client_id = $1`,
      [client_id],
    )
    const above = channelsAbove(busy, channels, { from, until })
    const quantity = burstUnits(model, above, channels)
    if (quantity > 0)
      await db.query(`-- statement: a burst\ninsert into due_burst values ($1, $2, $3, $4, $5, $6, $7)`, [
        client_id,
        currency,
        model,
        channels,
        above.peak,
        quantity,
        price,
      ])
  }
}
