// When a stage tells the next one that there are calls: in the packet that settles one, and not with each, because notify takes a
// lock shared by the whole server and wakes every process that listens.

import type { Status } from './claim.ts'

// The next stage is told at most this often; less often while this one cannot keep up, because then the next is not idle either.
const tellMs = 5
const tellBusyMs = 50

const lastStatus: Status = 'tarif defined'

export interface NotifyNext {
  /** Milliseconds until the next stage is to be told; undefined when it knows of every call. */
  owedInMs: () => number | undefined
  /** Whether a call that is about to be settled is to be told of; `busy` when this stage cannot keep up. */
  isDue: (busy: boolean) => boolean
  /** Begins to tell the next stage, of a call as well that is about to be settled with it, if any. */
  telling: (farBehind?: boolean) => Telling
  /** A call was settled without telling. */
  settled: (farBehind: boolean) => void
}

export interface Telling {
  /** What the next stage is told: 'released' when a call since the last time lay far behind, where nobody searches for new ones. */
  words: string
  /** It was told. What other lanes settled meanwhile it may not have found yet, so that is still owed. */
  told: () => void
}

/** Remembers when the stage behind this one, which takes the status `leaves`, was told last. */
export function createNotifyNext(leaves: Status): NotifyNext {
  let toldAt = -Infinity
  // Calls settled so far without telling, of how many of them the next stage knows, and the last of them that lay far behind.
  let [untold, known, far] = [0, 0, 0]
  const sinceMs = (): number => performance.now() - toldAt
  return {
    owedInMs: () => (untold > known ? Math.max(0, tellMs - sinceMs()) : undefined),
    isDue: (busy) => leaves !== lastStatus && sinceMs() >= (busy ? tellBusyMs : tellMs),
    telling(farBehind = false) {
      const knows = untold
      return {
        words: far > known || farBehind ? 'released' : '',
        told() {
          toldAt = performance.now()
          known = Math.max(known, knows)
        },
      }
    },
    settled(farBehind) {
      if (leaves === lastStatus) return
      untold++
      if (farBehind) far = untold
    },
  }
}
