// Takes away all that was read from a source that was tried by mistake, some hundreds of records at a time.

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'

/** What there is of a source; `billed`: a statement with one of its calls. */
export interface Held {
  id: number
  records: number
  calls: number
  /** What its calls came to, such as `12.40 EUR`. */
  totals: string[]
  billed: string | null
}

/** Throws a Complaint where there is no such source. */
export async function heldOfSource(db: Database, name: string): Promise<Held> {
  const { rows } = await db.query<Held>(
    `-- forget: what is there of this source?
    with called as materialized (
      select id, total, currency from paidcalls where source_id = (select id from source where name = $1)
      union all select id, total, currency from archived_call where source_id = (select id from source where name = $1)
    )
    select source.id, (select count(*) from cdr where source_id = source.id) as records, (select count(*) from called) as calls,
      array(select trim_scale(sum(total)) || ' ' || currency from called where total <> 0 and currency is not null group by currency order by currency) as totals,
      (select statement.number from statement_call part join statement on statement.id = part.statement_id and statement.status <> 'draft'
       where part.call_id in (select id from called) limit 1) as billed
    from source where name = $1`,
    [name],
  )
  const [held] = rows
  if (!held) throw new Complaint(`There is no source ${name}.`)
  return held
}

export interface Taken {
  records: number
  calls: number
}

export interface Taking {
  /** Told after each piece, of how many records there were. */
  step: (taken: Taken) => void
  /** Waits until rollup may have gone on. */
  wait: () => Promise<void>
  stop: AbortSignal
}

const recordsAtOnce = 500
const waitsMost = 60

/**
 * Needs a login of an administrator. Killed on the way, it has taken away some calls whole, and goes on when asked again. Throws a
 * Complaint when rollup does not add up meanwhile.
 */
export async function takeSourceAway(
  db: Database,
  name: string,
  { step, wait, stop }: Taking,
): Promise<Taken> {
  const { rows: left } = await db.query<{ id: number }>(
    `-- forget: end its import\nselect leave_source($1) as id`,
    [name],
  )
  const taken: Taken = { records: 0, calls: 0 }
  for (let waits = 0; !stop.aborted;) {
    const { rows } = await db.query<Taken & { is_behind: boolean }>(
      `-- forget: records of a source, their calls and decisions
      select records_gone as records, calls_gone as calls, is_behind from forget_source($1, ${recordsAtOnce})`,
      [left[0]?.id],
    )
    const { records = 0, calls = 0, is_behind = false } = rows[0] ?? {}
    if (is_behind) {
      if (waits++ === waitsMost)
        throw new Complaint('Calls of it are not in the sums yet: start rollup, then ask again.')
      await wait()
      continue
    }
    if (records + calls === 0) break
    waits = 0
    taken.records += records
    taken.calls += calls
    step({ records, calls })
  }
  return taken
}
