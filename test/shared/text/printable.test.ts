import { describe, expect, it } from 'vitest'

import { printableJson, printableLines } from '../../../shared/text/printable.ts'

describe('a text of ours with texts of others in it', () => {
  it('keeps its lines and how far they are set in, and nothing that a terminal obeys', () => {
    expect(printableLines('There is no plan:\n  a\u001b[2Jb\n  \u202ec')).toBe(
      'There is no plan:\n  a [2Jb\n  c',
    )
  })
})

describe('JSON for a terminal', () => {
  it('says the same, with signs that a terminal obeys as their numbers', () => {
    const value = { name: 'a\u001b[2J\u009b\u202eb\u2028', list: ['東京', '𝟕'] }
    const text = printableJson(value)
    expect(text).not.toMatch(/[^\P{C}\n]|\u2028/u)
    expect(JSON.parse(text)).toEqual(value)
  })
})
