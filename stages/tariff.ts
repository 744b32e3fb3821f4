// tariff: what does the call cost?
// Takes 'destination defined', leaves 'tarif defined' and a row of rating_decision. Problems:
//   client 5 (Acme) had no tariff on 2026-03-01: neither client.tarif_id nor client_tarif says which.
//   tariff 3 has no code for 7495… on 2026-03-01: no row of the plan or of its bases begins the number.
//   tariff 3 has no incoming price for 7495… on 2026-03-01: the plan charges incoming calls, but not this one.

import { billableSeconds } from '../shared/billable.ts'
import type { Answered } from '../shared/billable.ts'
import { printable } from '../shared/faults.ts'
import { runStage } from '../shared/line.ts'
import { moves, waits } from '../shared/stage.ts'
import type { Call, Outcome, Stage } from '../shared/stage.ts'
import { priceOf } from '../shared/tarifs.ts'
import type { CallToPrice, Plan, Price, Tarif } from '../shared/tarifs.ts'
import { priceKeys } from '../shared/waiting.ts'

export interface Facts extends Call, Answered {
  direction: string | null
  number: string
  kind: string
  prefix_id: number | null
  client_id: number | null
  client: string
  provider_id: number | null
  /** The day the call began, at its exchange. */
  day: string
  /** Epoch milliseconds. */
  answered_at: number
  /** The client's plan at calldate with its bases, root last; empty when there was none. */
  chain: Plan[]
  chain_has_in: boolean
  /** The same of the provider. */
  provider_chain: Plan[]
  provider_chain_has_in: boolean
  /** Rows of both chains that begin the number and hold at calldate. */
  tarifs: Tarif[]
}

const chainOf = (plan: string): string => `(
    select coalesce(json_agg(link order by chain.depth), '[]')
    from tarifplan_chain chain join tarifplan link on link.tarifnum = chain.plan
    where chain.tarifnum = ${plan}
  )`
const hasIncoming = (plan: string): string => `case when call.direction = 'in' then exists (
    select from tarifplan_chain chain join tarif on tarif.tarifnum = chain.plan and tarif.direction = 'in'
    where chain.tarifnum = ${plan}
  ) else false end`

const facts = `
select call.id, call.disposition, call.billsec, source.billable_by, call.direction, call.number, coalesce(call.kind, 'none') as kind,
  call.prefix_id, call.client_id, call.client, call.provider_id,
  to_char(call.calldate at time zone coalesce(source.time_zone, 'UTC'), 'YYYY-MM-DD') as day,
  (extract(epoch from coalesce(call.answered_at, call.calldate + (call.duration - call.billsec) * interval '1 second')) * 1000)::bigint
    as answered_at,
  ${chainOf('client_tarif.tarifnum')} as chain,
  ${hasIncoming('client_tarif.tarifnum')} as chain_has_in,
  ${chainOf('provider_tarif.tarifnum')} as provider_chain,
  ${hasIncoming('provider_tarif.tarifnum')} as provider_chain_has_in,
  (
    select coalesce(json_agg(json_build_object('id', tarif.id, 'tarifnum', tarif.tarifnum, 'prefix_id', tarif.prefix_id,
      'code', tarif.code, 'price', tarif.price::text, 'connect_fee', tarif.connect_fee::text,
      'first_sec', tarif.first_sec, 'step_sec', tarif.step_sec, 'max_charge', tarif.max_charge::text,
      'days', tarif.days, 'from_time', tarif.from_time, 'to_time', tarif.to_time, 'direction', tarif.direction,
      'steps', (
        select json_agg(json_build_object('from_sec', step.from_sec, 'price', step.price::text, 'step_sec', step.step_sec)
          order by step.from_sec)
        from tarif_step step where step.tarif_id = tarif.id))), '[]')
    from tarif
    where tarif.tarifnum = any (array(
        select chain.plan from tarifplan_chain chain
        where chain.tarifnum in (client_tarif.tarifnum, provider_tarif.tarifnum)))
      and tarif.code = any (prefixes_of(call.number))
      -- "is true" keeps the planner to the index on the code.
      and (tarif.valid @> call.calldate) is true
      and tarif.direction = case when call.direction = 'in' then 'in' else 'out' end
      and (tarif.prefix_id is null or tarif.prefix_id = call.prefix_id)
  ) as tarifs
from call
left join source on source.id = call.source_id
left join client_tarif on client_tarif.client_id = call.client_id and client_tarif.valid @> call.calldate
left join provider_tarif on provider_tarif.provider_id = call.provider_id and provider_tarif.valid @> call.calldate`

