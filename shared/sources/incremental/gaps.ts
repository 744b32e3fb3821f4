// Ids that are missing where rows are read in the order of their ids. A row may become visible after one with a higher id,
// because its transaction ended later; so missing ids are looked up again and again for an hour.

export interface Gap {
  from: bigint
  to: bigint
  /** When it was noticed, in milliseconds since 1970. */
  noticed: number
}

interface Numbered {
  id: bigint
}

const gapsMost = 500
const watchedMs = 3_600_000

/** Ids missing before and between the rows, with those missed earlier that may still come; the newest if they are too many. */
export function gapsIn(
  last: { id: bigint; gaps: readonly Gap[] } | undefined,
  rows: readonly Numbered[],
): Gap[] {
  // The clock as it was when the process began, and counted on: a jump of the clock ends no watch.
  const noticed = Math.round(performance.timeOrigin + performance.now())
  const gaps = (last?.gaps ?? []).filter((gap) => noticed - gap.noticed < watchedMs)
  let before = last?.id ?? 0n
  for (const { id } of rows) {
    if (id > before + 1n) gaps.push({ from: before + 1n, to: id - 1n, noticed })
    before = id
  }
  return gaps.slice(-gapsMost)
}

/** What is still missing when these rows, the lowest first, have been found. */
export function withoutRows(gaps: readonly Gap[], rows: readonly Numbered[]): Gap[] {
  return gaps.flatMap((gap) => {
    const left: Gap[] = []
    let from = gap.from
    for (const { id } of rows) {
      if (id < gap.from || id > gap.to) continue
      if (id > from) left.push({ from, to: id - 1n, noticed: gap.noticed })
      from = id + 1n
    }
    if (from <= gap.to) left.push({ from, to: gap.to, noticed: gap.noticed })
    return left
  })
}
