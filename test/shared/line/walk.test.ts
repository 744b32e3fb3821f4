import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { Line } from '../../../shared/line/line-state.ts'
import { createWalk } from '../../../shared/line/walk.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A lane that went from the front, for so many milliseconds, and found call 100 of 50,000. */
function cameFromTheFront(costMs: number) {
  const line = { furthest: 50_000, released: 0, heard: 0, draining: false }
  // Its lanes, connections and log are not asked for.
  const walk = createWalk(line as unknown as Line)
  expect(walk.behind()).toBe(0)
  vi.advanceTimersByTime(costMs)
  expect(walk.found(100)).toBe(true)
  expect(walk.behind()).toBe(100)
  walk.goBack()
  expect(walk.behind()).toBe(48_000)
  walk.goBack()
  const release = (): void => {
    line.released++
    line.heard++
  }
  return { release, walk }
}

it('goes from the front at once when calls were released and the way is short', () => {
  const { release, walk } = cameFromTheFront(1)
  vi.advanceTimersByTime(5)
  release()
  expect(walk.behind()).toBe(0)
})

it('takes no more than a fifth of the time for it while the way is long', () => {
  const { release, walk } = cameFromTheFront(40)
  release()
  vi.advanceTimersByTime(150)
  expect(walk.behind()).toBe(48_000)
  vi.advanceTimersByTime(11)
  expect(walk.behind()).toBe(0)
})

it('goes there all the same once a second, and a twentieth of the time when nobody tells', () => {
  const told = cameFromTheFront(900)
  told.release()
  vi.advanceTimersByTime(101)
  expect(told.walk.behind()).toBe(0)

  const untold = cameFromTheFront(100)
  vi.advanceTimersByTime(1_850)
  expect(untold.walk.behind()).toBe(48_000)
  vi.advanceTimersByTime(51)
  expect(untold.walk.behind()).toBe(0)
})
