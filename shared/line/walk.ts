// Where a lane searches next.

import type { Line } from './line-state.ts'

const fromFrontMs = 1_000
// A search from the front may take a twentieth of the time, and a fifth while there are calls released: most often the first search has
// cleared the way for the next.
const fromFrontShare = 20
const toldShare = 5
// So many ids may lie between calls whose transactions overlap: batches of some sources, and calls in the hands of lanes.
const near = 2_000

/**
 * Where a lane is: it walks on behind the last id it took, over no dead index entries. Calls that were committed behind it,
 * because transactions do not commit in the order of their ids, are near: when it finds nothing, or wakes, it starts a
 * little way behind the furthest call of its process. From the front it starts now and then, and when told that calls were
 * released. While somebody holds an old snapshot open, the way from the front leads over every call settled since, so what
 * it costs says how often it is gone.
 */
export function createWalk(line: Line) {
  let last = 0
  let from: 'front' | 'near' | 'last' = 'front'
  let releases = line.released
  // What had been heard when the last search began that was not from the last call: what is near was told of since.
  let heardBefore = -1
  let [startedAt, costMs] = [performance.now(), 0]
  return {
    behind(): number {
      const sinceMs = performance.now() - startedAt
      const isDue = sinceMs > Math.max(fromFrontMs, costMs * fromFrontShare)
      const isTold = releases !== line.released && sinceMs > Math.min(costMs * toldShare, fromFrontMs)
      if (isDue || isTold) from = 'front'
      if (from === 'last') return last
      heardBefore = line.heard
      if (from === 'near') return Math.max(0, line.furthest - near)
      releases = line.released
      // What is to be measured is this search, not the rest before it.
      startedAt = performance.now()
      return 0
    },
    /** Takes note of where it was found, and says whether that was far behind, where the next stage does not search for new calls. */
    found(id: number): boolean {
      if (from === 'front') costMs = performance.now() - startedAt
      from = 'last'
      last = id
      const farBehind = id < line.furthest - near
      line.furthest = Math.max(line.furthest, id)
      return farBehind
    },
    /** Nothing was found: the next search starts further back. Gives back whether it is due at once. */
    goBack(): boolean {
      const isDue = from === 'last' && (line.draining || line.heard !== heardBefore)
      from = line.draining ? 'front' : 'near'
      return isDue
    },
  }
}
