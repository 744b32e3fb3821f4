// May this call be made? The stages themselves decide on a call that has not been made: whose it is, what is dialled, what it costs.

import type { Database } from '../database/connect.ts'
import { prepareOnce, send } from '../database/packet.ts'
import type { Answer, Step } from '../database/packet.ts'
import type { Call, Outcome, Stage } from '../line/stage.ts'
import { createGuess } from './guess.ts'
import type { Found } from './guess.ts'
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
select json_build_object('owner', owner, 'dialled', dialled) from owner cross join dialled`

const priceQuery = (facts: string): string => `-- authorize: what would it cost, and what is there to pay it?
with call as materialized (select record.* from jsonb_populate_record(null::paidcalls, $1::jsonb) record), facts as (${facts})
select json_build_object('facts', facts, 'account', account_state(account.id, mine.id), 'blocked',
  case when exists (select from number_list where enabled)
    then blocked_by(call.number, call.country, call.caller, call.client_id, call.calldate) end)
from facts cross join call
left join account on account.client_id = call.client_id
left join reservation mine on mine.source_id = call.source_id and mine.call_ref = $2 and mine.account_id = account.id and mine.settled_at is null`

interface Cost<Tariff> {
  facts: Tariff
  account: Account | null
  blocked: string | null
}

/** Asks for everything the answer depends on, in two questions, which travel together where the second can be guessed. Nothing is written. */
export function createAsk<Owner extends Owned, Dialled extends Call, Tariff extends Priced>(
  stages: Stages<Owner, Dialled, Tariff>,
): (db: Database, question: Question, at: number) => Promise<Known> {
  const texts = {
    call: callQuery(stages.client.facts, stages.destination.facts),
    price: priceQuery(stages.tariff.facts),
  }
  const guess = createGuess<Dialled>()

  return async (db, question, at) => {
    await prepareOnce(db, texts)
    const call = callOf(question, at)
    const guessed = guess.of(question)
    const ahead = guessed && JSON.stringify(foundBy(stages.destination, call, guessed).call)
    const price = (asked: string): Step => ({ query: 'price', values: [asked, question.call_ref] })
    const [told, toldAhead] = await send(db, [
      { query: 'call', values: [JSON.stringify(call), question.source] },
      ...(ahead === undefined ? [] : [price(ahead)]),
    ])
    // What the query above builds.
    const { owner, dialled } = JSON.parse(textOf(told)) as { owner: Owner; dialled: Dialled }
    const { source_id } = owner
    const owned = stages.client.decide(owner)
    guess.keep(question, { source_id, owned, dialled })
    const { destined, call: whole } = foundBy(stages.destination, call, { source_id, owned, dialled })
    const asked = JSON.stringify(whole)
    const priced = asked === ahead ? toldAhead : (await send(db, [price(asked)]))[0]
    const cost = JSON.parse(textOf(priced)) as Cost<Tariff>
    return {
      source_id,
      clientProblem: 'problem' in owned ? owned.problem : null,
      client_id: whole.client_id,
      numberProblem: 'problem' in destined ? destined.problem : null,
      number: whole.number,
      kind: whole.kind,
      country: whole.country,
      account: cost.account,
      blocked: cost.blocked,
      price: priceOf(stages.tariff, withHeld(cost.facts, cost.account), at, whole.kind !== 'internal'),
    }
  }
}

/** The call as its record would come in, if it were answered at once and lasted a second. */
function callOf(question: Question, at: number) {
  return {
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
}

/** What stage destination finds where client has found this, and the call as both leave it. */
function foundBy<Dialled extends Call>(
  destination: Stage<Dialled>,
  asked: ReturnType<typeof callOf>,
  { source_id, owned, dialled }: Found<Dialled>,
) {
  const [direction, provider_id, client_id, name, caller] = foundOr<
    [string, number | null, number | null, string, string]
  >(owned, ['out', null, null, '', asked.src])
  // Without the trunk's name, what leaves the office is taken to leave it by one.
  const isOut = direction === 'internal' && asked.dstchannel === ''
  const carried = { direction: isOut ? 'out' : direction, provider_id }
  // Both stand in its facts as the stage before has left them.
  const destined = destination.decide({ ...dialled, ...carried })
  const [number, kind, country, prefix_id] = foundOr<[string, string, string | null, number | null]>(
    destined,
    ['', 'none', null, null],
  )
  const call = {
    ...{ ...asked, source_id, ...carried },
    ...{ client_id, client: name, caller, number, kind, country, prefix_id },
  }
  return { destined, call }
}

/** What a statement said in its one column. */
function textOf(answer: Answer | undefined): string {
  if (typeof answer?.text !== 'string') throw new Error('A question has no facts.')
  return answer.text
}

/** What a stage found, as the values of its settle query; or these when the call would wait. */
function foundOr<Values extends unknown[]>(outcome: Outcome, otherwise: Values): Values {
  // The order is that of the stage's settle query, which takes them as they come.
  return 'found' in outcome ? (outcome.found as Values) : otherwise
}
