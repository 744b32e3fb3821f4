// What can be measured only in the database: rows of a gauge's name, the value of its label, and the number.

import type { Waiting } from './calls.ts'

export interface Measured {
  name: string
  label: string
  value: string | number | null
}

/** Every gauge by its name without `paidcalls_`. */
export const gauges: Readonly<Record<string, { help: string; label?: string }>> = {
  database_up: { help: '1 when the database answered just now.' },
  waiting_calls: { help: 'Calls the stage that takes this status can move now.', label: 'status' },
  parked_calls: { help: 'Calls that wait for an edit: select * from parked_calls.', label: 'status' },
  put_aside_calls: {
    help: 'Calls an unexpected error stopped; they are tried again by themselves.',
    label: 'status',
  },
  oldest_call_seconds: { help: 'Since when the first of those waiting waits.', label: 'status' },
  source_failing_seconds: { help: 'Since when a source cannot be read; 0 while it can.', label: 'source' },
  source_silent_seconds: { help: 'Since when a source has had no new record.', label: 'source' },
  silent_processes: { help: 'Processes of a stage that have not said that they are at work.', label: 'of' },
}

/** What waits for the stage that takes this status. */
export function backlogQuery(takes: Waiting): string {
  return `-- metrics: what waits for the stage?
with own as materialized (select * from pipeline where status = '${takes}')
select name, status as label, value from own
cross join lateral (values
  ('waiting_calls', waiting), ('parked_calls', parked), ('put_aside_calls', put_aside),
  ('oldest_call_seconds', coalesce(extract(epoch from clock_timestamp() - oldest), 0))) measured (name, value)`
}

export const sourcesQuery = `-- metrics: are the sources read?
select measured.name, source.name as label, value
from source
join source_position on source_position.source_id = source.id
cross join lateral (values
  ('source_failing_seconds', coalesce(extract(epoch from clock_timestamp() - failing_since), 0)),
  ('source_silent_seconds', extract(epoch from clock_timestamp() - moved_at))) measured (name, value)
where enabled`

export const processesQuery = `-- metrics: who is silent?
select 'silent_processes' as name, stage as label, count(silent_since) as value from workers group by stage`
