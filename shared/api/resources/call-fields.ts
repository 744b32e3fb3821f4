// What there is to know of a call, of each price it had, and of a line of its receipt.

import { bigId, moment, money, objectOf, of, orNull, whole, word, words } from '../fields.ts'
import type { Field, Fields } from '../fields.ts'

const statuses = ['new record', 'client defined', 'destination defined', 'tarif defined']
const directions = ['out', 'in', 'transit', 'internal']

export const listed: Fields = {
  id: of('call.id', bigId('In the order records were read.')),
  status: word('How far it has come; tarif defined: it has its price.', statuses),
  problem: orNull(word('Why it waits.')),
  calldate: moment('When it began.'),
  direction: orNull(word('By which channel is a provider’s.', directions)),
  client_id: orNull(whole('Who pays.')),
  client: orNull(word('His name at that time.')),
  src: word('The calling number as the exchange wrote it.'),
  number: orNull(word('The number called, E.164 without +.')),
  kind: orNull(word('Which kind of number.')),
  country: orNull(word('The country called, ISO 3166.')),
  duration: orNull(whole('Seconds from its beginning to its end.')),
  billable_sec: orNull(whole('Seconds it is charged for.')),
  disposition: word('ANSWERED, NO ANSWER, BUSY …'),
  cause: orNull(word('Why it ended, as the exchange wrote it.')),
  source_id: orNull(whole('The exchange.')),
  provider_id: orNull(whole('Who carried it.')),
  price: orNull(money('Per minute.')),
  total: orNull(money('What the client pays; null until it is priced.')),
  currency: orNull(word('Of price, total and master_total.')),
  priced_at: orNull(moment('When it got its price.')),
}

export const known: Fields = {
  ...listed,
  cdr_id: orNull(bigId('Its record.')),
  answered_at: orNull(moment('When it was answered, where the record tells.')),
  dst: word('What was dialled, as the exchange wrote it.'),
  did: orNull(word('The number of ours that was called, where the record tells it.')),
  channel: word('The channel that called.'),
  dstchannel: word('The channel that was called.'),
  accountcode: word('The account of the channel.'),
  uniqueid: word('The exchange’s name for it.'),
  call_ref: orNull(word('What all records of the call have in common.')),
  caller: orNull(word('src as E.164 without +, or the extension.')),
  billsec: whole('Seconds from the answer to the end.'),
  code_id: orNull(whole('The row of tarif that priced it.')),
  master_total: orNull(money('The same call under the root of the client’s plan.')),
  cost: orNull(money('What the provider charges.')),
  cost_currency: orNull(word('Of cost.')),
  decisions: whole('How often it was priced.'),
  attempts: whole('How often a stage failed at it unexpectedly.'),
  imported_at: moment('When it came into the database.'),
}

const step = objectOf({
  from_sec: whole('From this second on.'),
  seconds: whole('So many.'),
  price: money('Per minute.'),
  amount: money('What they come to.'),
})
const steps: Field = {
  schema: {
    type: ['array', 'null'],
    items: step,
    description: 'Where several prices held during the call.',
  },
  cast: (column) => column,
}

export const decisionFields: Fields = {
  nr: whole('The first price of a call is 1.'),
  decided_at: moment('When.'),
  reason: word('first rating, or why it was priced again.'),
  rule: word('price, or the rule by which the call is free.'),
  client_id: orNull(whole('Who pays.')),
  tarifnum: orNull(whole('The client’s plan when the call began.')),
  tarif_id: orNull(whole('The price row that won.')),
  number: orNull(word('The number that was priced.')),
  code: orNull(word('The code of that row.')),
  codes: orNull(words('Every code that begins the number, the strongest first.')),
  price: money('Per minute.'),
  connect_fee: money('Once per call.'),
  first_sec: orNull(whole('At least so many seconds are charged.')),
  step_sec: orNull(whole('Then whole steps of so many.')),
  increments: orNull(word('How steps are counted.', ['anchored', 'absolute'])),
  grace_sec: orNull(whole('Calls no longer than this cost nothing.')),
  decimals: orNull(whole('Digits after the point of total.')),
  rounding: orNull(word('Once per call.', ['half up', 'up', 'down'])),
  max_charge: orNull(money('No call costs more.')),
  billable_sec: whole('Seconds before increments.'),
  free_sec: whole('Of them free.'),
  charged_sec: whole('Seconds after increments.'),
  steps,
  unrounded: money('Before the one rounding.'),
  total: money('What the client pays.'),
  delta: money('total minus that of the decision before.'),
  currency: orNull(word('Of all but cost.')),
  master_total: orNull(money('Under the root plan.')),
  provider_id: orNull(whole('Who carried it.')),
  cost: orNull(money('What the provider charges.')),
  cost_currency: orNull(word('Of cost.')),
}

export const receiptFields: Fields = {
  decision: whole('Of which decision.'),
  item: word('What.'),
  value: word('How much.'),
  explanation: orNull(word('Why.')),
}
