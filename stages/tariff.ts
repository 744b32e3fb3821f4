// tariff: what does the call cost?
// Takes 'destination defined', leaves 'tarif defined' and a row of rating_decision. Problems:
//   client 5 (Acme) had no tariff on 2026-03-01: neither client.tarif_id nor client_tarif says which.
//   tariff 3 has no code for 7495… on 2026-03-01: no row of the plan or of its bases begins the number.
//   tariff 3 has no incoming price for 7495… on 2026-03-01: the plan charges incoming calls, but not this one.

import { billableSeconds } from '../shared/billable.ts'
import type { Answered } from '../shared/billable.ts'
import { bundleCandidates, takeFrom } from '../shared/bundles.ts'
import type { Bundle } from '../shared/bundles.ts'
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
  /** Whether a provider carried it: then it costs somebody money. */
  carried: boolean
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
  /** Of the client's chain, for this number. */
  bundles: Bundle[]
}

const chainOf = (tarifnum: string): string => `(
    select coalesce(json_agg(link order by chain.depth), '[]')
    from tarifplan_chain chain join tarifplan link on link.tarifnum = chain.plan
    where chain.tarifnum = ${tarifnum}
  )`
const hasIncoming = (tarifnum: string): string => `case when call.direction = 'in' then exists (
    select from tarifplan_chain chain join tarif on tarif.tarifnum = chain.plan and tarif.direction = 'in'
    where chain.tarifnum = ${tarifnum}
  ) else false end`

const facts = `
select call.id, call.disposition, call.billsec, source.billable_by, call.direction, call.number,
  coalesce(call.kind, 'none') as kind, call.prefix_id, call.client_id, call.client, call.provider_id,
  call.provider_id is not null as carried,
  to_char(call.calldate at time zone coalesce(source.time_zone, 'UTC'), 'YYYY-MM-DD') as day,
  (extract(epoch from moment.answered_at) * 1000)::bigint as answered_at,
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
        select json_agg(json_build_object('from_sec', from_sec, 'price', step.price::text, 'step_sec', step.step_sec)
          order by from_sec)
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
  ) as tarifs,
  ${bundleCandidates} as bundles
from call
cross join lateral (
  select coalesce(call.answered_at, call.calldate + (call.duration - call.billsec) * interval '1 second') as answered_at
  offset 0
) moment
left join source on source.id = call.source_id
left join client_tarif on client_tarif.client_id = call.client_id and client_tarif.valid @> call.calldate
left join provider_tarif on provider_tarif.provider_id = call.provider_id and provider_tarif.valid @> call.calldate`

// What was decided comes as the columns of a row of rating_decision, so that each is named in one place.
const settle = `-- tariff: settle a call and keep the decision
with taken as materialized (
  select case
    when $3::jsonb is null and not exists (select from bundle_take where call_id = $1) then true
    else take_seconds($1, $3) end as agreed
), before as (
  select nr, total from rating_decision where call_id = $1 order by nr desc limit 1
), decision as (
  insert into rating_decision
  select made.*
  from taken left join before on true
  cross join lateral jsonb_populate_record(null::rating_decision, $2::jsonb || jsonb_build_object(
    'call_id', $1::bigint, 'nr', coalesce(before.nr, 0) + 1, 'decided_at', clock_timestamp(),
    'reason', coalesce(
      (select rerate_reason from paidcalls where id = $1), case when before.nr is null then 'first rating' else 'priced again' end),
    'delta', ($2::jsonb ->> 'total')::numeric - coalesce(before.total, 0))) made
  where taken.agreed
  returning *
)
update paidcalls
set status = 'tarif defined', billable_sec = decision.billable_sec, billmin = (decision.billable_sec + 59) / 60,
  code_id = decision.tarif_id, price = decision.price, total = decision.total, currency = decision.currency,
  master_total = decision.master_total, cost = decision.cost, cost_currency = decision.cost_currency,
  priced_at = decision.decided_at, rerate_reason = null, attempts = 0
from decision
where id = $1`

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
  const priced: CallToPrice = { ...call, direction: call.direction === 'in' ? 'in' : 'out', billable_sec }
  const own = { chainHasIn: call.chain_has_in }
  // Over no provider a call goes to nobody outside, whatever was dialled; only a row for extensions could charge it.
  const canCost = call.carried || call.kind === 'internal'
  const full = canCost && call.chain.length > 0 ? priceOf(priced, call.chain, call.tarifs, own) : null
  const rule = full?.rule ?? freeRule(call, billable_sec)
  if (rule === undefined) return noPrice(call)

  const take = rule === 'price' ? takeFrom(call.bundles, call.chain, billable_sec) : null
  const price = take ? priceOf(priced, call.chain, call.tarifs, { ...own, free_sec: take.takes }) : full
  const master = full && priceOf(priced, call.chain.slice(-1), call.tarifs, own)
  const theirs = { chainHasIn: call.provider_chain_has_in }
  const cost =
    call.provider_chain.length > 0 ? priceOf(priced, call.provider_chain, call.tarifs, theirs) : null
  // What no provider carried is free under the root plan as well.
  const master_total = full ? master?.total : call.chain.length > 0 ? '0' : null
  const nothing = {
    price: '0',
    connect_fee: '0',
    billable_sec,
    free_sec: 0,
    charged_sec: 0,
    unrounded: '0',
    total: '0',
  }
  const { client_id, provider_id, number } = call
  return moves(
    JSON.stringify({
      ...(figures(price) ?? nothing),
      ...{ rule, client_id, provider_id, number, bundle_id: take?.bundle_id },
      ...{ master_total, master: figures(master) },
      ...{ cost: cost?.total, cost_currency: cost?.currency, provider: figures(cost) },
    }),
    take && JSON.stringify({ ...take, client_id }),
  )
}

/** Only a call that could cost money waits. */
function freeRule(call: Facts, billable_sec: number): string | undefined {
  if (billable_sec === 0) return 'not billable'
  if (!call.carried) return 'no provider carried it'
  return undefined
}

function noPrice(call: Facts): Outcome {
  const direction = call.direction === 'in' ? 'in' : 'out'
  const plans = call.chain.map(({ tarifnum }) => tarifnum)
  const missing = direction === 'in' ? 'incoming price' : 'code'
  return waits(
    plans[0] === undefined
      ? `client ${call.client_id ?? 'null'} (${printable(call.client)}) had no tariff on ${call.day}`
      : `tariff ${plans[0]} has no ${missing} for ${call.number || 'a call without a number'} on ${call.day}`,
    priceKeys(call.client_id ?? 0, plans, direction, call.number),
  )
}

/** A price as columns of rating_decision, and as what the receipt tells of the other two. */
function figures(price: Price | null): object | undefined {
  if (!price) return undefined
  const { tarif, ...rest } = price
  return { ...rest, tarif_id: tarif?.id, code: tarif?.code }
}

runStage(import.meta.url, tariff)
