// A payment, entered once however often it is sent.

import { createHash } from 'node:crypto'

import { columnsOf, given, objectOf } from '../fields.ts'
import { books } from '../../web/page.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { paymentFields } from './money.ts'

const amount = '^-?\\d{1,12}(\\.\\d{1,8})?$'

interface Payment {
  account_id: number
  amount: string
  tax?: string
  paid_at?: string
  reference: string
  what?: string
}

const payQuery = `-- api: enter a payment
insert into payment (account_id, amount, tax, paid_at, reference, what)
values ($1, $2::numeric, $3::numeric, coalesce($4::timestamptz, now()), $5, coalesce($6, ''))
returning ${columnsOf(paymentFields)}`

// Whichever way its fields were written down, the same payment is the same request.
const hashOf = (payment: Payment): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(payment).sort(([one], [other]) => (one < other ? -1 : 1))))
    .digest()

export const pay: Operation = {
  method: 'POST',
  path: '/payments',
  id: 'enterPayment',
  summary:
    'Enters a payment; it counts at once. A mistake is paid back with a negative amount: nothing is changed or deleted.',
  scope: 'pay',
  roles: books,
  isOnce: true,
  status: 201,
  how: {},
  body: given(
    {
      account_id: { type: 'integer', minimum: 1, maximum: 2_147_483_647 },
      amount: { type: 'string', pattern: amount, description: 'With tax; below zero it is paid back.' },
      tax: {
        type: 'string',
        pattern: amount,
        description: 'Of amount; by the rate of the day if not given.',
      },
      paid_at: { type: 'string', format: 'date-time', description: 'Now if not given.' },
      reference: {
        type: 'string',
        pattern: '^[^\\s\\u0000-\\u001f][^\\u0000-\\u001f]{0,199}$',
        description: 'Of the bank or the payment service: for one account each counts once, for ever.',
      },
      what: { type: 'string', pattern: '^[^\\u0000-\\u001f]{0,500}$', description: 'For people.' },
    },
    ['account_id', 'amount', 'reference'],
  ),
  answer: objectOf(paymentFields),
  problems: {
    409: 'A payment of this reference is there already.',
    422: 'There is no such account, or another request had this Idempotency-Key.',
  },
  async run({ ask, body, idempotencyKey }) {
    const payment = body as Payment
    const [before] = await ask<{ is_same: boolean; answer: unknown }>(
      '-- api: was it answered before?\nselect is_same, answer from begin_answer($1, $2)',
      [idempotencyKey, hashOf(payment)],
    )
    if (before?.is_same === false)
      throw new Problem(
        422,
        `Another request had the Idempotency-Key ${idempotencyKey}: give this one its own.`,
      )
    if (before) return before.answer
    const { account_id, tax, paid_at, reference, what } = payment
    const [entered] = await ask(payQuery, [account_id, payment.amount, tax, paid_at, reference, what])
    await ask('-- api: keep the answer\nselect keep_answer($1, $2)', [
      idempotencyKey,
      JSON.stringify(entered),
    ])
    return entered
  },
}
