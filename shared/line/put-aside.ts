// What a lane does after an error nobody foresaw: whose it was, and that call put aside.

import type pg from 'pg'

import { send } from '../database/packet.ts'
import { isNobodysFault } from '../errors/whose-fault.ts'
import { pause } from '../program/pause.ts'
import { printable } from '../text/printable.ts'
import { begin, commit } from './lane-queries.ts'
import type { Line } from './line-state.ts'

// Another lane has met the culprit, or the database is not itself: a moment passes before the next try.
const pauseMs = 250

/** After an error nobody foresaw: the call is put aside and the next one goes ahead. `touches` are keys of what the call has to do with. */
export async function putAside(
  line: Line,
  client: pg.Client,
  error: unknown,
  call: number | undefined,
  behind: number,
  touches: readonly string[],
): Promise<void> {
  await client.query('rollback')
  const culprit = call ?? (await callWhoseClaimFails(client, behind))
  const reason = printable(error instanceof Error ? error.message : String(error)).slice(0, 500)
  if (culprit === undefined) {
    line.log.warn({ reason }, 'claim failed')
    await pause(pauseMs, line.stop)
    return
  }
  await send(client, [
    begin,
    { query: 'put_aside', values: [culprit, reason, call === undefined ? [] : touches] },
    commit,
  ])
  line.counts.putAside++
  line.log.error({ call: culprit, reason }, 'call put aside')
}

/**
 * A claim that failed does not say at which call. The next one is locked by its id alone, so that no other lane takes it,
 * and claimed once more. Undefined when that works: another lane has met the culprit.
 */
async function callWhoseClaimFails(client: pg.Client, behind: number): Promise<number | undefined> {
  const answers = await send(client, [begin, { query: 'next_id', values: [behind] }])
  const next = answers.at(-1)?.text ?? null
  try {
    if (next !== null) await send(client, [{ query: 'claim', values: [Number(next) - 1] }])
    return undefined
  } catch (error) {
    if (isNobodysFault(error)) throw error
    return Number(next)
  } finally {
    await client.query('rollback')
  }
}
