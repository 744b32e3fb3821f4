// What is kept of money: fees, taxes, channels, accounts, payments, and who sends statements.

import { heldPart } from '../reservations/list.ts'
import { books, workers } from '../../web/page.ts'
import type { Table } from './definition.ts'

export const fee: Table = {
  ...{ name: 'client_fee', key: 'id', path: '/fees', title: 'Fees', roles: books },
  question: 'What does this client pay each month beside its calls?',
  columns: ['client_id', 'description', 'amount', 'currency', 'valid', 'prorated'],
  called: 't.description',
}

export const taxRate: Table = {
  ...{ name: 'tax_rate', key: 'id', path: '/taxes', title: 'Taxes', roles: books },
  question: 'Which tax is charged, of whom, and when?',
  columns: ['name', 'percent', 'client_id', 'valid'],
  called: `t.name || ' ' || trim_scale(t.percent) || ' %'`,
  list: {
    question: 'Which taxes are charged?',
    columns: ['name', 'percent', 'client_id', 'valid'],
    menu: false,
  },
}

export const channels: Table = {
  ...{ name: 'client_channels', key: 'id', path: '/channels', title: 'Channels', roles: books },
  question: 'How many channels has this client paid for, and what does one more cost?',
  columns: ['client_id', 'channels', 'model', 'price', 'currency', 'valid'],
  called: `t.channels || ' channels'`,
}

export const payment: Table = {
  ...{ name: 'payment', key: 'id', path: '/payments', title: 'Accounts', roles: books },
  question: 'What was paid, when, and by which reference?',
  columns: ['account_id', 'amount', 'tax', 'paid_at', 'reference', 'what'],
  called: `trim_scale(t.amount) || ' ' || t.reference`,
}

export const account: Table = {
  ...{ name: 'account', key: 'id', path: '/accounts', title: 'Accounts', roles: workers },
  question: 'What does this account hold, what may it spend, and what was paid?',
  columns: [
    ...[
      'client_id',
      'currency',
      'kind',
      'credit_limit',
      'balance',
      'reserved',
      'hold',
      'reserve_sec',
      'warn_below',
    ],
    ...['calls_most', 'call_most', 'value_hour_most', 'price_most', 'fee_most', 'hold_above'],
  ],
  called: `(select client.name from client where client.id = t.client_id) || ' ' || t.currency`,
  beside: heldPart,
  children: [
    {
      of: () => payment,
      by: 'account_id',
      caption: 'Payments',
      columns: ['reference', 'amount', 'tax', 'paid_at', 'what'],
    },
  ],
}

export const issuer: Table = {
  ...{ name: 'issuer', key: 'one', path: '/issuer', title: 'Issuer', roles: books },
  question: 'Who sends the statements, and how are they numbered?',
  columns: ['name', 'address', 'tax_id', 'bank', 'number_format', 'due_days', 'time_zone'],
  called: 't.name',
  lines: ['address', 'bank'],
}