const settle = `-- tariff: settle a call and keep the decision
with priced as (
  update paidcalls
  set status = 'tarif defined', billable_sec = $2, billmin = ($2::bigint + 59) / 60, code_id = $3, price = $4, total = $5,
    currency = $6, master_total = $7, cost = $8, cost_currency = $9, priced_at = clock_timestamp()
  where id = $1
  returning id, client_id, provider_id, number
), before as (
  select nr, total from rating_decision where call_id = $1 order by nr desc limit 1
)
insert into rating_decision (call_id, nr, reason, rule, client_id, provider_id, number,
  tarif_id, price, total, currency, master_total, cost, cost_currency, delta,
  tarifnum, connect_fee, first_sec, step_sec, increments, grace_sec, decimals, rounding, max_charge,
  billable_sec, free_sec, charged_sec, steps, unrounded, master, provider)
select priced.id, coalesce(before.nr, 0) + 1, case when before.nr is null then 'first rating' else 'priced again' end,
  $10, priced.client_id, priced.provider_id, priced.number,
  $3::integer, coalesce($4::numeric, 0), $5::numeric, $6::text, $7::numeric, $8::numeric, $9::text, $5::numeric - coalesce(before.total, 0),
  $11::integer, coalesce($12::numeric, 0), $13::integer, $14::integer, $15::text, $16::integer, $17::smallint, $18::text, $19::numeric,
  $2::bigint, $20::bigint, $21::bigint, $22::jsonb, $23::numeric, $24::jsonb, $25::jsonb
from priced left join before on true`

export const tariff: Stage<Facts> = {
  name: 'tariff',
  takes: 'destination defined',
  leaves: 'tarif defined',
  facts,
  decide,
  settle,
}

export function decide(call: Facts): Outcome {
  const billable_sec = billableSeconds(call)
  const priced: CallToPrice = {
    number: call.number,
    prefix_id: call.prefix_id,
    kind: call.kind,
    direction: call.direction === 'in' ? 'in' : 'out',
    billable_sec,
    answered_at: call.answered_at,
  }
  const price =
    call.chain.length > 0 ? priceOf(priced, call.chain, call.tarifs, { chainHasIn: call.chain_has_in }) : null
  const free = freeRule(call, billable_sec)
  if (!price && free === undefined) return noPrice(call)

  const root = call.chain.slice(-1)
  const master = price && priceOf(priced, root, call.tarifs, { chainHasIn: call.chain_has_in })
  const cost =
    call.provider_chain.length > 0
      ? priceOf(priced, call.provider_chain, call.tarifs, { chainHasIn: call.provider_chain_has_in })
      : null
  return moves(
    billable_sec,
    price?.tarif?.id ?? null,
    price?.price ?? null,
    price?.total ?? '0',
    price?.currency ?? null,
    master?.total ?? null,
    cost?.total ?? null,
    cost?.currency ?? null,
    price?.rule ?? free,
    price?.tarifnum ?? null,
    price?.connect_fee ?? null,
    price?.first_sec ?? null,
    price?.step_sec ?? null,
    price?.increments ?? null,
    price?.grace_sec ?? null,
    price?.decimals ?? null,
    price?.rounding ?? null,
    price?.max_charge ?? null,
    price?.free_sec ?? 0,
    price?.charged_sec ?? 0,
    price?.steps ? JSON.stringify(price.steps) : null,
    price?.unrounded ?? '0',
    figures(master),
    figures(cost),
  )
}

/** Only a call that could cost money waits. */
function freeRule(call: Facts, billable_sec: number): string | undefined {
  if (billable_sec === 0) return 'not billable'
  if (call.provider_id === null) return 'no provider carried it'
  return undefined
}

function noPrice(call: Facts): Outcome {
  const direction = call.direction === 'in' ? 'in' : 'out'
  const [plan] = call.chain
  const keys = priceKeys(
    call.client_id ?? 0,
    call.chain.map(({ tarifnum }) => tarifnum),
    direction,
    call.number,
  )
  if (!plan)
    return waits(
      `client ${call.client_id ?? 'null'} (${printable(call.client)}) had no tariff on ${call.day}`,
      keys,
    )
  const missing = direction === 'in' ? 'incoming price' : 'code'
  return waits(
    `tariff ${plan.tarifnum} has no ${missing} for ${call.number || 'a call without a number'} on ${call.day}`,
    keys,
  )
}

/** What the receipt tells of a price beside the client's own. */
function figures(price: Price | null): string | null {
  if (!price) return null
  const { tarif, ...rest } = price
  return JSON.stringify({ ...rest, tarif_id: tarif?.id ?? null, code: tarif?.code ?? null })
}

runStage(import.meta.url, tariff)
