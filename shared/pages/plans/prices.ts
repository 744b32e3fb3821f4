// What each plan charges for a code or a number, and which row says so.

import { formatMoney, parseMoney } from '../../money/money.ts'
import type { UnderPlan } from '../../simulation/under-plans.ts'
import type { Visit } from '../../web/page.ts'

/** The row that applies. */
export interface Row {
  id: number
  tarifnum: number
  plan: string
  code: string
  description: string
  hours: string | null
  stepped: boolean
}

export async function rowsThatApply(
  { ask }: Visit,
  found: readonly UnderPlan[],
): Promise<ReadonlyMap<number, Row>> {
  const rows = await ask<Row>(
    `-- web: rows that apply
    select tarif.id, tarifnum, tarifplan.name as plan, code, description, stepped,
      nullif(concat_ws(' ', array_to_string(days, ','), from_time || '–' || to_time), '') as hours
    from tarif join tarifplan using (tarifnum) where tarif.id = any ($1)`,
    [[...new Set(found.flatMap(({ tarif_id }) => tarif_id ?? []))]],
  )
  return new Map(rows.map((row) => [row.id, row]))
}

const trimmed = (amount: string | null): string | null =>
  amount === null ? null : formatMoney(parseMoney(amount))

export interface Figures {
  price: string | null
  connectFee: string | null
  master: string | null
  /** Of the price a minute to that of the root plan, with its sign. */
  difference: string | null
  total: string | null
}

export function figuresOf({ price, connect_fee, total, master }: UnderPlan): Figures {
  const less = price !== null && master !== null ? parseMoney(price) - parseMoney(master.price) : null
  return {
    ...{ price: trimmed(price), connectFee: connect_fee === '0' ? null : trimmed(connect_fee) },
    ...{ master: trimmed(master?.price ?? null), total },
    difference: less === null ? null : `${less > 0n ? '+' : ''}${formatMoney(less)}`,
  }
}

/** Whether none of the others is cheaper by the minute: of those in one currency, where they are not all the same. */
export function isLowest(one: UnderPlan, all: readonly UnderPlan[]): boolean {
  const priced = all.flatMap(({ price, currency }) => (price === null ? [] : [{ price, currency }]))
  if (one.price === null || new Set(priced.map(({ currency }) => currency)).size > 1) return false
  const [own, amounts] = [parseMoney(one.price), priced.map(({ price }) => parseMoney(price))]
  return amounts.every((amount) => amount >= own) && amounts.some((amount) => amount > own)
}
