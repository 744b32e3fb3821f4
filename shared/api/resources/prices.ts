// What calls cost: the prices of a client's plan, and a call that is not made.

import type { Call, Stage } from '../../line/stage.ts'
import { resolvedPlan } from '../../rating/plan.ts'
import type { Plan } from '../../rating/plan.ts'
import { quote as priceCall } from '../../simulation/quote.ts'
import { columnsOf, given, listOf, moment, money, objectOf, of, orNull, whole, word } from '../fields.ts'
import type { Field, Fields } from '../fields.ts'
import { idParams, list } from '../list.ts'
import { workers } from '../../web/page.ts'
import type { Asked, Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { decisionFields, receiptFields } from './call-fields.ts'

const instant = {
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?Z)?$',
  description: 'When the call begins: a moment such as 2026-11-30T08:00:00Z, or a day; now if not given.',
}

const days: Field = {
  schema: { type: ['array', 'null'], items: { type: 'integer' }, description: '1: Monday; null: every day.' },
  cast: (column) => column,
}
const later: Field = {
  schema: {
    type: ['array', 'null'],
    items: objectOf({ from_sec: whole(''), price: money('Per minute.'), step_sec: orNull(whole('')) }),
    description: 'Other prices later in a call.',
  },
  cast: (column) => column,
}

/** $1 are the plans, the client's own first, $2 is the moment, $3 to $5 what the plan being priced says where a row is silent. */
const rate: Fields = {
  code: of('tarif.code', word('How the number begins, E.164; empty: any.')),
  tarif_id: of('tarif.id', whole('The row.')),
  tarifnum: of('tarif.tarifnum', whole('The plan it stands in: the client’s, or one it is based on.')),
  description: of('tarif.description', word('The place.')),
  direction: word('out: by the number called; in: by the number of ours.', ['out', 'in']),
  prefix_id: orNull(whole('Only for calls dialled with this prefix.')),
  price: money('Per minute.'),
  connect_fee: money('Once per call.'),
  first_sec: of('coalesce(tarif.first_sec, $3::integer)', whole('At least so many seconds are charged.')),
  step_sec: of('coalesce(tarif.step_sec, $4::integer)', whole('Then whole steps of so many.')),
  max_charge: orNull(money('No call costs more.')),
  currency: of('$5', word('Of all amounts.')),
  days,
  from_time: orNull(word('From this time of day, by the clock of the plan.')),
  to_time: orNull(word('Not included.')),
  steps: of('case when tarif.stepped then steps_of(tarif.id) end', later),
  valid_until: orNull(of(`nullif(upper(tarif.valid), 'infinity')`, moment('Not included; null: for ever.'))),
}

const planQuery = `-- api: the plan of a client
select client.id, (
  select json_agg(to_jsonb(link) - 'name' order by chain.depth)
  from client_tarif
  join tarifplan_chain chain on chain.tarifnum = client_tarif.tarifnum
  join tarifplan link on link.tarifnum = chain.plan
  where client_tarif.client_id = client.id and client_tarif.valid @> $2::timestamptz) as chain
from client where client.id = $1::bigint`

async function plansAt({ ask, params, query }: Asked): Promise<string[]> {
  const at = query['at'] ?? new Date().toISOString()
  const [client] = await ask<{ chain: Plan[] | null }>(planQuery, [params['id'], at])
  if (!client) throw new Problem(404, `There is no client ${params['id'] ?? ''}.`)
  if (!client.chain) throw new Problem(422, `Client ${params['id'] ?? ''} has no plan at ${at}.`)
  const { first_sec, step_sec, currency } = resolvedPlan(client.chain)
  const plans = `{${client.chain.map(({ tarifnum }) => tarifnum).join(',')}}`
  return [plans, at, String(first_sec), String(step_sec), currency]
}

const rates = list({
  path: '/clients/{id}/rates',
  id: 'listRates',
  summary:
    'What does a client pay, code by code? Of rows for one code those that can win: of the plan nearest to his, and below them what holds at other hours.',
  scope: 'prices',
  roles: workers,
  fields: rate,
  from: 'tarif',
  keys: [
    { column: 'tarif.code', field: 'code', type: 'text' },
    { column: 'tarif.id', field: 'tarif_id', type: 'bigint' },
  ],
  params: idParams,
  query: { at: instant },
  by: {
    prefix: { label: 'The code begins so.', where: `tarif.code like $$ || '%'`, check: /^\d{1,15}$/ },
    direction: { label: 'out or in.', where: 'tarif.direction = $$', check: /^(out|in)$/ },
  },
  where: [
    'tarif.tarifnum = any ($1::integer[])',
    '(tarif.valid @> $2::timestamptz) is true',
    `not exists (
      select from tarif nearer
      where nearer.code = tarif.code and nearer.tarifnum = any ($1::integer[])
        and array_position($1::integer[], nearer.tarifnum) < array_position($1::integer[], tarif.tarifnum)
        and nearer.prefix_id is not distinct from tarif.prefix_id and nearer.direction = tarif.direction
        and nearer.hours is null and (nearer.valid @> $2::timestamptz) is true)`,
  ],
  values: plansAt,
})

/** Those of the line. */
export interface Stages<Dialled extends Call, Priced extends Call & { carried: boolean }> {
  destination: Stage<Dialled>
  tariff: Stage<Priced>
}

export function createPrices<Dialled extends Call, Priced extends Call & { carried: boolean }>(
  stages: Stages<Dialled, Priced>,
): readonly Operation[] {
  return [
    { ...rates, problems: { 404: 'There is no client with this id.' } },
    {
      method: 'GET',
      path: '/quote',
      id: 'getQuote',
      summary: 'What would a call cost, and why? It is priced as on the line, and nothing of it stays.',
      scope: 'prices',
      roles: workers,
      query: given(
        {
          client: { type: 'integer', minimum: 1, maximum: 999_999_999, description: 'Client (id)' },
          number: {
            type: 'string',
            pattern: '^[+]?[0-9*#]{1,40}$',
            description: 'E.164, with or without +; with source: what is dialled there.',
          },
          seconds: {
            type: 'integer',
            minimum: 0,
            maximum: 86_400,
            description: 'How long it lasts, up to a day; 60 if not given.',
          },
          at: instant,
          source: {
            type: 'string',
            pattern: '^[^\\u0000-\\u001f]{1,200}$',
            description: 'Name of the exchange.',
          },
        },
        ['client', 'number'],
      ),
      answer: objectOf({
        decision: { schema: objectOf(decisionFields), cast: String },
        receipt: { schema: listOf(objectOf(receiptFields)), cast: String },
      }),
      how: { role: 'stage', trying: true },
      async run({ db, ask, query }) {
        const at = new Date(query['at'] ?? Date.now())
        if (Number.isNaN(at.getTime())) throw new Problem(422, `"${query['at'] ?? ''}" is no moment.`)
        const id = await priceCall(db, stages, {
          client: Number(query['client']),
          number: query['number'] ?? '',
          seconds: Number(query['seconds'] ?? 60),
          at,
          source: query['source'] ?? null,
        })
        const [decision] = await ask(
          `-- api: quote\nselect ${columnsOf(decisionFields)} from rating_decision where call_id = $1 order by nr desc limit 1`,
          [id],
        )
        const receipt = await ask(
          `-- api: receipt of a quote\nselect ${columnsOf(receiptFields)} from receipt($1) where item not in ('reason', 'call')`,
          [id],
        )
        return { decision, receipt }
      },
    },
  ]
}
