// FreeSWITCH: what mod_cdr_sqlite, mod_cdr_csv and mod_cdr_pg_csv write of a call, and the cdr table of FusionPBX.
//
// The A leg is the call: it has the caller, what was dialled and the account. A B leg is left out where its record tells that
// it is one; templates without such a column must log A legs only, as they do unless told otherwise.
//
// Whether a call was answered is told by its seconds, not by its hangup cause: NORMAL_CLEARING also ends calls that
// nobody answered, and any cause may end one that somebody did.

import type { Clock, Format, Judgement } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { goesNowhere, said, textIn } from '../record/record.ts'
import { columnsExpected, columnsOf, valuesIn } from './freeswitch-templates.ts'
import { dispositionOfCause } from './hangup-causes.ts'
import { momentsOf, spanOf } from './span.ts'

const spanColumns = {
  began: ['start_stamp', 'start_timestamp', 'start_epoch', 'start_uepoch'],
  answered: ['answer_stamp', 'answer_timestamp', 'answer_epoch', 'answer_uepoch'],
  ended: ['end_stamp', 'end_timestamp', 'end_epoch', 'end_uepoch'],
  secondsTell: true,
  duration: ['duration'],
  billsec: ['billsec'],
}

const channelColumns = ['channel_name', 'bridge_channel', 'sip_gateway_name', 'last_arg', 'last_app']

export const freeswitch: Format = {
  began: spanColumns.began,
  billsec: spanColumns.billsec,
  identity: [
    'start_stamp',
    'start_timestamp',
    'start_epoch',
    'start_uepoch',
    'end_stamp',
    'end_timestamp',
    'caller_id_number',
    'destination_number',
    'duration',
    'billsec',
    'hangup_cause',
    'uuid',
    'xml_cdr_uuid',
    'bleg_uuid',
  ],
  wants: [
    { what: 'when it began', columns: spanColumns.began },
    { what: 'the dialled number', columns: ['destination_number'] },
    { what: 'the trunk', columns: [...channelColumns, 'context'] },
    { what: 'the answered seconds', columns: spanColumns.billsec },
  ],
  columnsOf,
  columnsExpected,
  valuesIn,
  toCall,
}

/** A row of a FreeSWITCH channel: a call when it is the A leg, otherwise left out. Epochs, where written, decide the moments. */
export function toCall(written: SourceRecord, clock: Clock): Judgement {
  const record = decoded(written)
  const uniqueid = textIn(record, 'uuid', 'xml_cdr_uuid')
  const a = aLegOf(record)
  if (a !== undefined) return { left_out: `the record is the B leg of ${a === '' ? 'a call' : `call ${a}`}` }
  const [epoch] = momentsOf(textIn(record, 'start_epoch', 'start_uepoch').trim(), clock.time_zone)
  const span = spanOf(record, spanColumns, clock, false, epoch)
  if ('rejected' in span) return span
  const nowhere = goesNowhere(record, ['destination_number'], span.billsec)
  if (nowhere !== undefined) return { rejected: nowhere }
  return {
    call: {
      ...span,
      ...channelsOf(record),
      src: textIn(record, 'caller_id_number', 'ani'),
      dst: textIn(record, 'destination_number'),
      dcontext: textIn(record, 'context'),
      accountcode: textIn(record, 'accountcode', 'account_code'),
      uniqueid,
      ...said('cause', textIn(record, 'hangup_cause', 'hangup_cause_q850')),
      disposition: span.billsec > 0 ? 'ANSWERED' : dispositionOfCause(textIn(record, 'hangup_cause')),
    },
  }
}

const fusionpbx = ['xml_cdr_uuid', 'domain_uuid', 'domain_name', 'extension_uuid']

/** The call that this record is the B leg of, '' when it does not say which; undefined for an A leg. */
function aLegOf(record: SourceRecord): string | undefined {
  const origin = ['originating_leg_uuid', 'originator'].find((column) => column in record)
  const call = origin === undefined ? '' : textIn(record, origin).trim()
  if ('leg' in record) return textIn(record, 'leg').trim().toLowerCase() === 'b' ? call : undefined
  if (origin !== undefined) return call === '' ? undefined : call
  // FusionPBX says by it which way a call went, and keeps a row a call.
  if (fusionpbx.some((column) => column in record)) return undefined
  return textIn(record, 'direction').trim().toLowerCase() === 'outbound' ? '' : undefined
}

/**
 * By which channels a call came and left, as provider.channel can name them: sofia/gateway/megafon, or the channels as
 * FreeSWITCH names them. The usual templates tell neither; then the dialplan context stands for both:
 * context/public/in, context/default/out.
 */
function channelsOf(record: SourceRecord): { channel: string; dstchannel: string } {
  const tells = channelColumns.some((column) => column in record)
  if (!tells) {
    const context = `context/${textIn(record, 'context')}`
    return { channel: `${context}/in`, dstchannel: `${context}/out` }
  }
  const gateway = textIn(record, 'sip_gateway_name')
  const bridged = /sofia\/gateway\/[^/,|]+/.exec(textIn(record, 'last_arg'))
  return {
    channel: textIn(record, 'channel_name'),
    dstchannel:
      gateway === '' ? (bridged?.[0] ?? textIn(record, 'bridge_channel')) : `sofia/gateway/${gateway}`,
  }
}

/** mod_json_cdr may write all values as in a URL; that shows in the moment the call began. */
function decoded(record: SourceRecord): SourceRecord {
  if (!/%(20|3A)/i.test(textIn(record, ...spanColumns.began))) return record
  return Object.fromEntries(
    Object.entries(record).map(([column, value]) => [column, value === null ? null : decodedText(value)]),
  )
}

function decodedText(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
