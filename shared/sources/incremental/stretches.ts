// Which rows of a table without a key are read at once.

import type { Counted, Stretch, TimedTable } from './timed-table.ts'
import { bytesMost } from './weight.ts'

const rowsMost = 1_000
// Characters of 2026-11-21 19:34:14.
const second = 19

/** What is counted together is read in stretches of about a batch, in rows and in bytes; a second with more than that in parts. */
export async function stretchesOf(table: TimedTable, bucket: string, rows: number): Promise<Stretch[]> {
  const [from, to] = bucket === '' ? ['', ''] : endsOf(bucket)
  if (bucket === '' || (rows <= rowsMost && !table.isHeavy)) return partsOf(from, to, { rows, bytes: 0 })
  const stretches: Stretch[] = []
  let begun: (Counted & { from: string; to: string }) | undefined
  const seconds = await table.countWithin(second, from, to)
  for (const [at, counted] of [...seconds].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (begun && (begun.rows + counted.rows > rowsMost || begun.bytes + counted.bytes > bytesMost)) {
      stretches.push(...partsOf(begun.from, endsOf(begun.to)[1], begun))
      begun = undefined
    }
    begun = {
      from: begun?.from ?? at,
      to: at,
      rows: (begun?.rows ?? 0) + counted.rows,
      bytes: (begun?.bytes ?? 0) + counted.bytes,
    }
  }
  if (begun) stretches.push(...partsOf(begun.from, to, begun))
  return stretches
}

function partsOf(from: string, to: string, { rows, bytes }: Counted): Stretch[] {
  const parts = Math.max(1, Math.ceil(rows / rowsMost), Math.ceil(bytes / bytesMost))
  return Array.from({ length: parts }, (_, part) => ({ from, to, parts, part }))
}

/** The first and the last moment that are written with these first characters. */
function endsOf(bucket: string): [string, string] {
  if (!/^\d{4}-\d{2}-\d{2}/.test(bucket)) return [bucket, `${bucket}~`]
  return [
    bucket + '0000-01-01 00:00:00'.slice(bucket.length),
    bucket + '9999-12-31 23:59:59.999999'.slice(bucket.length),
  ]
}
