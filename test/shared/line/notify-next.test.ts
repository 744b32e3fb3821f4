import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createNotifyNext } from '../../../shared/line/notify-next.ts'

describe('telling the next stage', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes with the first call', () => {
    const telling = createNotifyNext('client defined')
    expect(telling.isDue(false)).toBe(true)
    telling.telling().told()
    expect(telling.owedInMs()).toBeUndefined()
  })

  it('waits 5 ms for the next while the stage has lanes to spare, 50 ms while it has none', () => {
    const telling = createNotifyNext('client defined')
    telling.telling().told()
    vi.advanceTimersByTime(4)
    expect(telling.isDue(false)).toBe(false)
    vi.advanceTimersByTime(1)
    expect([telling.isDue(false), telling.isDue(true)]).toEqual([true, false])
    vi.advanceTimersByTime(45)
    expect(telling.isDue(true)).toBe(true)
  })

  it('is owed for a call that was settled without it, until it is made good', () => {
    const telling = createNotifyNext('client defined')
    telling.telling().told()
    vi.advanceTimersByTime(2)
    telling.settled(false)
    expect(telling.owedInMs()).toBe(3)
    vi.advanceTimersByTime(10)
    expect(telling.owedInMs()).toBe(0)
    telling.telling().told()
    expect(telling.owedInMs()).toBeUndefined()
  })

  it('says of a call far behind the others that it was released, told with it or later', () => {
    const telling = createNotifyNext('client defined')
    expect([telling.telling(false).words, telling.telling(true).words]).toEqual(['', 'released'])
    telling.settled(true)
    telling.settled(false)
    expect(telling.telling().words).toBe('released')
    telling.telling().told()
    expect(telling.telling().words).toBe('')
  })

  it('leaves owed what another lane settled meanwhile', () => {
    const telling = createNotifyNext('client defined')
    telling.settled(false)
    const { told } = telling.telling()
    telling.settled(true)
    told()
    expect([telling.owedInMs(), telling.telling().words]).toEqual([5, 'released'])
    telling.telling().told()
    expect(telling.owedInMs()).toBeUndefined()
  })

  it('is not for priced calls, which no stage takes', () => {
    const telling = createNotifyNext('tarif defined')
    telling.settled(false)
    expect([telling.isDue(false), telling.owedInMs()]).toEqual([false, undefined])
  })
})
