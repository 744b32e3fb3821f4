// All that the answer to a question depends on.

import type { CostOf } from './seconds.ts'

/** As account_state() says it; amounts are text. `available` null: no limit. */
export interface Account {
  account_id: number
  currency: string
  hold: string | null
  hold_above: string | null
  price_most: string | null
  fee_most: string | null
  call_most: string | null
  calls_most: number | null
  reserve_sec: number
  available: string | null
  calls_open: number
  bundles_held: Record<string, number>
  value_left: string | null
}

/** All that the answer depends on. */
export interface Known {
  source_id: number | null
  /** Why nobody can be charged. */
  clientProblem: string | null
  client_id: number | null
  numberProblem: string | null
  number: string
  kind: string
  country: string | null
  /** Null: the client has no account. */
  account: Account | null
  /** The entry of a list that forbids the call. */
  blocked: string | null
  price: Price | { problem: string }
}

export interface Price {
  costOf: CostOf
  /** Of a call of so many seconds answered now. */
  figuresOf: (seconds: number) => Figures
  /** Whether no row comes into force or goes out of it within so many seconds: then each moment of the answer costs the same. */
  isSteady: (seconds: number) => boolean
  currency: string | null
}

export interface Figures {
  price: string
  connect_fee: string
  bundle_id: number | null
  free_sec: number
}
