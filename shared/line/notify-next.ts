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
  /** What the next stage is told: 'released' when a call since the last time lay far behind, where nobody searches for new ones. */
  words: (farBehind: boolean) => string
  /** A call was settled. */
  settled: (told: boolean, farBehind?: boolean) => void
}

/** Remembers when the stage behind this one, which takes the status `leaves`, was told last. */
export function createNotifyNext(leaves: Status): NotifyNext {
  let toldAt = -Infinity
  let owed = false
  let far = false
  const sinceMs = (): number => performance.now() - toldAt
  return {
    owedInMs: () => (owed ? Math.max(0, tellMs - sinceMs()) : undefined),
    isDue: (busy) => leaves !== lastStatus && sinceMs() >= (busy ? tellBusyMs : tellMs),
    words: (farBehind) => (far || farBehind ? 'released' : ''),
    settled: (told, farBehind = false) => {
      if (told) toldAt = performance.now()
      far = !told && (far || farBehind)
      owed = leaves !== lastStatus && !told
    },
  }
}
