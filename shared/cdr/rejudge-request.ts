// What is asked of judging again: a row of table rejudging, and the piece of it that is worked off at once.

import type { Kept } from './judge.ts'

export const recordsAtOnce = 1_000

export interface Request {
  id: number
  kind: 'rejected' | 'time zone'
  rejected_like: string | null
  since: string | null
  until: string | null
  reason: string
  reached: number
  last: number
}

// What the request is for ends with the records there are when it is begun: whoever stored one of them by an older
// time zone has committed, because the turn is ours.
export const requestQuery = `-- import: which records are to be judged again?
select id, kind, rejected_like, since::text, until::text, reason, reached_cdr_id as reached,
  coalesce(last_cdr_id, (select max(id) from cdr), 0) as last
from rejudging
where source_id = $1 and done_at is null
order by id
limit 1`

export interface Found {
  records: readonly Kept[]
  /** Up to this record all are found. */
  reached: number
}
