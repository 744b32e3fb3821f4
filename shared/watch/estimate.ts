// What calls that wait for a price may come to: fraud is judged by the dearest price, also where nobody knows yet whose call it is.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { chargeFor, parseMoney } from '../money/money.ts'
import type { RuleCall } from '../rules/call.ts'
import { decideAgain } from '../simulation/dry-run.ts'

const callsQuery = `-- watch: calls that began to wait
select id::text, (extract(epoch from calldate) * 1000)::float8 as began, source_id, client_id, provider_id, coalesce(direction::text, 'out') as direction,
  duration::float8, billsec::float8
from paidcalls where id = any ($1)`

const pricesQuery = `-- watch: the dearest root price of numbers
select asked.number, dearest.price, dearest.fee, dearest.currency
from unnest($1::text[]) asked (number)
cross join lateral (
  select price::text, connect_fee::text as fee, currency from (
    select distinct on (plan.tarifnum) row.price, row.connect_fee, plan.currency
    from tarifplan plan join tarif row on row.tarifnum = plan.tarifnum
    where plan.base is null and row.direction = 'out' and row.valid @> now() and row.code = any (prefixes_of(asked.number))
    order by plan.tarifnum, length(row.code) desc, row.price desc
  ) best
  order by price desc limit 1
) dearest`

interface Waiting {
  id: string
  began: number
  source_id: number | null
  client_id: number | null
  provider_id: number | null
  direction: string
  duration: number
  billsec: number
}

interface Dialled {
  number: string
  kind: string
  country: string | null
}

interface Price {
  number: string
  price: string
  fee: string
  currency: string
}

/**
 * Calls that wait, with what they cost at the dearest price any root plan has for the number, whatever its currency; those without a number
 * or a price are left out. `destination` says what number was dialled, as on the line.
 */
export async function estimated<Facts extends Call>(
  db: Database,
  destination: Stage<Facts>,
  ids: readonly string[],
): Promise<RuleCall[]> {
  const { rows } = await db.query<Waiting>(callsQuery, [ids])
  const numbers = new Map<string, Dialled>()
  for (const { facts, outcome } of await decideAgain(
    db,
    destination,
    'select * from paidcalls where id = any ($1)',
    [ids],
  )) {
    const [number, kind, country] = 'found' in outcome ? outcome.found : []
    if (typeof number === 'string' && typeof kind === 'string')
      numbers.set(String(facts.id), { number, kind, country: typeof country === 'string' ? country : null })
  }
  const { rows: found } = await db.query<Price>(pricesQuery, [
    [...new Set([...numbers.values()].map(({ number }) => number))],
  ])
  const prices = new Map(found.map((price) => [price.number, price]))
  return rows.flatMap((row) => {
    const dialled = numbers.get(row.id)
    const price = dialled && prices.get(dialled.number)
    return price ? [waitingCall(row, dialled, price)] : []
  })
}

function waitingCall(row: Waiting, dialled: Dialled, price: Price): RuleCall {
  return {
    ...dialled,
    key: row.id,
    began: row.began,
    ended: row.began + row.duration * 1000,
    source: row.source_id,
    client: row.client_id,
    provider: row.provider_id,
    direction: row.direction,
    answered: row.billsec > 0,
    billable: row.billsec,
    duration: row.duration,
    currency: price.currency,
    total: null,
    master: chargeFor(row.billsec, parseMoney(price.price)) + parseMoney(price.fee),
    cost: null,
    costCurrency: null,
  }
}
