// How long the server of a source is waited for. A connection that has fallen silent looks like an answer that takes its time, and nobody
// closes it; so what takes long is given up soon the first time, and waited for longer each time it is asked again.

const [shortMs, longMs] = [4_000, 30_000]

export interface Patience {
  /** For the next answer, in milliseconds. */
  ms: () => number
  /** Waits for an answer, and learns from how long it took. */
  learn: <Answer>(answer: Promise<Answer>) => Promise<Answer>
}

/** Waits from 4 s to 30 s, twice as long as the last answer took. */
export function createPatience(): Patience {
  let ms = shortMs
  return {
    ms: () => ms,
    async learn(answer) {
      const since = performance.now()
      const tookMs = (): number => performance.now() - since
      try {
        const given = await answer
        ms = Math.min(longMs, Math.max(shortMs, tookMs() * 2))
        return given
      } catch (error) {
        if (tookMs() >= ms) ms = Math.min(longMs, ms * 2)
        throw error
      }
    },
  }
}
