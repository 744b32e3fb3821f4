// Records in a file that grows at its end, such as Asterisk's Master.csv, and in the files it was rotated to.
//
// - Only whole lines are read: a last line without its line end is still being written, or was cut off, and waits. So does a last
//   line that leaves a quote open, until the next line comes or nothing has for a minute.
// - Rotated files (Master.csv.1, Master.csv-20261121 …) are part of the source, the oldest is read first. A file is known by its
//   bytes at the beginning and before the place reached, not by its name or inode, so it may be renamed, copied or truncated.
//   One that is not as it was is read from its beginning.
// - The key of a line is the hash of its bytes and which occurrence in its file it is, so lines read again add nothing.

import { stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

import { Complaint } from '../../errors/complaint.ts'
import type { Format } from '../record/format.ts'
import { createWindow, hashOf } from '../record/keys.ts'
import type { Window } from '../record/keys.ts'
import type { Batch, DayPart, Position, Reader, ReadRecord } from '../record/reader.ts'
import { textInFirst } from '../record/record.ts'
import { lackOf } from '../record/wanted.ts'
import { shapeOf } from './csv-lines.ts'
import { beginning, bytesOf, filesOf, placeAt, placeIn, withFile } from './csv-places.ts'
import type { Place, Seen } from './csv-places.ts'
import { shapeOfObjects } from './json-lines.ts'
import type { Shape } from './lines.ts'
import { pathIn } from './path.ts'

const kind = 'csv'
const chunkBytes = 256 * 1024
const linesMost = 2_000
// A line may be so long; of a longer one the beginning is kept, and why.
const lineBytesMost = 1024 * 1024
const shapeBytes = 64 * 1024
// After so long nothing more of a record comes.
const settledMs = 60_000
const windowSize = 10_000
const windowBytes = 8 * 1024 * 1024

/** `csv:///path/Master.csv`; `?columns=src,dst,…` names the columns of a file that has no header and is not Master.csv. */
export function readCsv(url: URL, format: Format): Reader {
  const columns = url.searchParams
    .get('columns')
    ?.split(',')
    .map((column) => column.trim().toLowerCase())
  return readLines(url, format, 'CSV', (first) => shapeOf(first, format, columns))
}

/** `jsonl:///path/calls.jsonl`: an object a line. */
export function readJsonLines(url: URL, format: Format): Reader {
  return readLines(url, format, 'file', shapeOfObjects)
}

function readLines(url: URL, format: Format, what: string, shapeIn: (beginning: Buffer) => Shape): Reader {
  const path = pathIn(url)
  let window: { of: string; after: Window } | undefined

  return {
    open: async () => {
      const found = await stat(path).catch(() => undefined)
      if (!found) throw new Complaint(`There is no file ${path}: check the path in CDR_URL.`)
      if (!found.isFile())
        throw new Complaint(`${path} is no file: CDR_URL must name the file itself, not a folder.`)
      await withFile(path, async (file) => {
        const shape = shapeIn(await bytesOf(file, 0, shapeBytes))
        if (shape.complaint) throw new Complaint(`${path} is no ${what} of call records: ${shape.complaint}`)
        const lack = shape.columns && lackOf(path, shape.columns, format)
        if (lack !== undefined) throw new Complaint(lack)
      })
    },
    read,
    countDays: async function* () {
      // The same lines from the beginning, whatever has been stored: {} is no position of anybody.
      const again = readLines(url, format, what, shapeIn)
      let batch: Batch = { records: [], position: {}, more: true, ahead: true }
      while (batch.more) {
        batch = await again.read(batch.position)
        for (const { record } of batch.records) {
          yield {
            written: textInFirst(record, format.began).slice(0, 10),
            records: 1,
            billsec: textInFirst(record, format.billsec),
          } satisfies DayPart
        }
      }
    },
    close: () => Promise.resolve(),
  }

  async function read(position: Position): Promise<Batch> {
    const places = placesIn(position)
    const files = await filesOf(path, places)
    const reached: Place[] = []
    let records: ReadRecord[] = []
    let more = false
    for (const seen of files) {
      const known = places.find((place) => place.inode === seen.inode && place.offset === seen.size)
      // Rotated files that were read to their end are not opened every second.
      if (known && seen.path !== path) {
        reached.push(known)
        continue
      }
      const waits = more
      const found = await withFile(seen.path, async (file) => {
        const before = (await placeIn(file, seen, places)) ?? beginning(seen)
        const after = waits || before.offset >= seen.size ? undefined : await linesOf(file, seen, before)
        return { place: before, ...after, moved: after !== undefined && after.place.offset !== before.offset }
      })
      reached.push(found.place)
      if (!found.moved) continue
      records = found.records ?? []
      more = true
    }
    return {
      records,
      position: { kind, files: reached.filter(({ offset }) => offset > 0) },
      more,
      ahead: true,
    }
  }

  async function linesOf(
    file: FileHandle,
    seen: Seen,
    place: Place,
  ): Promise<{ records: ReadRecord[]; place: Place }> {
    const shape = shapeIn(await bytesOf(file, 0, shapeBytes))
    const isSettled = seen.path !== path || Date.now() - seen.modified > settledMs
    const { lines, end, long } = await linesFrom(file, place.offset, seen.size, shape, isSettled)
    if (lines.length === 0) return { records: [], place }
    const id = `${seen.inode} ${place.offset} ${place.tail}`
    const keys = window?.of === id ? window.after : await windowBefore(file, place, shape)
    const fresh = place.offset === 0 ? shape.withoutHeader(lines) : lines
    const records = shape
      .recordsOf(fresh, long)
      .map(({ line, ...read }): ReadRecord => ({ source_key: keys.keyOf(hashOf(line)), ...read }))
    const next = await placeAt(file, seen, end, keys.repeats())
    window = { of: `${seen.inode} ${next.offset} ${next.tail}`, after: keys }
    return { records, place: next }
  }
}

/** Whole lines from an offset on, and where they end. `long`: the one line there is goes on for longer than can be kept. */
async function linesFrom(
  file: FileHandle,
  offset: number,
  size: number,
  shape: Shape,
  isSettled: boolean,
): Promise<{ lines: Buffer[]; end: number; long: boolean }> {
  for (let bytes = chunkBytes; ; bytes *= 2) {
    const chunk = await bytesOf(file, offset, Math.min(bytes, size - offset))
    const lines = shape.joined(shape.linesOf(chunk).slice(0, linesMost), isSettled && chunk.length < bytes)
    if (lines.length > 0)
      return { lines, end: offset + lines.reduce((sum, line) => sum + line.length, 0), long: false }
    if (chunk.length < bytes) return { lines: [], end: offset, long: false }
    if (bytes < lineBytesMost) continue
    for (let at = offset + chunk.length; at < size; at += chunkBytes) {
      const end = (await bytesOf(file, at, Math.min(chunkBytes, size - at))).indexOf(shape.lineEnd)
      if (end >= 0) return { lines: [chunk], end: at + end + 1, long: true }
    }
    return { lines: [], end: offset, long: false }
  }
}

async function windowBefore(file: FileHandle, place: Place, shape: Shape): Promise<Window> {
  const from = Math.max(0, place.offset - windowBytes)
  const before = await bytesOf(file, from, place.offset - from)
  const lines = shape.joined(shape.linesOf(before).slice(from === 0 ? 0 : 1), true)
  const contents = (from === 0 ? shape.withoutHeader(lines) : lines).slice(-windowSize)
  return createWindow(
    windowSize,
    shape.recordsOf(contents, false).map(({ line }) => hashOf(line)),
    place.repeats,
  )
}

function placesIn(position: Position): Place[] {
  // Written by read, above.
  return position['kind'] === kind ? (position['files'] as Place[]) : []
}
