// Which row sets waiting calls going, filled in as far as can be known.

import { phrase } from '../text/html.ts'
import { Complaint } from '../errors/complaint.ts'
import type { Field } from '../web/layout.ts'
import type { Visit } from '../web/page.ts'
import { choicesOf } from './tables/choices.ts'

/** A problem of parked_calls, and the first call that has it. */
export interface Parked {
  status: string
  problem: string
  calls: number
  minutes: string
  money_at_stake: string | null
  since: Date
  first_call: string
  source_id: number | null
  src: string
  accountcode: string
  channel: string
  client_id: number | null
  number: string | null
}

export interface Mend {
  fields: Field[]
  button: string
  apply: (form: Readonly<Record<string, string>>) => Promise<void>
}

const given = (form: Readonly<Record<string, string>>, name: string): string => {
  const value = form[name]?.trim()
  if (!value) throw new Complaint(`${name} is missing.`)
  return value
}

/** Null: no form can say it. */
export async function mendFor(parked: Parked, visit: Visit): Promise<Mend | null> {
  const { problem } = parked
  const caller = /^no client owns caller ID (.+)$/.exec(problem)?.[1]
  if (caller !== undefined) return owner(parked, visit, 'number', caller)
  const did = /^no client owns the called number (.+)$/.exec(problem)?.[1]
  if (did !== undefined) return owner(parked, visit, 'did', did)
  const account = /^no client owns .*account "([^"]+)"/.exec(problem)?.[1]
  if (account !== undefined) return owner(parked, visit, 'accountcode', account)
  const channel = /^no provider has the channel (.+)$/.exec(problem)?.[1]
  if (channel !== undefined) return provider(visit, channel)
  const [, plan, number] = /^tariff (\d+) has no .* for (\d+) on /.exec(problem) ?? []
  if (plan !== undefined && number !== undefined) return price(visit, plan, number)
  const [, client] = /^client (\d+) .* had no tariff on /.exec(problem) ?? []
  return client === undefined ? null : planOf(visit, client)
}

async function owner({ source_id }: Parked, { ask }: Visit, kind: string, callerid: string): Promise<Mend> {
  // Whose callers are most like this one.
  const clients = await ask<{ value: string; text: string; likeness: number }>(
    `-- web: clients, those with similar callers first
    select client.id::text as value, client.name || ' (' || client.id || ')' as text,
      coalesce(max((select max(length) from generate_series(1, length($1)) length where left(callerid.callerid, length) = left($1, length))), 0) as likeness
    from client left join callerid on callerid.client_id = client.id and callerid.kind = $2 and coalesce(callerid.source_id, $3) is not distinct from $3
    group by client.id order by likeness desc, client.name limit 500`,
    [callerid, kind, source_id],
  )
  return {
    fields: [
      {
        name: 'client',
        label: `whose ${kind} is ${callerid}?`,
        options: clients,
        required: true,
        value: (clients[0]?.likeness ?? 0) > 1 ? clients[0]?.value : '',
      },
    ],
    button: `It is this client's`,
    async apply(form) {
      await ask(
        `-- web: own a caller\ninsert into callerid (client_id, kind, callerid, source_id) values ($1::integer, $2, $3, $4)`,
        [given(form, 'client'), ...[kind, callerid, kind === 'did' ? null : source_id]],
      )
    },
  }
}

async function provider({ ask }: Visit, channel: string): Promise<Mend> {
  return {
    fields: [
      { name: 'name', label: `a trunk over ${channel}: its name`, value: channel, required: true },
      {
        name: 'plan',
        label: 'what it charges',
        options: await choicesOf({ ask }, 'tarifplan', phrase('not known')),
      },
    ],
    button: 'It is a provider',
    async apply(form) {
      await ask(
        `-- web: a provider\ninsert into provider (name, channel, tarifnum) values ($1, $2, $3::integer)`,
        [given(form, 'name'), channel, form['plan'] || null],
      )
    },
  }
}

/** The digits two numbers begin with together. */
function shared(code: string, number: string): string {
  let length = 0
  while (length < code.length && code[length] === number[length]) length++
  return number.slice(0, length)
}

async function price({ ask }: Visit, plan: string, number: string): Promise<Mend> {
  // The next shorter code there is says what calls of this kind cost elsewhere.
  const [near] = await ask<{ code: string; price: string }>(
    `-- web: the nearest price there is
    select code, trim_scale(price)::text as price from tarif where code = any (prefixes_of($1)) or left(code, 3) = left($1, 3) order by code = any (prefixes_of($1)) desc, length(code) desc limit 1`,
    [number],
  )
  return {
    fields: [
      {
        name: 'code',
        label: `plan ${plan}: numbers that begin with`,
        value: near ? shared(near.code, number) : number.slice(0, 4),
        required: true,
      },
      { name: 'price', label: 'cost a minute', value: near?.price ?? '', required: true },
    ],
    button: 'That is the price',
    async apply(form) {
      const code = given(form, 'code')
      if (!number.startsWith(code))
        throw new Complaint(`${number} does not begin with ${code}: these calls would wait on.`)
      await ask(
        `-- web: a price\ninsert into tarif (tarifnum, code, price, description) values ($1::integer, $2, $3::numeric, 'entered for calls that waited')`,
        [plan, code, given(form, 'price')],
      )
    },
  }
}

async function planOf({ ask }: Visit, client: string): Promise<Mend> {
  return {
    fields: [
      {
        name: 'plan',
        label: `client ${client}: its plan, from its first call on`,
        options: await choicesOf({ ask }, 'tarifplan'),
        required: true,
      },
    ],
    button: 'That is its plan',
    async apply(form) {
      await ask(
        `-- web: a plan\ninsert into client_tarif (client_id, tarifnum, valid) values ($1::integer, $2::integer, '(,)')`,
        [client, given(form, 'plan')],
      )
    },
  }
}
