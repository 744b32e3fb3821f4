// How the rows of acc and missed_calls become calls. A row tells of one transaction, when its final answer had come.
//
// - A dialog is known by Call-ID and the tags of its two sides. Whoever hangs up sends the BYE, so the tags of it may stand the
//   other way round.
// - A call is answered at the first INVITE answered with 2xx and ends at the first BYE after that, whatever answer the BYE got:
//   the sender has hung up. INVITEs and BYEs that come again change nothing.
// - An INVITE answered 300 or above made no call, or did not change the one there was, and is left out of acc. Table missed_calls is
//   kept to have them: there each is a call of nothing. Its columns are those of acc; only its name tells.

import type { Clock, Joined, Judgement } from '../record/format.ts'
import { hashOf } from '../record/keys.ts'
import type { SourceRecord } from '../record/reader.ts'
import { cited, said, textIn } from '../record/record.ts'
import { dispositionOf, isSuccess, partiesIn, withoutCall } from './sip.ts'
import { momentsIn, pairOf } from './span.ts'

export const missedCalls = 'missed_calls'

const secondMs = 1_000

/** The dialog that a row is part of, the call that nobody answered, or why it is neither. */
export function partOf(record: SourceRecord, clock: Clock): Judgement {
  const [method, code] = [methodIn(record), codeIn(record)]
  if (method !== 'INVITE' && method !== 'BYE')
    return { left_out: `${cited(method)} neither begins nor ends a call` }
  const outcome = method === 'INVITE' ? withoutCall(code) : undefined
  if (outcome) return outcome
  const failed = method === 'INVITE' && !isSuccess(code)
  if (failed && record['table'] !== missedCalls)
    return { left_out: `the INVITE was answered ${code}: no call came about` }
  const callid = textIn(record, 'callid')
  if (callid === '') return { rejected: 'the record has no callid' }
  const moments = momentsOf(record, clock)
  if (typeof moments === 'string') return { rejected: moments }
  if (failed) {
    const calldate = new Date(moments[0]).toISOString()
    const never = { answered_at: null, disposition: dispositionOf(code), duration: 0, billsec: 0 }
    return { call: { ...partiesIn(record), calldate, ...said('cause', code), ...never } }
  }
  const tags = [textIn(record, 'from_tag'), textIn(record, 'to_tag')].sort()
  return { part_of: hashOf(JSON.stringify([callid, ...tags])) }
}

/** The call that the rows of a dialog tell of, in whatever order they are given; undefined while nobody has hung up. */
export function callOf(parts: readonly SourceRecord[], clock: Clock): Joined | undefined {
  const rows = parts
    .map((record, index) => ({ record, index, moments: readings(record, clock) }))
    .sort(
      (one, other) =>
        (one.moments[0] ?? 0) - (other.moments[0] ?? 0) ||
        (JSON.stringify(one.record) < JSON.stringify(other.record) ? -1 : 1),
    )
  const invite = rows.find(({ record }) => methodIn(record) === 'INVITE' && isSuccess(codeIn(record)))
  if (!invite) return undefined
  const byes = rows.filter(({ record }) => methodIn(record) === 'BYE').flatMap(({ moments }) => moments)
  const span = pairOf(invite.moments, byes, 0)
  if (!span) return undefined
  const seconds = Math.ceil(span.ms / secondMs)
  const start = new Date(span.start).toISOString()
  return {
    part: invite.index,
    call: {
      ...partiesIn(invite.record),
      calldate: start,
      answered_at: start,
      disposition: 'ANSWERED',
      duration: seconds,
      billsec: seconds,
    },
  }
}

function methodIn(record: SourceRecord): string {
  return textIn(record, 'method').trim()
}

function codeIn(record: SourceRecord): string {
  return textIn(record, 'sip_code').trim()
}

function readings(record: SourceRecord, clock: Clock): readonly number[] {
  const moments = momentsOf(record, clock)
  return typeof moments === 'string' ? [] : moments
}

/** When acc is told to write the epoch too (time_mode 1 and 2), that settles the doubled hour and knows fractions of a second. */
function momentsOf(record: SourceRecord, clock: Clock): readonly [number, ...number[]] | string {
  const moments = momentsIn(record, 'time', clock)
  const epoch = epochIn(record)
  if (typeof moments === 'string' || epoch === undefined) return moments
  return moments.some((moment) => Math.abs(moment - epoch) < secondMs) ? [epoch] : moments
}

/** Milliseconds: 1771848031 in time_attr and microseconds in time_exten, or 1771848031.250 in time_attr. */
function epochIn(record: SourceRecord): number | undefined {
  const found = /^(\d{9,10})(?:\.(\d{1,6}))?$/.exec(textIn(record, 'time_attr').trim())
  if (!found) return undefined
  const micros = /^\d{1,6}$/.exec(textIn(record, 'time_exten').trim())?.[0] ?? (found[2] ?? '').padEnd(6, '0')
  return Number(found[1]) * secondMs + Math.trunc(Number(micros) / 1_000)
}
