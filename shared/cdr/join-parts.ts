// Calls that are told by several records. Each is kept in cdr with the name of its call; whenever one comes, all that are kept of
// the call are joined again. So it does not matter in which order and in which batches they are read. Records of one
// source are stored by one importer at a time, because only one has the turn.

import type { Database } from '../database/connect.ts'
import type { Clock } from '../sources/record/format.ts'
import type { SourceRecord } from '../sources/record/reader.ts'
import { callColumns, callColumnsFrom, callColumnsOf, callRecord } from './call-columns.ts'
import type { Judged } from './judge.ts'
import type { Source } from './source.ts'

interface Group {
  parts: { id: number; record: SourceRecord }[]
  call_id: number | null
}

/** Which calls are corrected, and what is kept with their new price. */
export interface Correcting {
  reason: string
  /** Days on the clock of the source, `until` not included; null: all. */
  since: string | null
  until: string | null
}

const onlyPartsCame: Correcting = { reason: 'another record of the call came', since: null, until: null }

/**
 * Makes the calls that are complete with these records, and corrects those that were made before and are another call with
 * them. Returns how many. To be asked inside the transaction that has the turn, when the records are stored.
 */
export async function joinCalls(
  db: Database,
  source: Pick<Source, 'id' | 'format'>,
  clock: Clock,
  judged: readonly Judged[],
  { reason, since, until } = onlyPartsCame,
): Promise<number> {
  const names = new Set(judged.map(({ part_of }) => part_of).filter((name) => name !== undefined))
  const { join } = source.format
  if (!join || names.size === 0) return 0
  await db.query({ name: 'bring back', text: bringBackQuery, values: [source.id, [...names]] })
  const { rows } = await db.query<Group>({ name: 'parts', text: partsQuery, values: [source.id, [...names]] })
  const calls = rows.flatMap(({ parts, call_id }) => {
    const joined = join(
      parts.map(({ record }) => record),
      clock,
    )
    return joined ? [{ call_id, cdr_id: parts[joined.part]?.id, ...joined.call }] : []
  })
  if (calls.length === 0) return 0
  const changed = await db.query<{ calls: number }>({
    name: 'join',
    text: joinQuery,
    values: [source.id, JSON.stringify(calls), reason, since, until, clock.time_zone],
  })
  return changed.rows[0]?.calls ?? 0
}

const bringBackQuery = `-- import: bring back calls that are archived, before another record corrects them
select bring_back_calls_of(array(select id from cdr where source_id = $1 and part_of = any ($2)))`

const partsQuery = `-- import: all parts of the calls that these records belong to
select json_agg(json_build_object('id', part.id, 'record', part.record) order by part.id) as parts, max(call.id) as call_id
from cdr part
left join paidcalls call on call.cdr_id = part.id
left join detached_call on detached_call.cdr_id = part.id
where part.source_id = $1 and part.part_of = any ($2) and part.rejected is null
group by part.part_of
having count(detached_call.cdr_id) = 0 and count(part.forgotten_at) = 0
order by max(part.id)`

const joinQuery = `-- import: make calls of their parts
with given as materialized (
  select *, row_number() over () as nr
  from json_to_recordset($2::json) as given (
    call_id bigint, cdr_id bigint, ${callRecord})
), corrected as (
  update paidcalls
  set cdr_id = given.cdr_id, ${callColumnsFrom('given')},
    status = 'new record', problem = null, waits_for = null, attempts = 0, due_at = null,
    rerate_reason = case when status = 'tarif defined' then $3 else rerate_reason end
  from given
  where paidcalls.id = given.call_id
    and (paidcalls.cdr_id, ${callColumnsOf('paidcalls')})
    is distinct from (given.cdr_id, ${callColumnsOf('given')})
    and ($4::date is null or (given.calldate at time zone $6)::date >= $4)
    and ($5::date is null or (given.calldate at time zone $6)::date < $5)
  returning paidcalls.id
), made as (
  insert into paidcalls (cdr_id, source_id, ${callColumns})
  select cdr_id, $1, ${callColumns}
  from given
  where call_id is null
  order by nr
  returning id
)
select (select count(*) from corrected) + (select count(*) from made) as calls,
  case when exists (select from corrected) then pg_notify('paidcalls new record', 'released') end`
