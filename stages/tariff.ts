// tariff: what does the call cost?
// Takes 'destination defined', leaves 'tarif defined' and a row of rating_decision. Problems:
//   client 5 (Acme) had no tariff on 2026-03-01: neither client.tarif_id nor client_tarif says which.
//   tariff 3 has no code for 7495… on 2026-03-01: no row of the plan or of its bases begins the number.
//   tariff 3 has no incoming price for 7495… on 2026-03-01: the plan charges incoming calls, but not this one.

import { priceKeys } from '../shared/healing/keys.ts'
import { runStage } from '../shared/line/line.ts'
import { moves, waits } from '../shared/line/stage.ts'
import type { Call, Outcome, Stage } from '../shared/line/stage.ts'
import { billableSeconds } from '../shared/rating/billable.ts'
import type { Answered } from '../shared/rating/billable.ts'
import { takeFrom } from '../shared/rating/bundles.ts'
import type { Bundle } from '../shared/rating/bundles.ts'
import {
  decisionColumns,
  decisionParameters,
  figuresOf,
  parameterOf,
  parametersBehind,
  pricedColumns,
  valuesOf,
} from '../shared/rating/decision.ts'
import { planOf } from '../shared/rating/plan.ts'
import type { Plan } from '../shared/rating/plan.ts'
import { priceOf } from '../shared/rating/price.ts'
import type { CallToPrice, Tarif } from '../shared/rating/winning-tarif.ts'
import { printable } from '../shared/text/printable.ts'

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
  /** How often it was priced, what it cost then, and why it is priced again. */
  decisions: number
  total_before: string | null
  rerate_reason: string | null
  /** The client's plan at calldate with its bases, root last; null when there was none. */
  chain: Plan[] | null
  chain_has_in: boolean
  /** The same of the provider. */
  provider_chain: Plan[] | null
  provider_chain_has_in: boolean
  /** Rows of both chains that begin the number and hold at calldate. */
  tarifs: Tarif[] | null
  /** Of the client's chain, for this number. */
  bundles: Bundle[] | null
}

// The record's own moment, or else that which follows from its seconds.
const answeredAt = `coalesce(call.answered_at, call.calldate + (call.duration - call.billsec) * interval '1 second')`

const facts = `
select call.id, call.disposition, call.billsec, source.billable_by, call.direction, call.number,
  coalesce(call.kind, 'none') as kind, call.prefix_id, call.client_id, call.client, call.provider_id,
  call.provider_id is not null as carried, call.decisions, call.total::text as total_before, call.rerate_reason,
  to_char(call.calldate at time zone coalesce(source.time_zone, 'UTC'), 'YYYY-MM-DD') as day,
  (extract(epoch from ${answeredAt}) * 1000)::bigint as answered_at,
  own.chain,
  case when call.direction = 'in' then charges_incoming(own.plans) else false end as chain_has_in,
  theirs.chain as provider_chain,
  case when call.direction = 'in' then charges_incoming(theirs.plans) else false end as provider_chain_has_in,
  (
    select json_agg(row) from (
      select tarif.id, tarif.tarifnum, tarif.prefix_id, tarif.code, tarif.price::text as price, tarif.connect_fee::text as connect_fee,
        tarif.first_sec, tarif.step_sec, tarif.max_charge::text as max_charge, tarif.days, tarif.from_time, tarif.to_time,
        tarif.direction, case when tarif.stepped then steps_of(tarif.id) end as steps
      from (select prefixes_of(call.number) as of_number offset 0) beginnings
      join tarif on tarif.code = any (beginnings.of_number)
        and tarif.tarifnum = any (own.plans || theirs.plans)
        -- "is true" keeps the planner to the index on the code.
        and (tarif.valid @> call.calldate) is true
        and tarif.direction = case when call.direction = 'in' then 'in' else 'out' end
        and (tarif.prefix_id is null or tarif.prefix_id = call.prefix_id)
    ) row
  ) as tarifs,
  case when own.has_bundles and call.direction <> 'in'
    then bundles_for(call.id, call.client_id, call.number, own.tarifnum, ${answeredAt}) end as bundles
from call
left join source on source.id = call.source_id
${planOf('client', 'own')}
${planOf('provider', 'theirs')}`

const totalBefore = `$${parametersBehind}::numeric`
const take = `$${parametersBehind + 1}::jsonb`

