import { describe, expect, it } from 'vitest'

import { worldMap } from '../../../shared/web/world.ts'

describe('the map', () => {
  const map = worldMap(
    new Map([
      ['DE', 100],
      ['CN', 1],
      ['TC', 5],
      ['XX', 3],
      ['FR', 0],
    ]),
    (country) => `${country}!`,
  )
  it('colours what has a figure, the darker the more, and leaves what has none', () => {
    const shade = (name: string): number =>
      Number(new RegExp(`fill-opacity="([\\d.]+)"><title>${name}`).exec(map)?.[1])
    expect(shade('Germany: DE!')).toBeGreaterThan(shade('China: CN!'))
    expect(shade('China: CN!')).toBeGreaterThan(shade('France<'))
    expect(shade('France<')).toBe(shade('Brazil<'))
  })
  it('has a dot for an island too small to draw', () => {
    expect(map).toMatch(/<circle [^>]*><title>Turks and Caicos Is\.: TC!/)
  })
})
