// Chance that comes out the same every time.

export interface Dice {
  /** A whole number, both ends included. */
  between: (least: number, most: number) => number
  /** True so many times in a hundred. */
  percent: (chance: number) => boolean
  pick: <Item>(items: readonly Item[]) => Item
  /** One of the items, those with more weight more often. */
  weighted: <Item extends { weight: number }>(items: readonly Item[]) => Item
  /** So many digits. */
  digits: (count: number) => string
}

/** The same seed gives the same row of throws (mulberry32). */
export function createDice(seed: number): Dice {
  let state = seed
  const chance = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (least: number, most: number): number => least + Math.floor(chance() * (most - least + 1))
  const pick = <Item>(items: readonly Item[]): Item => {
    const [item] = items.slice(between(0, items.length - 1))
    if (item === undefined) throw new Error('There is nothing to pick from.')
    return item
  }
  return {
    between,
    pick,
    percent: (hundredths) => chance() * 100 < hundredths,
    weighted(items) {
      let rest = chance() * items.reduce((sum, { weight }) => sum + weight, 0)
      return items.find(({ weight }) => (rest -= weight) < 0) ?? pick(items)
    },
    digits: (count) => String(between(0, 10 ** count - 1)).padStart(count, '0'),
  }
}