// Where others took seconds of the bundle meanwhile nothing is written, and the call is decided again.
const settle = `-- tariff: settle a call and keep the decision
with decision as (
  insert into rating_decision (call_id, decided_at, delta, ${decisionColumns})
  select $1, statement_timestamp(), ${parameterOf('total')}::numeric - coalesce(${totalBefore}, 0), ${decisionParameters}
  where ${take} is null or take_seconds($1, nullif(${take}, '{}'))
  returning decided_at
)
update paidcalls
set status = 'tarif defined', billable_sec = ${parameterOf('billable_sec')},
  billmin = (${parameterOf('billable_sec')} + 59) / 60, code_id = ${parameterOf('tarif_id')},
  price = ${parameterOf('price')}, total = ${parameterOf('total')}, currency = ${parameterOf('currency')},
  master_total = ${parameterOf('master_total')}, cost = ${parameterOf('cost')},
  cost_currency = ${parameterOf('cost_currency')}, decisions = ${parameterOf('nr')},
  priced_at = decision.decided_at, rerate_reason = null, attempts = 0
from decision
where id = $1`

export const tariff: Stage<Facts> = {
  name: 'tariff',
  takes: 'destination defined',
  leaves: 'tarif defined',
  facts,
  decide,
  touches: ({ client_id, chain, provider_chain, direction, number }) =>
    priceKeys(
      client_id ?? 0,
      [...(chain ?? []), ...(provider_chain ?? [])].map(({ tarifnum }) => tarifnum),
      direction === 'in' ? 'in' : 'out',
      number,
    ),
  settle,
}

export function decide(call: Facts): Outcome {
  const billable_sec = billableSeconds(call)
  const priced: CallToPrice = { ...call, direction: call.direction === 'in' ? 'in' : 'out', billable_sec }
  const [chain, tarifs] = [call.chain ?? [], call.tarifs ?? []]
  const own = { chainHasIn: call.chain_has_in }
  // Over no provider a call goes to nobody outside, whatever was dialled; only a row for extensions could charge it.
  const canCost = call.carried || call.kind === 'internal'
  const full = canCost && chain.length > 0 ? priceOf(priced, chain, tarifs, own) : null
  const rule = full?.rule ?? freeRule(call, billable_sec)
  if (rule === undefined) return noPrice(call)

  const take = rule === 'price' ? takeFrom(call.bundles ?? [], chain, billable_sec) : null
  const price = take ? priceOf(priced, chain, tarifs, { ...own, free_sec: take.takes }) : full
  const master = chain.length === 1 ? full : full && priceOf(priced, chain.slice(-1), tarifs, own)
  const theirs = { chainHasIn: call.provider_chain_has_in }
  const cost = call.provider_chain ? priceOf(priced, call.provider_chain, tarifs, theirs) : null
  const { client_id, provider_id, number } = call
  return moves(
    ...valuesOf({
      ...(price ? pricedColumns(price) : nothingCharged),
      ...{ rule, billable_sec, client_id, provider_id, number, bundle_id: take?.bundle_id ?? null },
      ...{
        nr: call.decisions + 1,
        reason: call.rerate_reason ?? (call.decisions ? 'priced again' : 'first rating'),
      },
      // What no provider carried is free under the root plan as well.
      ...{
        master_total: full ? (master?.total ?? null) : chain.length > 0 ? '0' : null,
        master: figuresOf(master),
      },
      ...{ cost: cost?.total ?? null, cost_currency: cost?.currency ?? null, provider: figuresOf(cost) },
    }),
    call.total_before,
    // A call priced again may have to give back seconds it had.
    take ? JSON.stringify({ ...take, client_id }) : call.decisions > 0 ? '{}' : null,
  )
}

const nothingCharged = {
  price: '0',
  connect_fee: '0',
  free_sec: 0,
  charged_sec: 0,
  unrounded: '0',
  total: '0',
}

/** Only a call that could cost money waits. */
function freeRule(call: Facts, billable_sec: number): string | undefined {
  if (billable_sec === 0) return 'not billable'
  if (!call.carried) return 'no provider carried it'
  return undefined
}

function noPrice(call: Facts): Outcome {
  const direction = call.direction === 'in' ? 'in' : 'out'
  const plans = (call.chain ?? []).map(({ tarifnum }) => tarifnum)
  const missing = direction === 'in' ? 'incoming price' : 'code'
  return waits(
    plans[0] === undefined
      ? `client ${call.client_id ?? 'null'} (${printable(call.client)}) had no tariff on ${call.day}`
      : `tariff ${plans[0]} has no ${missing} for ${call.number || 'a call without a number'} on ${call.day}`,
    priceKeys(call.client_id ?? 0, plans, direction, call.number),
  )
}

runStage(import.meta.url, tariff)
