// destination: what number was meant?
// Takes 'client defined', leaves 'destination defined'. Problems:
//   "x" is no telephone number: a provider carried an answered call to something nobody understands.
//   "202" is an extension, and the call was answered over … of a provider: a transfer to the outside leaves such a record.
//   source office has no country: its numbers can only be understood when they begin with +.

import { destinationOf, dialledDigits } from '../shared/dialling/dialling.ts'
import { exchangeColumns, prefixCandidates, writtenTexts } from '../shared/dialling/exchange-facts.ts'
import type { Dialled } from '../shared/dialling/exchange-facts.ts'
import { prefixKeys, sourceKeys } from '../shared/healing/keys.ts'
import { runStage } from '../shared/line/line.ts'
import { moves, waits } from '../shared/line/stage.ts'
import type { Call, Outcome, Stage } from '../shared/line/stage.ts'
import { billableSeconds } from '../shared/rating/billable.ts'
import type { Answered } from '../shared/rating/billable.ts'
import { printable } from '../shared/text/printable.ts'

export interface Facts extends Call, Answered, Dialled {
  source: string | null
  direction: string | null
  did: string | null
  provider_id: number | null
  dstchannel: string
}

const facts = `
select call.id, call.direction, call.did, call.provider_id, call.dstchannel, call.disposition, call.billsec, source.name as source,
  ${exchangeColumns}, prefixes.found as prefixes
from call
left join source on source.id = call.source_id
${writtenTexts}
${prefixCandidates}`

const settle = `-- destination: settle a call
update paidcalls
set status = 'destination defined', number = $2, kind = $3, country = $4, prefix_id = $5, attempts = 0
where id = $1`

export const destination: Stage<Facts> = {
  name: 'destination',
  takes: 'client defined',
  leaves: 'destination defined',
  facts,
  decide,
  touches: ({ source_id, dst }) => [...sourceKeys(source_id), ...prefixKeys(dialledDigits(dst), source_id)],
  settle,
}

export function decide(call: Facts): Outcome {
  const { number, kind, country, prefix_id } =
    call.direction === 'in' && call.did !== null
      ? destinationOf(call.did, call, [])
      : destinationOf(call.dst, call, call.prefixes ?? [])
  // An incoming call has its price from the plan alone, if it has one at all; tariff asks.
  const mustBeNumber = call.provider_id !== null && call.direction !== 'in' && billableSeconds(call) > 0
  if (kind === 'none' && mustBeNumber) {
    const dialled = `"${printable(call.dst)}"`
    return waits(
      call.country === null
        ? `source ${printable(call.source ?? 'of the call')} has no country, so ${dialled} cannot be understood`
        : `${dialled} is no telephone number; a row of prefix can say what it means`,
      [...prefixKeys(dialledDigits(call.dst), call.source_id), ...sourceKeys(call.source_id)],
    )
  }
  if (kind === 'internal' && prefix_id === null && mustBeNumber) {
    return waits(
      `"${printable(call.dst)}" is an extension, and the call was answered over ${printable(call.dstchannel)} of a provider: a row of prefix can say which number, or that it is internal`,
      [...prefixKeys(dialledDigits(call.dst), call.source_id), ...sourceKeys(call.source_id)],
    )
  }
  return moves(number, kind, country, prefix_id)
}

runStage(import.meta.url, destination)
