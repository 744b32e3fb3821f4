import { describe, expect, it } from 'vitest'

import { createRate } from '../../../shared/api/rate.ts'

describe('a key that asks often', () => {
  const refusedAt = (spend: (key: number) => void, key: number): string | null => {
    try {
      spend(key)
      return null
    } catch (error) {
      return (error as { headers: Record<string, string> }).headers['retry-after'] ?? ''
    }
  }

  it('may ask a minute’s worth at once, then as often as it comes back', () => {
    let now = 0
    const spend = createRate(30, () => now)
    for (let nr = 0; nr < 30; nr++) expect(refusedAt(spend, 1)).toBeNull()
    expect(refusedAt(spend, 1)).toBe('2')
    now += 1_999
    expect(refusedAt(spend, 1)).toBe('1')
    now += 1
    expect(refusedAt(spend, 1)).toBeNull()
    expect(refusedAt(spend, 1)).toBe('2')
  })

  it('takes nothing from another', () => {
    const spend = createRate(1, () => 0)
    expect(refusedAt(spend, 1)).toBeNull()
    expect(refusedAt(spend, 1)).toBe('60')
    expect(refusedAt(spend, 2)).toBeNull()
  })

  it('saves no more than a minute’s worth', () => {
    let now = 0
    const spend = createRate(2, () => now)
    now += 3_600_000
    expect([1, 2, 3].map(() => refusedAt(spend, 1))).toEqual([null, null, '30'])
  })
})
