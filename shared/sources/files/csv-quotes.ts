// A line end between quotes belongs to the field, so a record may be several lines. But a quote may also be a slip, and one bad
// line must never swallow those after it: lines are one record only if they are one as a whole.

const quote = 34
const linesMost = 20
const bytesMost = 64 * 1024

/**
 * Lines with their ends, those put together that are one record. `isRecord` says whether a text is a whole record. What cannot be
 * told yet, because it may go on in a line that is still to come, is left away at the end, unless `isAll`: nothing more comes.
 */
export function joinLines(
  lines: readonly Buffer[],
  isRecord: (lines: Buffer) => boolean,
  isAll: boolean,
): Buffer[] {
  const joined: Buffer[] = []
  for (let at = 0; at < lines.length;) {
    const count = linesOfRecord(lines, at, isRecord)
    if (count === undefined && !isAll) break
    joined.push(
      count === undefined || count === 1
        ? (lines[at] ?? Buffer.alloc(0))
        : Buffer.concat(lines.slice(at, at + count)),
    )
    at += count ?? 1
  }
  return joined
}

/** How many lines make the record that begins with this one; undefined when that depends on lines that are not there yet. */
function linesOfRecord(
  lines: readonly Buffer[],
  at: number,
  isRecord: (lines: Buffer) => boolean,
): number | undefined {
  const first = lines[at]
  if (!first || !leavesOpen(first) || isRecord(first)) return 1
  let bytes = first.length
  for (let count = 2; count <= linesMost && bytes <= bytesMost; count++) {
    const next = lines[at + count - 1]
    if (!next) return undefined
    // A record of its own: the quote before it was a slip.
    if (isRecord(next)) return 1
    bytes += next.length
    if (leavesOpen(next)) return isRecord(Buffer.concat(lines.slice(at, at + count))) ? count : 1
  }
  return 1
}

function leavesOpen(line: Buffer): boolean {
  let quotes = 0
  for (const byte of line) if (byte === quote) quotes++
  return quotes % 2 === 1
}
