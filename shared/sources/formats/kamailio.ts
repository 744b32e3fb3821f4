// Kamailio: what its module acc writes (acc, missed_calls, acc_cdrs), and what procedures and triggers in its database make
// of that (cdrs of Siremis and dSIPRouter, collection_cdrs of CDR-Stats).
//
// acc and missed_calls hold a row a transaction: how calls are made of these is in kamailio-dialogs.ts. All others hold a row a call.

import type { Clock, Format, Judgement } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { cited, goesNowhere, said, textIn } from '../record/record.ts'
import { callOf, missedCalls, partOf } from './kamailio-dialogs.ts'
import { calledColumns, dispositionOf, isSuccess, partiesIn, trunkColumns, withoutCall } from './sip.ts'
import { agreed, momentsIn, pairOf, secondsIn } from './span.ts'

export const kamailio: Format = {
  began: ['time', 'call_start_time', 'start_time'],
  billsec: ['duration'],
  // Not cdr_id: the procedure that makes cdrs of acc writes it into rows that have long been read.
  identity: [
    'time',
    'call_start_time',
    'start_time',
    'end_time',
    'time_attr',
    'time_exten',
    'method',
    'callid',
    'from_tag',
    'to_tag',
    'sip_call_id',
    'sip_from_tag',
    'sip_to_tag',
    'sip_code',
    'src_user',
    'src_username',
    'dst_user',
    'dst_username',
    'duration',
  ],
  wants: [
    { what: 'when it began', columns: ['time', 'call_start_time', 'start_time'] },
    { what: 'the dialled number', columns: calledColumns },
    { what: 'the trunk', columns: trunkColumns },
    { what: 'the answered seconds', columns: ['duration', 'method'] },
  ],
  namedTables: [missedCalls],
  columnsOf: () => undefined,
  columnsExpected: 'the names of its columns, such as callid and time: name them in CDR_URL with ?columns=',
  toCall,
  join: callOf,
}

/** A row of acc is part of a call, unless it has its duration (OpenSIPS); a row of any other table is a call. */
export function toCall(record: SourceRecord, clock: Clock): Judgement {
  if (!('method' in record))
    return wholeCall(record, 'call_start_time' in record ? 'call_start_time' : 'start_time', clock)
  const isWhole =
    textIn(record, 'method').trim().toUpperCase() === 'INVITE' && Number(textIn(record, 'duration')) > 0
  return isWhole ? wholeCall(record, 'created' in record ? 'created' : 'time', clock) : partOf(record, clock)
}

/** Where the record says when the call ended too, that settles in which of the doubled hours of autumn it began. */
function wholeCall(record: SourceRecord, began: string, clock: Clock): Judgement {
  if (!(began in record))
    return { rejected: 'the record has neither method nor call_start_time nor start_time' }
  const beginnings = momentsIn(record, began, clock)
  if (typeof beginnings === 'string') return { rejected: beginnings }
  const code = textIn(record, 'sip_code').trim()
  const outcome = code === '' ? undefined : withoutCall(code)
  if (outcome) return outcome
  const written = secondsIn(record, 'duration', undefined)
  if (typeof written === 'string') return { rejected: written }
  const ends = momentsIn(record, 'end_time', clock)
  const span = typeof ends === 'string' ? undefined : pairOf(beginnings, ends, written * 1_000)
  // Nobody talked: a dialog that failed has a beginning and an end all the same.
  const seconds = written === 0 || typeof ends === 'string' ? written : agreed(written, beginnings, ends)
  if (seconds === undefined)
    return {
      rejected: `duration ${cited(textIn(record, 'duration'))} contradicts ${began} and end_time, which are ${(span?.ms ?? 0) / 1_000} s apart`,
    }
  const nowhere = goesNowhere(record, calledColumns, seconds)
  if (nowhere !== undefined) return { rejected: nowhere }
  return {
    call: {
      ...partiesIn(record),
      ...said('cause', code),
      calldate: new Date(span?.start ?? beginnings[0]).toISOString(),
      answered_at: null,
      disposition: dispositionIn(record, code, seconds),
      duration: seconds,
      billsec: code === '' || isSuccess(code) ? seconds : 0,
    },
  }
}

/** Table cdrs holds answered calls only; acc_cdrs those that failed too, and does not say which. */
function dispositionIn(record: SourceRecord, code: string, seconds: number): string {
  if (code !== '') return dispositionOf(code)
  return seconds > 0 || 'sip_call_id' in record ? 'ANSWERED' : ''
}
