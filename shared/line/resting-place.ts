// Where the lanes of a process wait for work.

/** Where lanes wait for work: each at most `lookMs`, or until woken, one or all. */
export function createRestingPlace(lookMs: number, stop: AbortSignal) {
  const sleepers = new Set<() => void>()
  const wakeAll = (): void => {
    for (const wake of [...sleepers]) wake()
  }
  stop.addEventListener('abort', wakeAll)
  return {
    isSomeone: () => sleepers.size > 0,
    wakeAll,
    wakeOne: (): void => {
      for (const wake of sleepers) {
        wake()
        return
      }
    },
    rest: (mostMs = lookMs): Promise<void> =>
      new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          sleepers.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, stop.aborted ? 0 : Math.min(lookMs, mostMs))
        sleepers.add(wake)
      }),
  }
}
