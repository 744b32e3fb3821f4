// cdr-pusher: the table cdr_import, into which it puts the records of any exchange, and the CSV files CDR-Stats imports.
//
// What the exchange calls its channels comes along only where cdr-pusher is told to push it: as channel, and as channel or
// dstchannel in extradata. Where it does not, the switch stands for them: switch/203.0.113.5/in and switch/203.0.113.5/out.

import type { Clock, Format, Judgement, NewCall } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { said, textIn } from '../record/record.ts'
import { uniqueidShape } from './asterisk.ts'
import { dispositionOfCause } from './hangup-causes.ts'
import { spanOf } from './span.ts'

// Its own SQL says inbound is 1 and outbound is 2; older files say it in words.
const [inbound, outbound] = [/^(1|inbound)$/i, /^(2|outbound)$/i]

export const spanColumns = {
  began: ['starting_date', 'start_uepoch'],
  answered: ['answer_uepoch'],
  ended: ['end_uepoch'],
  duration: ['duration'],
  billsec: ['billsec'],
}

/** Columns of cdr_import after its key. */
export const importColumns = [
  'switch',
  'cdr_source_type',
  'callid',
  'caller_id_number',
  'caller_id_name',
  'destination_number',
  'dialcode',
  'state',
  'channel',
  'starting_date',
  'duration',
  'billsec',
  'progresssec',
  'answersec',
  'waitsec',
  'hangup_cause_id',
  'hangup_cause',
  'direction',
  'country_code',
  'accountcode',
  'buy_rate',
  'buy_cost',
  'sell_rate',
  'sell_cost',
  'extradata',
]

export const cdrPusher: Format = {
  began: spanColumns.began,
  billsec: spanColumns.billsec,
  mark: 'imported',
  identity: [
    'switch',
    'callid',
    'caller_id_number',
    'destination_number',
    'starting_date',
    'duration',
    'billsec',
    'hangup_cause_id',
  ],
  wants: [
    { what: 'when it began', columns: spanColumns.began },
    { what: 'the dialled number', columns: ['destination_number'] },
    { what: 'the trunk', columns: ['channel', 'dstchannel', 'extradata', 'switch'] },
    { what: 'the answered seconds', columns: spanColumns.billsec },
  ],
  columnsOf: (fields) => (fields.length === importColumns.length ? importColumns : undefined),
  columnsExpected: `the ${importColumns.length} columns of cdr_import`,
  toCall,
}

/** A row of cdr_import: a call, with what its extradata tells of channels and contexts. */
export function toCall(record: SourceRecord, clock: Clock): Judgement {
  const span = spanOf(record, spanColumns, clock, false)
  if ('rejected' in span) return span
  const extra = extraOf(textIn(record, 'extradata'))
  const uniqueid = textIn(record, 'callid', 'uuid')
  return {
    call: {
      ...span,
      ...channelsOf(record, extra),
      src: textIn(record, 'caller_id_number') || numberIn(textIn(record, 'caller_id_name')),
      dst: textIn(record, 'destination_number'),
      dcontext: textIn(extra, 'dcontext', 'context'),
      accountcode: textIn(record, 'accountcode'),
      uniqueid,
      ...said('cause', textIn(record, 'hangup_cause_id', 'hangup_cause')),
      disposition: dispositionOf(record, uniqueid, span.billsec),
    },
  }
}

function channelsOf(record: SourceRecord, extra: SourceRecord): Pick<NewCall, 'channel' | 'dstchannel'> {
  const [direction, place] = [textIn(record, 'direction').trim(), `switch/${textIn(record, 'switch').trim()}`]
  return {
    channel:
      textIn(record, 'channel').trim() ||
      textIn(extra, 'channel', 'channel_name') ||
      (outbound.test(direction) ? place : `${place}/in`),
    dstchannel:
      textIn(extra, 'dstchannel', 'bridge_channel') || (inbound.test(direction) ? place : `${place}/out`),
  }
}

/**
 * Asterisk says by the cause whether the callee answered, as its channel may have been answered earlier, by an
 * announcement. Elsewhere seconds are counted from the callee's answer, whatever ended the call.
 */
function dispositionOf(record: SourceRecord, uniqueid: string, billsec: number): string {
  const written = textIn(record, 'disposition').trim()
  if (written !== '') return written
  const cause = textIn(record, 'hangup_cause_id', 'hangup_cause').trim()
  const isClear = ['', '0', '16', 'NORMAL_CLEARING'].includes(cause.toUpperCase())
  return billsec > 0 && (isClear || !uniqueidShape.test(uniqueid)) ? 'ANSWERED' : dispositionOfCause(cause)
}

/** "Anna" <201>: what the manual of CDR-Stats has pushed for an Asterisk whose table has the name only. */
function numberIn(clid: string): string {
  return /<([^<>]*)>\s*$/.exec(clid)?.[1]?.trim() ?? ''
}

/** The columns that cdr-pusher keeps in one; none when it is no object of texts. */
function extraOf(json: string): SourceRecord {
  try {
    const extra: unknown = JSON.parse(json)
    if (typeof extra !== 'object' || extra === null) return {}
    return Object.fromEntries(Object.entries(extra).filter((entry) => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}
