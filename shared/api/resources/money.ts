// Accounts, statements and payments.

import { textAsked } from '../../search/calls.ts'
import { bigId, day, moment, money as amount, orNull, whole, word } from '../fields.ts'
import type { Fields } from '../fields.ts'
import { idKey, list, one } from '../list.ts'
import { books, everybody } from '../../web/page.ts'
import type { Operation } from '../operation.ts'

const wholeId = /^\d{1,9}$/
const client = { label: 'Client (id)', where: 'client_id = $$::integer', check: wholeId }

const account: Fields = {
  id: whole(''),
  client_id: whole('Whose it is.'),
  client: word('His name.'),
  kind: word('', ['prepaid', 'postpaid']),
  currency: word('Of all amounts.'),
  balance: amount('Payments without tax, minus calls.'),
  reserved: amount('What open calls hold of it.'),
  available: orNull(amount('What is left to be used; null: without limit.')),
  credit_limit: orNull(amount('How far it may go below zero; null: without limit.')),
  hold: orNull(word('Why no calls are allowed; null: they are.')),
  days_left: orNull(amount('For how many days it lasts, as the last seven went.')),
  warn_below: orNull(amount('An alert is opened when the balance falls below it.')),
  open_reservations: whole('Calls that hold money now.'),
}

const statement: Fields = {
  id: bigId(''),
  status: word('issued: final; void: taken back.', ['draft', 'issued', 'void']),
  number: orNull(word('null: a draft.')),
  client_id: whole(''),
  client: word('His name on it.'),
  month: day('Its first day.'),
  currency: word('Of all amounts.'),
  calls: whole('Answered calls on it.'),
  minutes: amount('Of these.'),
  at_master: amount('What they would cost at the master tariff.'),
  saved: amount('By plan and bundles.'),
  corrections: amount('Calls of earlier statements that were priced again.'),
  fixed_fees: amount('Monthly fees.'),
  bursts: amount('Calls at one time above the channels paid for.'),
  net: amount('Before tax.'),
  tax: amount(''),
  credits: amount('Void statements given back.'),
  total: amount('To be paid.'),
  issued_on: orNull(day('')),
  due_at: orNull(day('To be paid by that day.')),
  reason: orNull(word('Why it is void.')),
  problem: orNull(word('Why a draft could not be issued.')),
}

export const paymentFields: Fields = {
  id: bigId(''),
  account_id: whole('The account.'),
  amount: amount('With tax; below zero it is paid back.'),
  tax: orNull(amount('Of amount.')),
  paid_at: moment('When.'),
  reference: word('Of the bank or the payment service.'),
  what: word('For people.'),
  noted_at: moment('When it was entered.'),
  noted_by: word('By whom: a login, a person, or api: and the name of a key.'),
}

export const money: readonly Operation[] = [
  list({
    ...{
      path: '/accounts',
      id: 'listAccounts',
      summary: 'What does each client have, and for how long does it last?',
    },
    ...{
      scope: 'money',
      roles: everybody,
      fields: account,
      from: 'accounts',
      keys: idKey('accounts'),
      by: { client },
    },
  }),
  one({
    ...{ path: '/accounts/{id}', id: 'getAccount', summary: 'What is in this account?', what: 'account' },
    ...{ scope: 'money', roles: everybody, fields: account, from: 'accounts where accounts.id = $1::bigint' },
  }),
  list({
    ...{
      path: '/statements',
      id: 'listStatements',
      summary: 'What was each client billed? The latest made first.',
    },
    ...{ scope: 'money', roles: everybody, fields: statement, from: 'statements', keys: idKey('statements') },
    latestFirst: true,
    by: {
      client,
      month: {
        label: 'A month such as 2026-10.',
        where: `month = ($$ || '-01')::date`,
        check: /^20\d\d-(0[1-9]|1[0-2])$/,
      },
      status: { label: 'draft, issued or void.', where: 'status = $$', check: /^(draft|issued|void)$/ },
    },
  }),
  one({
    ...{
      path: '/statements/{id}',
      id: 'getStatement',
      summary: 'What is on this statement?',
      what: 'statement',
    },
    ...{ scope: 'money', roles: everybody, fields: statement, from: 'statements where statements.id = $1' },
  }),
  list({
    ...{ path: '/payments', id: 'listPayments', summary: 'What was paid? The latest entered first.' },
    ...{ scope: 'money', roles: books, fields: paymentFields, from: 'payment', keys: idKey('payment') },
    latestFirst: true,
    by: {
      account: { label: 'Account (id)', where: 'account_id = $$::integer', check: wholeId },
      reference: { label: 'The reference, exactly.', where: 'reference = $$', check: textAsked },
    },
  }),
  one({
    ...{ path: '/payments/{id}', id: 'getPayment', summary: 'What was this payment?', what: 'payment' },
    ...{ scope: 'money', roles: books, fields: paymentFields, from: 'payment where payment.id = $1' },
  }),
]
