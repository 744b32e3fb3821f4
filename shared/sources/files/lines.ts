// A file of lines, whatever stands in them.

import { textOf } from '../record/bytes.ts'
import type { SourceRecord } from '../record/reader.ts'

const [lineFeed, carriageReturn] = [10, 13]
const bom = Buffer.from([0xef, 0xbb, 0xbf])
const linesLookedAt = 20
const keptOfUnreadable = 4_000

export interface LineRecord {
  /** Its bytes, without the line end. */
  line: Buffer
  record: SourceRecord
  unreadable?: string
}

export interface Shape {
  lineEnd: number
  /** The names of its columns, where its first line or the URL tells them. */
  columns?: readonly string[]
  /** Why this is no file of call records, if it is none. */
  complaint?: string
  /** Whole lines with their ends; what follows the last end is left. */
  linesOf: (bytes: Buffer) => Buffer[]
  /** Lines of a record whose fields have line ends are put together; `isAll`: no line comes after these. */
  joined: (lines: readonly Buffer[], isAll: boolean) => Buffer[]
  /** Of a file's first lines, those after the header, if it has one. */
  withoutHeader: (lines: readonly Buffer[]) => readonly Buffer[]
  /** Empty lines are no records. `long`: the line was cut because it is longer than anything an exchange writes. */
  recordsOf: (lines: readonly Buffer[], long: boolean) => LineRecord[]
}

/** A line that could not be read as a record, and why. */
export function unreadable(line: Buffer, reason: string): LineRecord {
  return { line, record: { line: textOf(line.subarray(0, keptOfUnreadable)) }, unreadable: reason }
}

/** A line without its end, and without the mark that some programs put in front of a file. */
export function trimmed(line: Buffer): Buffer {
  let [from, to] = [0, line.length]
  if (line.subarray(0, bom.length).equals(bom)) from = bom.length
  while (to > from && (line[to - 1] === lineFeed || line[to - 1] === carriageReturn)) to--
  return line.subarray(from, to)
}

/** How the lines of a file end, and its first. */
export function linesIn(beginning: Buffer): Pick<Shape, 'lineEnd' | 'linesOf'> & { first: Buffer[] } {
  // Lines of old Macintoshes end with a carriage return only.
  const lineEnd =
    beginning.includes(lineFeed) || !beginning.includes(carriageReturn) ? lineFeed : carriageReturn
  const linesOf = (bytes: Buffer): Buffer[] => {
    const lines: Buffer[] = []
    for (let from = 0; ;) {
      const end = bytes.indexOf(lineEnd, from)
      if (end < 0) return lines
      lines.push(bytes.subarray(from, end + 1))
      from = end + 1
    }
  }
  const first = linesOf(beginning)
    .map(trimmed)
    .filter((line) => line.length > 0)
    .slice(0, linesLookedAt)
  return { lineEnd, linesOf, first }
}
