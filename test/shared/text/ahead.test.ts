import { describe, expect, it } from 'vitest'

import { ahead } from '../../../shared/text/ahead.ts'

async function* pieces(most: number, seen: string[]): AsyncGenerator<number> {
  try {
    for (let nr = 1; nr <= most; nr++) yield await Promise.resolve(nr)
    if (most > 5) throw new Error('too many')
  } finally {
    seen.push('over')
  }
}

describe('pieces asked for ahead', () => {
  it.each([0, 1, 2, 3, 5])('are all there, each once, of %d', async (most) => {
    const found: number[] = []
    for await (const piece of await ahead(pieces(most, []), 2)) found.push(piece)
    expect(found).toEqual(Array.from({ length: most }, (_, at) => at + 1))
  })

  it('throw before the first when one of them cannot be had', async () => {
    await expect(ahead(pieces(6, []), 7)).rejects.toThrow('too many')
  })

  it('stop what makes them when nobody begins to take them', async () => {
    const seen: string[] = []
    await (await ahead(pieces(4, seen), 2)).return?.()
    expect(seen).toEqual(['over'])
  })
})
