import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'

import { generateCalls, planted } from '../../demo/generate.ts'
import { instantsOf } from '../../shared/time/wall-clock.ts'

const [src, dst, channel, dstchannel, start, end, duration, billsec, disposition, uniqueid, userfield] = [
  1, 2, 5, 6, 9, 11, 12, 13, 14, 16, 17,
] as const

describe('the generated calls', () => {
  const calls = parse(generateCalls(3_000))

  it('are the same every time', () => {
    expect(generateCalls(3_000)).toBe(generateCalls(3_000))
  })

  it('are as many as asked for, with the 21 columns of Master.csv', () => {
    expect(calls).toHaveLength(3_000)
    expect(calls.every((call) => call.length === 21)).toBe(true)
  })

  it('stand in the order in which they ended', () => {
    const ends = calls.map((call) => call[end] ?? '')
    expect(ends).toEqual([...ends].sort())
  })

  it('last as long as their times say', () => {
    const secondsOf = (text: string | undefined) => (instantsOf(text ?? '', 'UTC')[0] ?? NaN) / 1_000
    for (const call of calls) {
      expect(Number(call[duration])).toBe(secondsOf(call[end]) - secondsOf(call[start]))
      expect(Number(call[billsec])).toBeLessThanOrEqual(Number(call[duration]))
    }
  })

  it('hold exactly the planted ones', () => {
    for (const [plant, count] of Object.entries(planted)) {
      expect(calls.filter((call) => call[userfield] === `planted ${plant}`)).toHaveLength(count)
    }
  })

  it('promise a price only to answered calls', () => {
    const promised = calls.filter((call) => call[userfield]?.startsWith('outside '))
    expect(promised.length).toBeGreaterThan(1_000)
    expect(promised.every((call) => call[disposition] === 'ANSWERED' && Number(call[billsec]) > 0)).toBe(true)
  })

  it('contain what makes real records hard', () => {
    const some = (test: (call: string[]) => boolean) => calls.filter(test).length
    expect(some((call) => call[channel]?.endsWith(';2') ?? false)).toBeGreaterThan(0)
    expect(some((call) => call[disposition] === 'NO ANSWER' && Number(call[billsec]) > 0)).toBeGreaterThan(0)
    expect(some((call) => call[disposition] === 'ANSWERED' && Number(call[billsec]) === 0)).toBeGreaterThan(0)
    expect(some((call) => call[dst] === '*97')).toBeGreaterThan(0)
    expect(some((call) => call[dstchannel]?.includes('@berlin') ?? false)).toBeGreaterThan(0)
    expect(some((call) => call[src]?.startsWith('+') ?? false)).toBeGreaterThan(0)
    expect(new Set(calls.map((call) => call[uniqueid])).size).toBeLessThan(calls.length)
  })
})
