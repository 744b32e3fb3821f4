import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Log } from '../../../shared/program/log.ts'
import { createAway } from '../../../shared/worker/away.ts'

afterEach(() => vi.useRealTimers())

function said(): { log: Log; lines: string[] } {
  const lines: string[] = []
  const warn = (...args: unknown[]): void => void lines.push(String(args.at(-1)))
  return { log: { warn } as unknown as Log, lines }
}

const fullDisk = Object.assign(new Error('could not extend file'), { code: '53100' })

describe('a database that is away', () => {
  it('is said once, and once that it is back, though every commit fails in between', () => {
    const { log, lines } = said()
    const away = createAway(log)
    for (let tries = 0; tries < 20; tries++) {
      away.lost(fullDisk)
      away.answered(false)
    }
    expect(lines).toEqual(['database is away'])
    away.answered(true)
    away.answered(true)
    expect(lines).toEqual(['database is away', 'database is back'])
  })

  it('is back for who has nothing to write when nothing has failed for ten seconds', () => {
    vi.useFakeTimers()
    const { log, lines } = said()
    const away = createAway(log)
    away.lost(fullDisk)
    vi.advanceTimersByTime(9_000)
    away.answered(false)
    expect(lines).toHaveLength(1)
    vi.advanceTimersByTime(1_001)
    away.answered(false)
    expect(lines).toEqual(['database is away', 'database is back'])
  })
})
