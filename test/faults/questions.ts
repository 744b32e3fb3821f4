// An exchange that asks before it dials: one process of authorize, then the other, and dials whatever it was told.

export interface Question {
  source: string
  caller: string
  dialled: string
  channel: string
  dstchannel: string
  accountcode: string
  call_ref: string
}

export interface Asking {
  ask: (question: Question) => Promise<void>
  /** Questions, those that were answered, and those that a process took and left without an answer. */
  counts: { asked: number; answered: number; hung: number }
}

// ANSWER_MS, and time for a machine that starts a dozen processes at once.
const patienceMs = 5_000

export function createAsking(ports: readonly number[]): Asking {
  const counts = { asked: 0, answered: 0, hung: 0 }

  async function answered(port: number, question: Question): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/authorize`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question),
        signal: AbortSignal.timeout(patienceMs),
      })
      return typeof ((await response.json()) as { allowed?: unknown }).allowed === 'boolean'
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError') counts.hung++
      return false
    }
  }

  return {
    counts,
    async ask(question) {
      const first = counts.asked++ % ports.length
      for (let nr = 0; nr < ports.length; nr++)
        if (await answered(ports[(first + nr) % ports.length] ?? 0, question)) {
          counts.answered++
          return
        }
    },
  }
}
