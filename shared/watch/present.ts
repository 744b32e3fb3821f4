// Calls that have no price yet but may cost by now: those that are going on, by their reservations, and those that wait, at the dearest
// price there is for the number. Each is taken in as it stands, again and again, until its record is priced.

import type { Database } from '../database/connect.ts'
import type { Call, Stage } from '../line/stage.ts'
import { toRuleCall } from '../rules/call.ts'
import type { CallRow, RuleCall } from '../rules/call.ts'
import type { Fold } from '../rules/fold.ts'
import { estimated } from './estimate.ts'

interface Open extends CallRow {
  ref: string
}

// At the price of the seconds that have passed.
const openQuery = `-- watch: calls that are going on
select 'open ' || held.id as call_id, (extract(epoch from made_at) * 1000)::float8 as began_ms, (extract(epoch from clock_timestamp()) * 1000)::float8 as ended_ms,
  source_id, client_id, null::integer as provider_id, 'out' as direction, held.kind, held.country, number, true as answered, passed::float8 as billable_sec, passed::float8 as duration, currency,
  round(price * passed / 60, 8)::text as total, round(greatest(value * passed / greatest(seconds, 1), price * passed / 60), 8)::text as master_total, null as cost, null as cost_currency,
  source_id || ' ' || call_ref as ref
from reservation held
join account on account.id = held.account_id
cross join lateral (select least(floor(extract(epoch from clock_timestamp() - made_at)), seconds) as passed) call
where settled_at is null`

// What has waited already is not asked again; what came with the last seconds is on its way.
const waitingQuery = `-- watch: calls that wait
select id::text from paidcalls
where problem is not null and imported_at > now() - interval '1 day' and calldate > now() - interval '1 day' and billsec > 0
order by id limit 20000`

export interface Present {
  /** Takes in how things stand. */
  look: (db: Database, fold: Fold) => Promise<void>
  /** The record of a call is priced: it takes the place of what was known before. Gives that back. */
  priced: (fold: Fold, key: string, ref: string | null) => RuleCall | null
}

/** `destination` says what number was dialled, as on the line. */
export function createPresent<Facts extends Call>(destination: Stage<Facts>): Present {
  const open = new Map<string, RuleCall>()
  const refs = new Map<string, string>()
  // Refs whose record came before the reservation ended: they count once.
  let recorded = new Set<string>()
  const waiting = new Map<string, RuleCall | null>()

  function settle(calls: Map<string, RuleCall | null>, fold: Fold, still: ReadonlySet<string>): void {
    for (const [key, call] of calls) {
      if (still.has(key)) continue
      if (call) fold.take(null, call, false)
      calls.delete(key)
    }
  }

  async function lookAtOpen(db: Database, fold: Fold): Promise<void> {
    const { rows } = await db.query<Open>({ name: 'open calls', text: openQuery })
    const going = rows.filter(({ ref }) => !recorded.has(ref))
    recorded = new Set(rows.filter(({ ref }) => recorded.has(ref)).map(({ ref }) => ref))
    settle(open, fold, new Set(going.map(({ call_id }) => String(call_id))))
    for (const row of going) {
      const call = toRuleCall(row)
      fold.take(call, open.get(call.key) ?? null, true)
      open.set(call.key, call)
      refs.set(row.ref, call.key)
    }
    for (const [ref, key] of refs) if (!open.has(key)) refs.delete(ref)
  }

  async function lookAtWaiting(db: Database, fold: Fold): Promise<void> {
    const { rows } = await db.query<{ id: string }>({ name: 'waiting calls', text: waitingQuery })
    settle(waiting, fold, new Set(rows.map(({ id }) => id)))
    const fresh = rows.map(({ id }) => id).filter((id) => !waiting.has(id))
    for (const call of fresh.length > 0 ? await estimated(db, destination, fresh) : []) {
      waiting.set(call.key, call)
      fold.take(call, null, true)
    }
    // What could not be estimated is not asked about again.
    for (const id of fresh) if (!waiting.has(id)) waiting.set(id, null)
  }

  return {
    async look(db, fold) {
      await lookAtOpen(db, fold)
      await lookAtWaiting(db, fold)
    },
    priced(fold, key, ref) {
      if (ref !== null) {
        const going = open.get(refs.get(ref) ?? '')
        if (going) {
          fold.take(null, going, false)
          open.delete(going.key)
          recorded.add(ref)
        }
      }
      const waited = waiting.get(key) ?? null
      waiting.delete(key)
      return waited
    },
  }
}
