import { describe, expect, it } from 'vitest'

import { lineForPeople } from '../../../shared/program/log.ts'

describe('a log line for people', () => {
  it('has a readable time, the level as a word, the stage, and the facts', () => {
    const line = `{"level":40,"time":1795766639520,"name":"client","reason":"gone","calls":2,"msg":"database is away"}`
    expect(lineForPeople(line)).toBe(
      '2026-11-27 08:03:59Z WARN client: database is away reason="gone" calls=2',
    )
  })

  it('holds nothing that a terminal would obey', () => {
    const line = JSON.stringify({ level: 30, time: 0, name: 'import', msg: 'a\u001b[31m', source: '\u202ex' })
    expect(lineForPeople(line)).not.toMatch(/[\u001b\u202e]/)
  })
})
