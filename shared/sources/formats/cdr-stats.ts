// CDR-Stats: the CSV files it imports and exports. They hold the columns of cdr_import, under a header; older ones have no
// header and fewer columns, and are known by how many.

import type { Format } from '../record/format.ts'
import { cdrPusher, importColumns } from './cdr-pusher.ts'

const layouts: readonly (readonly string[])[] = [
  importColumns,
  // A report of VoIP calls.
  [
    'caller_id_number',
    'destination_number',
    'disposition',
    'duration',
    'billsec',
    'gateway_id',
    'starting_date',
  ],
  [
    'caller_id_number',
    'caller_id_name',
    'destination_number',
    'duration',
    'billsec',
    'hangup_cause_id',
    'uuid',
    'start_uepoch',
  ],
  [
    'caller_id_number',
    'caller_id_name',
    'destination_number',
    'duration',
    'billsec',
    'hangup_cause_id',
    'direction',
    'uuid',
    'switch',
    'start_uepoch',
    'answer_uepoch',
    'end_uepoch',
    'mduration',
    'billmsec',
    'read_codec',
    'write_codec',
  ],
]

export const cdrStats: Format = {
  ...cdrPusher,
  columnsOf: (fields) => layouts.find((columns) => columns.length === fields.length),
  columnsExpected: '7, 8, 16 or 25 columns',
}
