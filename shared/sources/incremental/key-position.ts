// How far a table has been read by its key, as it stands in source_position.

import type { Repeats } from '../record/keys.ts'
import type { Position } from '../record/reader.ts'
import type { Gap } from './gaps.ts'

export interface Last {
  id: bigint
  content: string
  gaps: Gap[]
  repeats: Repeats
  again: Again | undefined
}

/** Ids of rows that are read though they are marked. */
export interface Again {
  from: bigint
  to: bigint
}

/** As it is kept; `kind` says which sort of table it is a position in. */
export function positionOf(kind: string, { id, content, gaps, repeats, again }: Last): Position {
  return {
    kind,
    id: String(id),
    content,
    ...(again && { again: [String(again.from), String(again.to)] }),
    ...(gaps.length > 0 && {
      gaps: gaps.map(({ from, to, noticed }) => [String(from), String(to), noticed]),
    }),
    ...(repeats.length > 0 && { repeats }),
  }
}

/** What positionOf kept; undefined when the position is none of this kind. */
export function lastOf(position: Position, kind: string): Last | undefined {
  if (position['kind'] !== kind) return undefined
  // Written by positionOf, above.
  const {
    id,
    content,
    gaps = [],
    repeats = [],
    again,
  } = position as {
    id: string
    content: string
    again?: [string, string]
    gaps?: [string, string, number][]
    repeats?: Repeats
  }
  return {
    id: BigInt(id),
    content,
    repeats,
    again: again && { from: BigInt(again[0]), to: BigInt(again[1]) },
    gaps: gaps.map(([from, to, noticed]) => ({ from: BigInt(from), to: BigInt(to), noticed })),
  }
}
