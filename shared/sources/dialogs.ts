// How the rows of acc and missed_calls become calls. A row tells of one transaction, when its final answer had come.
//
// - A dialog is known by Call-ID and the tags of its two sides. Whoever hangs up sends the BYE, so the tags of it may stand the
//   other way round.
// - A call is answered at the first INVITE answered with 2xx and ends at the first BYE after that, whatever answer the BYE got:
//   the sender has hung up. INVITEs and BYEs that come again change nothing.
// - An INVITE answered 300 or above is a call that nobody answered, unless it belongs to a dialog: then it only failed to change it.

import { momentsIn, quoted, textIn } from './fields.ts'
import { hashOf } from './keys.ts'
import type { Joined, Outcome, Reading, SourceRecord } from './reader.ts'
import { dispositionOf, isSuccess, partiesIn, pairOf, withoutCall } from './sip.ts'

const secondMs = 1_000

/** The dialog that a row is part of, or why it is of none. */
export function partOf(record: SourceRecord, reading: Reading): Outcome {
  const method = methodIn(record)
  if (method !== 'INVITE' && method !== 'BYE')
    return { left_out: `${quoted(method)} neither begins nor ends a call` }
  const outcome = method === 'INVITE' ? withoutCall(codeIn(record)) : undefined
  if (outcome) return outcome
  const callid = textIn(record, 'callid')
  if (callid === '') return { rejected: 'the record has no callid' }
  const moments = momentsOf(record, reading)
  if (typeof moments === 'string') return { rejected: moments }
  const tags = [textIn(record, 'from_tag'), textIn(record, 'to_tag')].sort()
  return { part_of: hashOf(JSON.stringify([callid, ...tags])) }
}

/** The call that the rows of a dialog tell of, in whatever order they are given; undefined while nobody has hung up. */
export function callOf(parts: readonly SourceRecord[], reading: Reading): Joined | undefined {
  const rows = parts
    .map((record, index) => ({ record, index, moments: readings(record, reading) }))
    .sort(
      (one, other) =>
        (one.moments[0] ?? 0) - (other.moments[0] ?? 0) ||
        (JSON.stringify(one.record) < JSON.stringify(other.record) ? -1 : 1),
    )
  const invites = rows.filter(({ record }) => methodIn(record) === 'INVITE')
  const answered = invites.find(({ record }) => isSuccess(codeIn(record)))
  const invite = answered ?? invites[0]
  if (!invite) return undefined
  const code = codeIn(invite.record)
  const byes = rows.filter(({ record }) => methodIn(record) === 'BYE').flatMap(({ moments }) => moments)
  const span = pairOf(invite.moments, answered ? byes : invite.moments, 0)
  if (!span) return undefined
  const seconds = Math.ceil(span.ms / secondMs)
  const start = new Date(span.start).toISOString()
  return {
    part: invite.index,
    call: {
      ...partiesIn(invite.record),
      calldate: start,
      answered_at: answered ? start : null,
      disposition: dispositionOf(code),
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

function readings(record: SourceRecord, reading: Reading): readonly number[] {
  const moments = momentsOf(record, reading)
  return typeof moments === 'string' ? [] : moments
}

/** When acc is told to write the epoch too (time_mode 1 and 2), that settles the doubled hour and knows fractions of a second. */
function momentsOf(record: SourceRecord, reading: Reading): readonly number[] | string {
  const moments = momentsIn(record, 'time', reading)
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
