// What an exchange asks before it dials, and what it is told.

/** caller, dialled, channels and account code as the exchange will write them into the record of the call. */
export interface Question {
  /** Name of the exchange. */
  source: string
  caller: string
  dialled: string
  accountcode?: string
  /** The channel that calls. */
  channel?: string
  /** The trunk it will go out by. */
  dstchannel?: string
  /** What all records of the call will have in common. */
  call_ref: string
  /** No more seconds than these are wanted. */
  seconds?: number
}

/** A word for the dialplan; the sentence beside it is for people. */
export type Code =
  | 'ok'
  | 'emergency'
  | 'no money'
  | 'held'
  | 'no client'
  | 'no price'
  | 'no number'
  | 'no source'
  | 'blocked number'
  | 'too many calls'
  | 'too dear'
  | 'too much an hour'
  | 'no answer'

/** Amounts are text. `seconds` null: no limit. */
export interface Answer {
  allowed: boolean
  code: Code
  reason: string
  seconds: number | null
  price: string | null
  currency: string | null
  reservation: string | null
  number: string
  country: string | null
  kind: string
  client_id: number | null
}

export function refusal(code: Code, reason: string, known: Partial<Answer> = {}): Answer {
  return { ...nothingKnown, ...known, allowed: false, code, reason, seconds: 0 }
}

export function allowance(code: Code, reason: string, known: Partial<Answer> = {}): Answer {
  return { ...nothingKnown, ...known, allowed: true, code, reason }
}

const nothingKnown: Answer = {
  allowed: false,
  code: 'no answer',
  reason: '',
  seconds: null,
  price: null,
  currency: null,
  reservation: null,
  number: '',
  country: null,
  kind: 'none',
  client_id: null,
}
