// Which faults come, in which order, and at whom they strike: the same for the same seed.

/** A number from 0 up to 1. */
export type Random = () => number

export interface Planned<Kind> {
  kind: Kind
  /** For what the fault itself leaves open: its victim, how long it lasts. */
  random: Random
}

/** So many faults, the kinds shuffled: none comes again before all have come. */
export function planFaults<Kind>(kinds: readonly Kind[], count: number, seed: number): Planned<Kind>[] {
  const random = randomFrom(seed)
  const planned: Planned<Kind>[] = []
  while (planned.length < count) {
    for (const kind of shuffled(kinds, random)) {
      planned.push({ kind, random: randomFrom(Math.floor(random() * 2 ** 32)) })
    }
  }
  return planned.slice(0, count)
}

export function oneOf<One>(all: readonly One[], random: Random): One {
  const one = all[Math.floor(random() * all.length)]
  if (one === undefined) throw new Error('There is none to choose from.')
  return one
}

function shuffled<One>(all: readonly One[], random: Random): One[] {
  return all
    .map((one) => ({ one, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

/** A linear congruential generator with the constants of Numerical Recipes; the upper bits are random enough here. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
