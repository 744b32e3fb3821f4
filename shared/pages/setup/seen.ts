// What calls of an exchange show of it: which channels lead out of the house, and who calls over them. Pure.

import { callerOf, destinationOf } from '../../dialling/dialling.ts'
import type { ExchangeFacts } from '../../dialling/digit-analysis.ts'
import { isOutside, isSecondHalf } from '../../dialling/outside.ts'

export interface SeenCall {
  src: string
  dst: string
  did: string | null
  accountcode: string
  channel: string
  /** The names channel and dstchannel may have, as trunk_names gives them; empty where there was none. */
  channel_names: string[]
  dstchannel_names: string[]
}

export interface Trunk {
  channel: string
  calls: number
  /** Of them those with which an outside number was dialled. */
  outside: number
  example: string
}

export interface Caller {
  kind: 'accountcode' | 'number' | 'peer' | 'did'
  callerid: string
  calls: number
  example: string
}

const shownMost = 40

/** The name without a number in it; of FreeSWITCH that with the host, as one profile may lead to many. */
const trunkName = (names: readonly string[]): string | undefined =>
  names[0]?.startsWith('sofia/') === true ? names[0] : [...names].sort((a, b) => a.length - b.length)[0]

/**
 * Channels that calls left by, those with the most outside numbers first: a trunk is one by which outside numbers were dialled, as
 * the stage client has it. Known ones are left out.
 */
export function trunksIn(
  calls: readonly SeenCall[],
  exchange: ExchangeFacts,
  known: ReadonlySet<string>,
): Trunk[] {
  const found = new Map<string, Trunk>()
  for (const { dstchannel_names: names, dst } of calls) {
    const channel = trunkName(names)
    if (channel === undefined || names.some((name) => known.has(name))) continue
    const trunk = found.get(channel) ?? { channel, calls: 0, outside: 0, example: dst }
    const wentOut = isOutside(dst, exchange, [])
    if (wentOut && trunk.outside === 0) trunk.example = dst
    found.set(channel, { ...trunk, calls: trunk.calls + 1, outside: trunk.outside + Number(wentOut) })
  }
  return [...found.values()].sort((a, b) => b.outside - a.outside || b.calls - a.calls).slice(0, shownMost)
}

/** `1 call`, `2 calls`. */
export const callsInWords = (calls: number): string => `${calls} ${calls === 1 ? 'call' : 'calls'}`

/** Most of its calls went to outside numbers. */
export const isLikely = ({ calls, outside }: Trunk): boolean => outside > 0 && outside * 2 >= calls

/** By what calls over these trunks are recognised as somebody's, the most frequent first: account, number, channel; the called number of those that came in. */
export function callersIn(
  calls: readonly SeenCall[],
  exchange: ExchangeFacts,
  trunks: ReadonlySet<string>,
): Caller[] {
  const found = new Map<string, Caller>()
  const add = (kind: Caller['kind'], callerid: string, example: string): void => {
    if (callerid === '') return
    const key = `${kind} ${callerid}`
    const caller = found.get(key) ?? { kind, callerid, calls: 0, example }
    found.set(key, { ...caller, calls: caller.calls + 1 })
  }
  for (const call of calls) {
    const { src, dst, did, accountcode, channel_names, dstchannel_names } = call
    const number = callerOf(src, exchange)
    if (dstchannel_names.some((name) => trunks.has(name))) {
      if (accountcode !== '') add('accountcode', accountcode, dst)
      else if (number !== '') add('number', number, dst)
      else add('peer', channel_names[0] ?? '', dst)
    } else if (!isSecondHalf(call.channel) && channel_names.some((name) => trunks.has(name))) {
      const called = did ?? dst
      add('did', destinationOf(called, exchange, []).number || called.trim(), src)
    }
  }
  return [...found.values()].sort((a, b) => b.calls - a.calls).slice(0, shownMost)
}
