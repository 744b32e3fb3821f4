// May this call be made? The stages themselves decide on a call that has not been made: whose it is, what is dialled, what it costs.

import type { Database } from '../database/connect.ts'
import type { Call, Outcome, Stage } from '../line/stage.ts'
import type { Account, Known } from './known.ts'
import { priceOf, withHeld } from './price.ts'
import type { Priced } from './price.ts'
import type { Question } from './question.ts'

/** What the facts of the stages hold that is used here. */
export type Owned = Call & { source_id: number | null }
export interface Stages<Owner extends Owned, Dialled extends Call, Tariff extends Priced> {
  client: Stage<Owner>
  destination: Stage<Dialled>
  tariff: Stage<Tariff>
}

// Behind every call there is, for bundles that are shared out in order.
const notMadeYet = Number.MAX_SAFE_INTEGER

// In one question: what is dialled does not depend on whose call it is.
const callQuery = (
  owner: string,
  dialled: string,
): string => `-- authorize: whose call would it be, and what is dialled?
with call as materialized (
  select record.* from jsonb_populate_record(null::paidcalls, $1::jsonb || jsonb_build_object('source_id', (select id from source where name = $2))) record
), owner as (${owner}), dialled as (${dialled})
select row_to_json(owner) as owner, row_to_json(dialled) as dialled from owner cross join dialled`

// Of all entries of lists that begin the number, or name its country, the longest; a white one of the same length wins.
const blockedBy = (number: string, ofCallers: boolean): string => `(
  select case when list.kind = 'black' then coalesce(nullif(entry.description, ''), list.name) end
  from number_list list join number_list_entry entry on entry.list_id = list.id
  where list.enabled and list.of_callers = ${ofCallers} and (list.tarifnum is null or list.tarifnum = client_plan(call.client_id, call.calldate))
    and (entry.code = any (prefixes_of(${number})) ${ofCallers ? '' : 'or entry.country = call.country'})
  order by length(coalesce(entry.code, '')) desc, list.kind = 'white' desc limit 1
)`

const priceQuery = (facts: string): string => `-- authorize: what would it cost, and what is there to pay it?
with call as materialized (select record.* from jsonb_populate_record(null::paidcalls, $1::jsonb) record), facts as (${facts})
select row_to_json(facts) as facts, account_state(account.id, mine.id) as account,
  coalesce(${blockedBy('call.number', false)}, ${blockedBy('call.caller', true)}) as blocked
from facts cross join call
left join account on account.client_id = call.client_id
left join reservation mine on mine.source_id = call.source_id and mine.call_ref = $2 and mine.account_id = account.id and mine.settled_at is null`

/** Asks for everything the answer depends on, in two questions. Nothing is written. */
export function createAsk<Owner extends Owned, Dialled extends Call, Tariff extends Priced>(
  stages: Stages<Owner, Dialled, Tariff>,
): (db: Database, question: Question, at: number) => Promise<Known> {
  const texts = {
    call: callQuery(stages.client.facts, stages.destination.facts),
    price: priceQuery(stages.tariff.facts),
  }
  return async (db, question, at) => {
    const call: Record<string, unknown> = {
      id: notMadeYet,
      status: 'new record',
      calldate: new Date(at).toISOString(),
      answered_at: new Date(at).toISOString(),
      src: question.caller,
      dst: question.dialled,
      channel: question.channel ?? '',
      dstchannel: question.dstchannel ?? '',
      accountcode: question.accountcode ?? '',
      uniqueid: question.call_ref,
      disposition: 'ANSWERED',
      duration: 1,
      billsec: 1,
      dcontext: '',
      client: '',
      decisions: 0,
      attempts: 0,
    }
    const { rows: found } = await db.query<{ owner: Owner; dialled: Dialled }>({
      name: 'call',
      text: texts.call,
      values: [JSON.stringify(call), question.source],
    })
    if (!found[0]) throw new Error('A question has no facts.')
    const { owner, dialled } = found[0]
    call['source_id'] = owner.source_id
    const owned = stages.client.decide(owner)
    const [direction, provider_id, client_id, name, caller] = foundOr<
      [string, number | null, number | null, string, string]
    >(owned, ['out', null, null, '', question.caller])
    // Without the trunk's name, what leaves the office is taken to leave it by one.
    const isOut = direction === 'internal' && (question.dstchannel ?? '') === ''
    Object.assign(call, {
      direction: isOut ? 'out' : direction,
      provider_id,
      client_id,
      client: name,
      caller,
    })

    // Both stand in its facts as the stage before has left them.
    const destined = stages.destination.decide({ ...dialled, direction: call['direction'], provider_id })
    const [number, kind, country, prefix_id] = foundOr<[string, string, string | null, number | null]>(
      destined,
      ['', 'none', null, null],
    )
    Object.assign(call, { number, kind, country, prefix_id })

    const { rows } = await db.query<{
      facts: Tariff
      account: Account | null
      blocked: string | null
    }>({ name: 'price', text: texts.price, values: [JSON.stringify(call), question.call_ref] })
    const [priced] = rows
    if (!priced) throw new Error('A question has no facts.')
    return {
      source_id: owner.source_id,
      clientProblem: 'problem' in owned ? owned.problem : null,
      client_id,
      numberProblem: 'problem' in destined ? destined.problem : null,
      number,
      kind,
      country,
      account: priced.account,
      blocked: priced.blocked,
      price: priceOf(stages.tariff, withHeld(priced.facts, priced.account), at, kind !== 'internal'),
    }
  }
}

/** What a stage found, as the values of its settle query; or these when the call would wait. */
function foundOr<Values extends unknown[]>(outcome: Outcome, otherwise: Values): Values {
  // The order is that of the stage's settle query, which takes them as they come.
  return 'found' in outcome ? (outcome.found as Values) : otherwise
}
