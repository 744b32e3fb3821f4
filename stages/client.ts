// client: whose call is it, and did it go out or come in?
// Takes 'new record', leaves 'client defined'. Problems:
//   no provider has the channel SIP/x: an outside number was dialled over a channel that is nobody's trunk.
//   disposition "x" … is not understood: it has seconds, and nobody knows whether it was answered.
//   no client owns caller ID 7495…: nobody can be charged for it.
//   no client owns the called number 7495…: the same of an incoming call.
//   client 5 is at home in database east …: of several databases this one has neither its account nor its included seconds.

import { calledBy, callingBy, nobodyOwns, ownerOf } from '../shared/clients/owner.ts'
import type { Asking, Owner } from '../shared/clients/owner.ts'
import { callerOf, destinationOf } from '../shared/dialling/dialling.ts'
import { exchangeColumns, prefixCandidates, writtenTexts } from '../shared/dialling/exchange-facts.ts'
import type { Dialled } from '../shared/dialling/exchange-facts.ts'
import { isOutside, isSecondHalf } from '../shared/dialling/outside.ts'
import { firstHalfKeys, providerKeys, sourceKeys } from '../shared/healing/keys.ts'
import { runStage } from '../shared/line/line.ts'
import { moves, waits } from '../shared/line/stage.ts'
import type { Call, Outcome, Stage } from '../shared/line/stage.ts'
import { billableSeconds, isNotUnderstood } from '../shared/rating/billable.ts'
import type { Answered } from '../shared/rating/billable.ts'
import { printable } from '../shared/text/printable.ts'

export interface Facts extends Call, Answered, Dialled {
  src: string
  did: string | null
  accountcode: string
  channel: string
  dstchannel: string
  /** The names channel and dstchannel may have in provider and callerid. */
  channel_names: string[]
  dstchannel_names: string[]
  /** Those whose channel is one of these names. */
  providers: Provider[] | null
  owners: Owner[] | null
  /** The call went on over a Local channel whose second half has a record of its own. */
  has_second_half: boolean
  /** What the first half says of who was called, of the second half of a Local channel. */
  first_half: { did: string | null; dst: string } | null
}

interface Provider {
  id: number
  channel: string
}

const facts = `
select call.id, call.src, call.did, call.accountcode, call.channel, call.dstchannel, call.disposition, call.billsec,
  ${exchangeColumns},
  written.channel_names, written.dstchannel_names,
  (
    select json_agg(row) from (
      select provider.id, provider.channel
      from provider where provider.channel = any (written.channel_names || written.dstchannel_names)
    ) row
  ) as providers,
  prefixes.found as prefixes,
  case when call.dstchannel like 'Local/%;1' then has_second_half(call.source_id, call.dstchannel) else false end as has_second_half,
  case when call.channel like 'Local/%;2' then first_half_of(call.source_id, call.channel) end as first_half,
  (
    select json_agg(row) from (
      select client.id as client_id, client.name as client, owner.kind, callerid_key(owner.kind, owner.callerid) as callerid, owner.source_id,
        home_elsewhere(client.home) as elsewhere
      from (
        select array[call.accountcode, right(written.src_digits, 6), right(source.area_code || written.src_digits, 6),
            right(written.dialled, 6), right(source.area_code || written.dialled, 6), right(dialled_digits(call.did), 6)]
          || written.channel_names
          || case when call.channel like 'Local/%;2' then ends_of_first_half(first_half_of(call.source_id, call.channel)) end
          -- What a row of prefix puts in the place of its digits changes the end of a short number.
          || case when prefixes.found is not null then tails_by_prefix(written.dialled, call.source_id) end as ends
        offset 0
      ) sought
      join callerid owner on callerid_sought(owner.kind, owner.callerid) collate "C" = any (sought.ends)
        -- "is true" keeps the planner from the index of valid, which would read every owner there is.
        and (owner.valid @> call.calldate) is true and (owner.source_id is null or owner.source_id = call.source_id)
      join client on client.id = owner.client_id
    ) row
  ) as owners
from call
left join source on source.id = call.source_id
${writtenTexts}
${prefixCandidates}`

const settle = `-- client: settle a call
update paidcalls
set status = 'client defined', direction = $2, provider_id = $3, client_id = $4, client = $5, caller = $6,
  attempts = 0
where id = $1`

