// What formats of SIP servers have in common: what an answer means, who talked to whom over which ways, and from when to when.

import type { NewCall } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { cited, textIn } from '../record/record.ts'

const busy = ['486', '600']
const nobodyAnswered = ['408', '480', '487']
const credentialsWanted = ['401', '407']

/** The disposition that an exchange would write for the code of the final answer to an INVITE (RFC 3261, section 21). */
export function dispositionOf(code: string): string {
  if (isSuccess(code)) return 'ANSWERED'
  if (busy.includes(code)) return 'BUSY'
  return nobodyAnswered.includes(code) ? 'NO ANSWER' : 'FAILED'
}

/** A final answer by which a request succeeded (RFC 3261, section 21.2). */
export function isSuccess(code: string): boolean {
  return /^2\d\d$/.test(code)
}

/** What a record with this answer to an INVITE becomes when it tells of no call; undefined when it does. */
export function withoutCall(code: string): { rejected: string } | { left_out: string } | undefined {
  if (credentialsWanted.includes(code))
    return { left_out: `${code} asks the caller who it is: what it sends then has a record of its own` }
  if (/^1\d\d$/.test(code)) return { left_out: `${code} is no final answer to an INVITE` }
  return /^[2-6]\d\d$/.test(code)
    ? undefined
    : { rejected: `sip_code ${cited(code)} is no answer to an INVITE` }
}

/** Columns that tell who was called; the first a record has counts. */
export const calledColumns = ['dst', 'dst_user', 'dst_username', 'dst_ouser', 'dst_ousername']

/** Columns that tell over what: where the request came from, where it was sent to. */
export const trunkColumns = ['channel', 'src_ip', 'dstchannel', 'dst_domain']

/**
 * Who called whom. A SIP proxy has no channels: where the request came from stands for the one, where it was sent to for
 * the other. Columns with the names of ours, which acc can be told to write, win.
 */
export function partiesIn(
  record: SourceRecord,
): Pick<NewCall, 'channel' | 'dstchannel' | 'src' | 'dst' | 'dcontext' | 'accountcode' | 'uniqueid'> {
  return {
    channel: textIn(record, 'channel', 'src_ip'),
    dstchannel: textIn(record, 'dstchannel', 'dst_domain'),
    src: textIn(record, 'src', 'src_user', 'src_username'),
    dst: textIn(record, ...calledColumns),
    dcontext: textIn(record, 'dcontext', 'calltype'),
    accountcode: textIn(record, 'accountcode'),
    uniqueid: textIn(record, 'uniqueid', 'callid', 'sip_call_id', 'call_id'),
  }
}
