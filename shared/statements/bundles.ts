// What seconds included in a plan have saved: the call at its plan's own price without them, minus what it costs.

import type { Database } from '../database/connect.ts'
import { formatMoney, parseMoney, roundMoney } from '../money/money.ts'
import { chargeCall } from '../rating/charge.ts'
import type { Price } from '../rating/price.ts'
import { decisionOf } from './decisions.ts'

/** A decision of a call that had free seconds. */
export type WithFreeSeconds = { call_id: number; client_id: number } & Pick<
  Price,
  | 'currency'
  | 'price'
  | 'connect_fee'
  | 'max_charge'
  | 'first_sec'
  | 'step_sec'
  | 'increments'
  | 'decimals'
  | 'rounding'
  | 'billable_sec'
  | 'total'
>

/**
 * In the currency of the call, rounded as its plan rounds. All seconds are taken at the price that the decision names: that of the row in
 * force when its first charged second began.
 */
export function savedByBundle(call: WithFreeSeconds): string {
  const { price, connect_fee, max_charge, first_sec, step_sec, increments, billable_sec } = call
  const charge = chargeCall(billable_sec, 0, { increments, connect_fee, max_charge }, [
    { from_sec: 0, tarif_id: null, price, first_sec, step_sec },
  ])
  const whole = roundMoney(charge?.unrounded ?? 0n, call.decimals, call.rounding)
  return formatMoney(parseMoney(whole) - parseMoney(call.total))
}

const columns = `due.call_id, due.client_id, due.currency, made.price::text, made.connect_fee::text, made.max_charge::text, made.first_sec, made.step_sec,
  made.increments, made.decimals, made.rounding, made.billable_sec, made.total::text`
const atOnce = 5_000

/** Fills due.saved_by_bundle for the calls that had free seconds. */
export async function noteSavedByBundles(db: Database): Promise<void> {
  for (let behind = 0; ;) {
    const { rows } = await db.query<WithFreeSeconds>(
      `-- statement: calls that had free seconds
      select ${columns}
      from (select * from due where free_sec > 0 and what <> 'correction' and call_id > $1 order by call_id limit ${atOnce}) due
      cross join lateral ${decisionOf('*', 'due.call_id', 'due.nr')} made
      order by due.call_id`,
      [behind],
    )
    const last = rows.at(-1)
    if (last === undefined) return
    behind = last.call_id
    await db.query(
      `-- statement: what their free seconds have saved
      update due set saved_by_bundle = saved.amount
      from unnest($1::bigint[], $2::integer[], $3::text[], $4::numeric[]) saved (call_id, client_id, currency, amount)
      where due.call_id = saved.call_id and due.client_id = saved.client_id and due.currency = saved.currency`,
      [
        rows.map(({ call_id }) => call_id),
        rows.map(({ client_id }) => client_id),
        rows.map(({ currency }) => currency),
        rows.map(savedByBundle),
      ],
    )
  }
}
