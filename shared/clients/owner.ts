// Who owns a call: what it is asked by, in which order, and which row of callerid answers.

import { ownerKeys } from '../healing/keys.ts'
import { printable } from '../text/printable.ts'

/** A row of callerid that held at calldate, here or everywhere, with its client; numbers as bare digits. */
export interface Owner {
  client_id: number
  client: string
  kind: 'number' | 'accountcode' | 'peer' | 'did'
  callerid: string
  source_id: number | null
  /** Of several databases the one it is at home in, where that is another than this. */
  elsewhere?: string | null
}

/** One way to recognise a call: any of these caller IDs of this kind. */
export interface Asking {
  kind: Owner['kind']
  ids: readonly string[]
}

/** An outgoing call is asked by its account, its channel without the counter, its number, in this order. */
export function callingBy(accountcode: string, channelNames: readonly string[], caller: string): Asking[] {
  return [
    { kind: 'accountcode', ids: [accountcode] },
    { kind: 'peer', ids: channelNames },
    { kind: 'number', ids: [caller] },
  ]
}

/** An incoming call is asked by the number of ours that was called. */
export function calledBy(number: string): Asking[] {
  return [{ kind: 'did', ids: [number] }]
}

/** The first answer counts; of two the exchange's own row wins over one for everywhere. */
export function ownerOf(asked: readonly Asking[], owners: readonly Owner[]): Owner | undefined {
  for (const { kind, ids } of asked) {
    const found = owners.filter((owner) => owner.kind === kind && ids.includes(owner.callerid))
    if (found.length > 0) return found.find((owner) => owner.source_id !== null) ?? found[0]
  }
  return undefined
}

/** Why a call without an owner waits, and for which rows of callerid. */
export function nobodyOwns(
  asked: readonly Asking[],
  source_id: number | null,
  isTransit = false,
): { problem: string; waits_for: string[] } {
  return {
    problem: isTransit ? problemOfTransit(asked) : problemOf(asked),
    waits_for: asked.flatMap(({ kind, ids }) => ids.flatMap((id) => ownerKeys(kind, id, source_id))),
  }
}

/** Numbers at both ends are other people's: what can be entered is the account, or the channel the call came by. */
function problemOfTransit(asked: readonly Asking[]): string {
  const first = (kind: Owner['kind']): string =>
    printable(asked.find((asking) => asking.kind === kind)?.ids[0] ?? '')
  const account = first('accountcode')
  return `no client owns a call that came by ${first('peer')} and went on to another carrier${account === '' ? '' : `, account "${account}"`}: a row of callerid of kind accountcode or peer says whose it is`
}

function problemOf(asked: readonly Asking[]): string {
  const first = (kind: Owner['kind']): string =>
    printable(asked.find((asking) => asking.kind === kind)?.ids[0] ?? '')
  if (asked.some(({ kind }) => kind === 'did')) return `no client owns the called number ${first('did')}`
  if (first('number') !== '') return `no client owns caller ID ${first('number')}`
  return `no client owns the call: it has no caller ID, account "${first('accountcode')}", channel ${first('peer')}`
}
