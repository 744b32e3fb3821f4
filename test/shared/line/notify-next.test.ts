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
    telling.settled(true)
    expect(telling.owedInMs()).toBeUndefined()
  })

  it('waits 5 ms for the next while the stage has lanes to spare, 50 ms while it has none', () => {
    const telling = createNotifyNext('client defined')
    telling.settled(true)
    vi.advanceTimersByTime(4)
    expect(telling.isDue(false)).toBe(false)
    vi.advanceTimersByTime(1)
    expect([telling.isDue(false), telling.isDue(true)]).toEqual([true, false])
    vi.advanceTimersByTime(45)
    expect(telling.isDue(true)).toBe(true)
  })

  it('is owed for a call that was settled without it, until it is made good', () => {
    const telling = createNotifyNext('client defined')
    telling.settled(true)
    vi.advanceTimersByTime(2)
    telling.settled(false)
    expect(telling.owedInMs()).toBe(3)
    vi.advanceTimersByTime(10)
    expect(telling.owedInMs()).toBe(0)
    telling.settled(true)
    expect(telling.owedInMs()).toBeUndefined()
  })

  it('says of a call far behind the others that it was released, told with it or later', () => {
    const telling = createNotifyNext('client defined')
    expect([telling.words(false), telling.words(true)]).toEqual(['', 'released'])
    telling.settled(false, true)
    telling.settled(false, false)
    expect(telling.words(false)).toBe('released')
    telling.settled(true)
    expect(telling.words(false)).toBe('')
  })

  it('is not for priced calls, which no stage takes', () => {
    const telling = createNotifyNext('tarif defined')
    telling.settled(false)
    expect([telling.isDue(false), telling.owedInMs()]).toEqual([false, undefined])
  })
})
