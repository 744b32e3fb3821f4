import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Known } from '../../../shared/accounts/known.ts'
import { createAnswering } from '../../../shared/authorize/answer.ts'
import type { Connections } from '../../../shared/authorize/connections.ts'
import type { Database } from '../../../shared/database/connect.ts'
import { createLog } from '../../../shared/program/log.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A call for 0.60 a minute, of an account with plenty. */
const known: Known = {
  source_id: 1,
  clientProblem: null,
  client_id: 1,
  numberProblem: null,
  number: '4930123456',
  kind: 'international',
  country: 'DE',
  blocked: null,
  account: {
    account_id: 1,
    currency: 'EUR',
    hold: null,
    hold_above: null,
    price_most: null,
    fee_most: null,
    call_most: null,
    calls_most: null,
    reserve_sec: 60,
    available: '100',
    calls_open: 0,
    bundles_held: {},
    value_left: null,
  },
  price: {
    costOf: (seconds) => ({ total: BigInt(seconds), master: 0n, price: 60n, fee: 0n }),
    figuresOf: () => ({ price: '0.60', connect_fee: '0', bundle_id: null, free_sec: 0 }),
    isSteady: () => true,
    currency: 'EUR',
  },
}

/** What of a packet a connection drives. */
interface Packet {
  submit: (wire: Record<string, unknown> & { bind: (message: { values: [string] }) => void }) => void
  handleDataRow: (message: { fields: string[] }) => void
  handleCommandComplete: (message: { text: string }) => void
  handleReadyForQuery: () => void
}
const nothing = (): void => undefined

it.each([
  ['waited for its turn', 2_500, 0],
  ['was in the midst of it', 0, 2_500],
])('holds nothing for a question that %s while it was answered', async (_when, turnMs, askMs) => {
  const held = new Set<string>()
  // The part of a connection that is used; it stands for one.
  const db = {
    query: (asked: Packet | { values: [string] }) => {
      if (!('submit' in asked)) return Promise.resolve({ rows: [{ ended: held.delete(asked.values[0]) }] })
      const bound: string[] = []
      asked.submit({
        ...{ stream: { cork: nothing, uncork: nothing }, parse: nothing, execute: nothing, sync: nothing },
        bind: ({ values: [json] }) => bound.push(json),
      })
      for (const json of bound) {
        const { id } = JSON.parse(json) as { id: string }
        held.add(id)
        asked.handleDataRow({ fields: [JSON.stringify({ outcome: 'reserved', reservation: id })] })
        asked.handleCommandComplete({ text: 'SELECT 1' })
      }
      asked.handleReadyForQuery()
      return undefined
    },
  } as unknown as Database
  let isFirst = true
  const connections: Connections = {
    async use(work) {
      if (isFirst) {
        isFirst = false
        await new Promise((resolve) => setTimeout(resolve, turnMs))
      }
      return work(db)
    },
    close: () => Promise.resolve(),
  }
  const stop = new AbortController()
  const answering = createAnswering(
    connections,
    () =>
      new Promise((resolve) =>
        setTimeout(() => {
          resolve(known)
        }, askMs),
      ),
    { onFailure: 'refuse', failureSec: 60, answerMs: 50 },
    createLog('authorize', { logLevel: 'silent', logFormat: 'json' }),
    stop.signal,
  )
  const answered = answering.answer({
    source: 'office',
    caller: '201',
    dialled: '004930123456',
    call_ref: 'late',
  })
  await vi.advanceTimersByTimeAsync(100)
  expect(await answered).toMatchObject({ allowed: false, code: 'no answer' })
  await vi.advanceTimersByTimeAsync(2_500)
  // Who is in the midst of it cannot be stopped: what it holds is given back.
  expect(held.size).toBe(askMs > 0 ? 1 : 0)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(held.size).toBe(0)
  stop.abort()
})
