import { describe, expect, it } from 'vitest'

import type { Judged } from '../../../shared/cdr/judge.ts'
import { createTwins, twinReason } from '../../../shared/cdr/twins.ts'

const record = {
  id: '1',
  uniqueid: '1793613600.111',
  channel: 'SIP/201-0a',
  dst: '01632960001',
  billsec: '120',
}

function aCall(source_key: string, over: Record<string, string> = {}, billsec = 120): Judged {
  return {
    source_key,
    record: { ...record, ...over },
    day: '2026-11-02',
    seconds: '120',
    rejected: null,
    billsec,
  }
}

const leftOut = (judged: readonly Judged[]) =>
  judged.map(({ left_out }) => left_out?.startsWith(twinReason) ?? false)

describe('a call that is written twice', () => {
  it('is left out the second time, also in the next batch', () => {
    const withoutTwins = createTwins()
    expect(leftOut(withoutTwins([aCall('1'), aCall('2', { id: '2' })]))).toEqual([false, true])
    expect(leftOut(withoutTwins([aCall('3', { id: '3' })]))).toEqual([true])
  })

  it('is no other when the same row is read again', () => {
    const withoutTwins = createTwins()
    withoutTwins([aCall('1')])
    expect(leftOut(withoutTwins([aCall('1')]))).toEqual([false])
  })

  it.each([
    ['another column differs', { userfield: 'x' }, 120],
    ['nothing names the call', { uniqueid: '' }, 120],
    ['nobody talked', {}, 0],
  ])('are two calls where %s', (_, over, billsec) => {
    const second = { ...over, id: '2' }
    const first = 'uniqueid' in over ? over : {}
    expect(leftOut(createTwins()([aCall('1', first, billsec), aCall('2', second, billsec)]))).toEqual([
      false,
      false,
    ])
  })
})
