// What can be measured only in the database: rows of a gauge's name, the value of its label, and the number.

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
  unsummed_decisions: { help: 'Decisions that are in no sum yet, of the first 100,000.' },
  rollup_behind_seconds: { help: 'How old the first decision is that is in no sum yet; 0 when all are.' },
  unbooked_calls: {
    help: 'Calls of clients with an account that are summed and not booked, of the first 100,000.',
  },
  open_reservations: { help: 'Calls that money is held for.' },
  oldest_reservation_seconds: {
    help: 'How long the oldest of them should have been over; below 0 while it may go on.',
  },
  held_accounts: { help: 'Accounts on hold.' },
  unwatched_calls: { help: 'Calls no rule has judged yet, counted to a hundred thousand.' },
  watch_behind_seconds: { help: 'Since when nothing was judged.' },
  open_alerts: { help: 'Alerts that are open.', label: 'severity' },
  waiting_deliveries: { help: 'Messages that are due.' },
  failing_deliveries: { help: 'Messages that were not taken, and are tried again.' },
  given_up_deliveries: { help: 'Messages given up within a day.' },
  web_sessions: { help: 'Who looked at a page within five minutes.' },
  silent_processes: { help: 'Processes of a stage that have not said that they are at work.', label: 'of' },
}