export const client: Stage<Facts> = {
  name: 'client',
  takes: 'new record',
  leaves: 'client defined',
  facts,
  decide,
  touches: ({ source_id, channel_names, dstchannel_names }) => [
    ...sourceKeys(source_id),
    ...providerKeys([...channel_names, ...dstchannel_names]),
  ],
  settle,
}

export function decide(call: Facts): Outcome {
  if (isNotUnderstood(call))
    return waits(
      `disposition "${printable(call.disposition)}" of a call with ${call.billsec} s is not understood: where it means answered, set billable_by of the source to billsec`,
      sourceKeys(call.source_id),
    )
  const billable = billableSeconds(call) > 0
  const { direction, provider } = directionOf(call)
  const wentOn =
    call.has_second_half ||
    (isSecondHalf(call.channel) && longest(call.providers, call.channel_names) !== undefined)
  if (
    direction === 'internal' &&
    billable &&
    call.dstchannel !== '' &&
    !wentOn &&
    isOutside(call.dst, call, call.prefixes)
  ) {
    return waits(`no provider has the channel ${printable(call.dstchannel_names[0] ?? call.dstchannel)}`, [
      ...providerKeys([...call.dstchannel_names, ...call.channel_names]),
      ...sourceKeys(call.source_id),
    ])
  }
  const caller = callerOf(call.src, call)
  const calling = (): Asking[] => callingBy(call.accountcode, call.channel_names, caller)
  const called = (): Asking[] => [
    ...(call.did === null ? [] : calledBy(destinationOf(call.did, call, []).number || call.did)),
    ...calledBy(destinationOf(call.dst, call, call.prefixes ?? []).number || call.dst.trim()),
  ]
  // From carrier to carrier it is whose account, channel or number it came by, or whose number was called and sent on.
  const asked =
    direction === 'in'
      ? called()
      : direction === 'transit'
        ? [...calling(), ...called()]
        : [...calling(), ...forwardedBy(call)]
  const owner = ownerOf(asked, call.owners ?? [])
  if (!owner && billable && direction !== 'internal') {
    const { problem, waits_for } = nobodyOwns(asked, call.source_id, direction === 'transit')
    const first = isSecondHalf(call.channel) ? firstHalfKeys(call.channel) : []
    return waits(problem, [...waits_for, ...first, ...sourceKeys(call.source_id)])
  }
  if (owner?.elsewhere && billable)
    return waits(
      `client ${owner.client_id} is at home in database ${printable(owner.elsewhere)}: its calls are priced there, so have this exchange read there, or set home of the client`,
      [`client ${owner.client_id}`, ...sourceKeys(call.source_id)],
    )
  return moves(direction, provider?.id ?? null, owner?.client_id ?? null, owner?.client ?? '', caller)
}

/** A call that came in and was sent on over a Local channel is theirs who were called first. */
function forwardedBy(call: Facts): Asking[] {
  if (!call.first_half) return []
  const { did, dst } = call.first_half
  return [
    ...(did === null ? [] : calledBy(destinationOf(did, call, []).number || did)),
    ...calledBy(destinationOf(dst, call, []).number || dst),
    { kind: 'number', ids: [callerOf(dst, call)] },
  ]
}

function directionOf(call: Facts): { direction: string; provider: Provider | undefined } {
  // The second half of a Local channel whose context is a provider: the first half is charged by it (docs/decisions/0015).
  if (isSecondHalf(call.channel) && longest(call.providers, call.channel_names))
    return { direction: 'internal', provider: undefined }
  const left = longest(call.providers, call.dstchannel_names)
  const came = isSecondHalf(call.channel) ? undefined : longest(call.providers, call.channel_names)
  if (left && came) return { direction: 'transit', provider: left }
  if (left) return { direction: 'out', provider: left }
  if (came) return { direction: 'in', provider: came }
  return { direction: 'internal', provider: undefined }
}

function longest(providers: readonly Provider[] | null, names: readonly string[]): Provider | undefined {
  return providers
    ?.filter(({ channel }) => names.includes(channel))
    .sort((a, b) => b.channel.length - a.channel.length)[0]
}

runStage(import.meta.url, client)
