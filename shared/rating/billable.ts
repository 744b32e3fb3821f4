// Which calls are charged for.

/** What a record says about being answered; `billable_by` is the rule of its source. */
export interface Answered {
  disposition: string
  /** Seconds from the answer to the end. */
  billsec: number
  billable_by: 'disposition' | 'billsec' | null
}

/**
 * Seconds a call is charged for before increments: billsec when it was answered, else 0.
 * Answered is what the record calls so (CDR-Stats writes ANSWER); a format without dispositions leaves it to billsec,
 * and so may a source. A channel answered by an announcement while the callee was busy is not answered.
 */
export function billableSeconds({ disposition, billsec, billable_by }: Answered): number {
  if (billsec <= 0) return 0
  if (billable_by === 'billsec' || disposition === '') return billsec
  return /^answer(ed)?$/i.test(disposition.trim()) ? billsec : 0
}
