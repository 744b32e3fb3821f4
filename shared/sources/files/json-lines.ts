// An object a line, as log collectors and webhooks leave them.

import { textOf } from '../record/bytes.ts'
import { recordsOfJson } from './json.ts'
import { linesIn, trimmed, unreadable } from './lines.ts'
import type { LineRecord, Shape } from './lines.ts'

/** Looks at the beginning of a file of JSON lines. */
export function shapeOfObjects(beginning: Buffer): Shape {
  const { lineEnd, linesOf, first } = linesIn(beginning)
  const records = first.flatMap((line) => recordsOfJson(textOf(line)) ?? [])
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))]
  return {
    lineEnd,
    linesOf,
    ...(records.length > 0 && { columns }),
    ...(records.length === 0 &&
      first.length > 0 && { complaint: 'none of its first lines is a JSON object.' }),
    joined: (lines) => [...lines],
    withoutHeader: (lines) => lines,
    recordsOf: (lines, long) =>
      lines
        .map(trimmed)
        .filter((line) => line.length > 0)
        .map((line): LineRecord => {
          if (long) return unreadable(line, 'the line is longer than 1 MB')
          const [record, ...others] = recordsOfJson(textOf(line)) ?? []
          return record && others.length === 0
            ? { line, record }
            : unreadable(line, 'the line is no JSON object')
        }),
  }
}
