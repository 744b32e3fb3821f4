// Which calls are charged for.

/** What a record says about being answered; `billable_by` is the rule of its source. */
export interface Answered {
  disposition: string
  /** Seconds from the answer to the end. */
  billsec: number
  billable_by: 'disposition' | 'billsec' | null
}

// Asterisk (cdr.c, app_dial.c), CDR-Stats, Q.850 as FreeSWITCH words it, and reports of exchanges: with letters only, in small ones.
const answered = [
  'answered',
  'answer',
  'ok',
  'normalclearing',
  'normal',
  'success',
  'successful',
  'completed',
  'connected',
]
const unanswered = [
  ...[
    'noanswer',
    'unanswered',
    'notanswered',
    'missed',
    'abandoned',
    'ringing',
    'nouseresponse',
    'nouserresponse',
    'timeout',
  ],
  ...[
    'busy',
    'userbusy',
    'failed',
    'fail',
    'failure',
    'congestion',
    'cancel',
    'canceled',
    'cancelled',
    'originatorcancel',
    'rejected',
    'callrejected',
  ],
  ...[
    'chanunavail',
    'unavailable',
    'dontcall',
    'torture',
    'invalidargs',
    'unallocatednumber',
    'nullcause',
    'blocked',
    'redirected',
    'voicemail',
  ],
]

const lettersOf = (disposition: string): string => disposition.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

/**
 * Seconds a call is charged for before increments: billsec when it was answered, else 0.
 * Answered is what the record calls so; a format without dispositions leaves it to billsec, and so may a source. A channel answered by
 * an announcement while the callee was busy is not answered.
 */
export function billableSeconds({ disposition, billsec, billable_by }: Answered): number {
  if (billsec <= 0) return 0
  if (billable_by === 'billsec' || disposition === '') return billsec
  return answered.includes(lettersOf(disposition)) ? billsec : 0
}

/** Whether nobody here knows if a call with these seconds was answered: then it is not free, it waits. */
export function isNotUnderstood({ disposition, billsec, billable_by }: Answered): boolean {
  if (billsec <= 0 || billable_by === 'billsec' || disposition.trim() === '') return false
  return ![...answered, ...unanswered].includes(lettersOf(disposition))
}
