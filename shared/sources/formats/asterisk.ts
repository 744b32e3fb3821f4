// Asterisk: what its CDR backends (cdr_csv, cdr_sqlite3_custom, cdr_adaptive_odbc, cdr_mysql) write of a call.

import type { Clock, Format, Judgement } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { goesNowhere, said, textIn } from '../record/record.ts'
import { spanOf } from './span.ts'

// Master.csv as cdr_csv.c writes it: always these, then what cdr.conf asks for.
const always = [
  'accountcode',
  'src',
  'dst',
  'dcontext',
  'clid',
  'channel',
  'dstchannel',
  'lastapp',
  'lastdata',
  'start',
  'answer',
  'end',
  'duration',
  'billsec',
  'disposition',
  'amaflags',
]
const loguniqueid = 'uniqueid'
const loguserfield = 'userfield'
const newcdrcolumns = ['peeraccount', 'linkedid', 'sequence']

// A name of the exchange may stand in front: pbx2-1792889981.0.
export const uniqueidShape = /^(?:.*-)?(\d{9,10})\.\d+$/

const spanColumns = {
  began: ['calldate', 'start'],
  answered: ['answer'],
  ended: ['end'],
  duration: ['duration'],
  billsec: ['billsec'],
}

export const asterisk: Format = {
  began: spanColumns.began,
  billsec: spanColumns.billsec,
  identity: [
    'calldate',
    'start',
    'answer',
    'end',
    'src',
    'source',
    'dst',
    'destination',
    'channel',
    'dstchannel',
    'duration',
    'billsec',
    'disposition',
    'uniqueid',
    'sequence',
  ],
  wants: [
    { what: 'when it began', columns: spanColumns.began },
    { what: 'the dialled number', columns: ['dst', 'destination'] },
    { what: 'the trunk', columns: ['dstchannel'] },
    { what: 'the answered seconds', columns: spanColumns.billsec },
  ],
  columnsOf,
  columnsExpected: '16 to 21 columns',
  toCall,
}

// cdr_odbc without dispositionstring, and cdr_tds: the numbers of cdr.h. 8 is answered in every version; what 1, 2 and 4 are has changed,
// and none of them is.
const numbered: Readonly<Record<string, string>> = {
  '0': 'NO ANSWER',
  '1': 'NO ANSWER',
  '2': 'FAILED',
  '4': 'BUSY',
  '8': 'ANSWERED',
  '16': 'CONGESTION',
}

function columnsOf(fields: readonly string[]): readonly string[] | undefined {
  const further = fields.length - always.length
  if (further < 0 || further > 5) return undefined
  const named = further >= 3 ? newcdrcolumns : []
  const logged = further - named.length
  if (logged === 0) return [...always, ...named]
  if (logged === 2) return [...always, loguniqueid, loguserfield, ...named]
  const only = uniqueidShape.test(fields[always.length] ?? '') ? loguniqueid : loguserfield
  return [...always, only, ...named]
}

/** Answered is what the record calls so; the epoch in uniqueid settles which hour of a doubled one it was. */
export function toCall(record: SourceRecord, clock: Clock): Judgement {
  const uniqueid = textIn(record, 'uniqueid')
  const written = textIn(record, 'disposition')
  const disposition = numbered[written.trim()] ?? written
  const span = spanOf(
    record,
    spanColumns,
    clock,
    disposition === 'ANSWERED',
    epochIn(uniqueid || textIn(record, 'linkedid')),
  )
  if ('rejected' in span) return span
  const nowhere = goesNowhere(record, ['dst', 'destination'], span.billsec)
  if (nowhere !== undefined) return { rejected: nowhere }
  const { calldate, answered_at, duration, billsec } = span
  // FreePBX: dst is then the queue, group or extension that took the call.
  const did = textIn(record, 'did').trim()
  return {
    call: {
      calldate,
      answered_at,
      channel: textIn(record, 'channel'),
      dstchannel: textIn(record, 'dstchannel'),
      src: callerIn(record),
      dst: inBrackets(textIn(record, 'dst', 'destination')),
      ...(did !== '' && { did }),
      ...said('call_ref', textIn(record, 'linkedid')),
      ...said('cause', textIn(record, 'hangupcause', 'hangup_cause')),
      dcontext: textIn(record, 'dcontext'),
      accountcode: textIn(record, 'accountcode'),
      uniqueid,
      disposition,
      duration,
      billsec,
    },
  }
}

/** FreePBX writes the number of whoever called into cnum, and what is shown outside into src; Yeastar writes 201<201>. */
function callerIn(record: SourceRecord): string {
  const cnum = 'cnum' in record ? textIn(record, 'cnum').trim() : ''
  return inBrackets(cnum === '' ? textIn(record, 'src', 'source') : cnum)
}

function inBrackets(written: string): string {
  return /^[^<>]*<([+0-9*#]+)>\s*$/.exec(written)?.[1] ?? written
}

/** Milliseconds at which the channel was made, if the name of the channel is of Asterisk's making. */
function epochIn(uniqueid: string): number | undefined {
  const found = uniqueidShape.exec(uniqueid)
  return found ? Number(found[1]) * 1_000 : undefined
}
