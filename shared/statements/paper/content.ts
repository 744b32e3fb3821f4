// What stands on a statement, as it is read back to be written.

export interface Party {
  name?: string
  address?: string
  tax_id?: string
  bank?: string
  language?: string
}

/** Amounts are text, exact; moments are instants; days are texts. */
export interface Document {
  id: number
  status: 'draft' | 'issued' | 'void'
  number: string | null
  client_id: number
  currency: string
  decimals: number
  /** Digits behind the point that its exact amounts need, and its prices; at least those of the minor unit. */
  amount_digits: number
  price_digits: number
  first_day: string
  last_day: string
  starts_at: Date
  ends_at: Date
  time_zone: string
  made_at: Date
  issued_at: Date | null
  issued_on: string | null
  due_at: string | null
  reason: string | null
  calls: number
  billable_sec: number
  at_master: string
  saved: string
  saved_by_plan: string
  saved_by_bundles: string
  paid: string
  late: string
  corrections: string
  fixed_fees: string
  bursts: string
  net: string
  tax: string
  rounding: string
  credits: string
  total: string
  issuer: Party
  payer: Party
  logo: Buffer | null
  pdf_sha256: string | null
}

export interface Line {
  nr: number
  what: 'calls' | 'late' | 'correction' | 'fee' | 'burst' | 'tax' | 'rounding' | 'credit'
  country: string | null
  kind: string | null
  description: string
  reason: string | null
  call_id: number | null
  began: Date | null
  calls: number | null
  billable_sec: number | null
  quantity: string | null
  unit_price: string | null
  at_master: string | null
  saved: string | null
  net: string
}

export interface BilledCall {
  what: 'call' | 'late' | 'correction'
  call_id: number
  nr: number
  calldate: Date
  billable_sec: number
  caller: string | null
  number: string | null
  country: string | null
  kind: string | null
  code: string | null
  price: string
  at_master: string
  total: string
  net: string
  reason: string
}

export interface Content {
  document: Document
  /** Lines of these kinds in their order. */
  lines: (...what: Line['what'][]) => AsyncIterable<Line>
  dearest: readonly BilledCall[]
  /** The name of the file with every call. */
  callsFile: string
}
