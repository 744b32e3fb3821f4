// Asterisk: what its CDR backends (cdr_csv, cdr_sqlite3_custom, cdr_adaptive_odbc, cdr_mysql) write of a call.

import { instantsOf } from '../wall-clock.ts'
import type { Format, NewCall, Reading, SourceRecord } from './reader.ts'

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
const uniqueidShape = /^(?:.*-)?(\d{9,10})\.\d+$/

const earliestYear = 1990
const dayMs = 86_400_000
const secondsMost = 31_622_400

export const asterisk: Format = {
  began: ['calldate', 'start'],
  identity: [
    'calldate',
    'start',
    'answer',
    'end',
    'src',
    'dst',
    'channel',
    'dstchannel',
    'duration',
    'billsec',
    'disposition',
    'uniqueid',
    'sequence',
  ],
  columnsOf,
  columnsExpected: '16 to 21 columns',
  toCall,
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

/**
 * Seconds may have fractions (`${CDR(billsec,f)}`); they are rounded up, as a second begun is a second used.
 * In the doubled hour of autumn the epoch in uniqueid settles which hour it was; without one the earlier counts.
 */
export function toCall(record: SourceRecord, reading: Reading): { call: NewCall } | { rejected: string } {
  const began = asterisk.began.find((column) => column in record)
  if (began === undefined) return { rejected: 'the record has no calldate' }
  const written = textIn(record, began).trim()
  const readings = instantsOf(written, reading.time_zone)
  const [earlier] = readings
  if (earlier === undefined) return { rejected: `${began} ${quoted(written)} is no date` }
  const year = new Date(earlier).getUTCFullYear()
  if (year < earliestYear) return { rejected: `${began} ${quoted(written)} is before ${earliestYear}` }
  if (year > reading.latestYear) return { rejected: `${began} ${quoted(written)} is in the future` }

  const disposition = textIn(record, 'disposition')
  if (!('billsec' in record)) return { rejected: 'the record has no billsec' }
  const billsec = secondsIn(record, 'billsec', disposition === 'ANSWERED' ? undefined : 0)
  if (typeof billsec === 'string') return { rejected: billsec }
  // A record that does not say how long the call was lasted at least as long as it was answered.
  const duration = secondsIn(record, 'duration', billsec)
  if (typeof duration === 'string') return { rejected: duration }

  const uniqueid = textIn(record, 'uniqueid')
  const calldate = nearest(readings, epochIn(uniqueid || textIn(record, 'linkedid')) ?? earlier)
  return {
    call: {
      calldate: new Date(calldate).toISOString(),
      answered_at: answeredAt(
        textIn(record, 'answer').trim(),
        calldate,
        duration,
        billsec,
        reading.time_zone,
      ),
      channel: textIn(record, 'channel'),
      dstchannel: textIn(record, 'dstchannel'),
      src: textIn(record, 'src'),
      dst: textIn(record, 'dst'),
      dcontext: textIn(record, 'dcontext'),
      accountcode: textIn(record, 'accountcode'),
      uniqueid,
      disposition,
      duration,
      billsec,
    },
  }
}

/** Null when nobody answered or the record does not say when: then calldate + duration - billsec is as good. */
function answeredAt(
  written: string,
  calldate: number,
  duration: number,
  billsec: number,
  timeZone: string,
): string | null {
  const latest = calldate + (duration + 1) * 1_000
  const possible = instantsOf(written, timeZone).filter((instant) => instant >= calldate && instant <= latest)
  if (possible.length === 0) return null
  return new Date(nearest(possible, calldate + (duration - billsec) * 1_000)).toISOString()
}

/** Milliseconds at which the channel was made, if the name of the channel is of Asterisk's making. */
function epochIn(uniqueid: string): number | undefined {
  const found = uniqueidShape.exec(uniqueid)
  return found ? Number(found[1]) * 1_000 : undefined
}

/** The instant nearest to another; when that is more than a day off it tells nothing, and the first counts. */
function nearest(instants: readonly number[], other: number): number {
  const [first = other] = instants
  if (Math.abs(first - other) > dayMs) return first
  return instants.reduce((best, instant) =>
    Math.abs(instant - other) < Math.abs(best - other) ? instant : best,
  )
}

/** Whole seconds, or why they are none. What is empty counts as `empty`, if that is given. */
function secondsIn(record: SourceRecord, column: string, empty: number | undefined): number | string {
  const written = textIn(record, column).trim()
  if (written === '') return empty ?? `${column} of an answered call is empty`
  if (!/^-?\d{1,15}(\.\d*)?$/.test(written)) return `${column} ${quoted(written)} is no number of seconds`
  const seconds = Math.ceil(Number(written))
  if (Number(written) < 0) return `${column} ${quoted(written)} is less than nothing`
  if (seconds > secondsMost) return `${column} ${quoted(written)} is more than a year`
  return seconds
}

function textIn(record: SourceRecord, column: string): string {
  return record[column] ?? ''
}

function quoted(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
}
