// How long the latest pieces of work took: the last thousand, and what half and 99 of 100 of them stayed below.

const remembered = 1_000

export interface Latency {
  note: (ms: number) => void
  /** Milliseconds; undefined before the first. */
  percentiles: () => { p50: number; p99: number } | undefined
}

export function createLatency(): Latency {
  const took: number[] = []
  let at = 0
  return {
    note(ms) {
      took[at] = ms
      at = (at + 1) % remembered
    },
    percentiles() {
      if (took.length === 0) return undefined
      const sorted = [...took].sort((a, b) => a - b)
      const below = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? 0
      return { p50: below(0.5), p99: below(0.99) }
    },
  }
}
