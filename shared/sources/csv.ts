// Records in a file that grows at its end, such as Asterisk's Master.csv, and in the files it was rotated to.
//
// - Only whole lines are read: a last line without its line end is still being written, or was cut off, and waits.
// - Rotated files (Master.csv.1, Master.csv-20261121 …) are part of the source, the oldest is read first. A file is known by its
//   bytes at the beginning and before the place reached, not by its name or inode, so it may be renamed, copied or truncated.
//   One that is not as it was is read from its beginning.
// - The key of a line is the hash of its bytes and which occurrence in its file it is, so lines read again add nothing.

import type { FileHandle } from 'node:fs/promises'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { Complaint } from '../config.ts'
import { codeOf } from '../faults.ts'
import { shapeOf } from './csv-lines.ts'
import type { Shape } from './csv-lines.ts'
import { createWindow, hashOf } from './keys.ts'
import type { Repeats, Window } from './keys.ts'
import { pathIn } from './paths.ts'
import type { Batch, DayPart, Format, Position, Reader, ReadRecord } from './reader.ts'

const kind = 'csv'
const chunkBytes = 256 * 1024
const linesMost = 2_000
// A line may be so long; of a longer one the beginning is kept, and why.
const lineBytesMost = 1024 * 1024
const headBytesMost = 1_024
const tailBytesMost = 256
const shapeBytes = 64 * 1024
const windowSize = 10_000
const windowBytes = 4 * 1024 * 1024

/** How far a file was read, and by what it is known. */
interface Place {
  offset: number
  headBytes: number
  head: string
  tail: string
  inode: number
  repeats?: Repeats
}

interface Seen {
  path: string
  inode: number
  size: number
  modified: number
}

/** `csv:///path/Master.csv`; `?columns=src,dst,…` names the columns of a file that has no header and is not Master.csv. */
export function readCsv(url: URL, format: Format): Reader {
  const path = pathIn(url)
  const columns = url.searchParams
    .get('columns')
    ?.split(',')
    .map((column) => column.trim().toLowerCase())
  let window: { of: string; after: Window } | undefined

  return {
    open: async () => {
      const found = await stat(path).catch(() => undefined)
      if (!found) throw new Complaint(`There is no file ${path}: check the path in CDR_URL.`)
      if (!found.isFile()) throw new Complaint(`${path} is no file: CDR_URL must name the CSV file itself.`)
      await withFile(path, async (file) => {
        const shape = shapeOf(await bytesOf(file, 0, shapeBytes), format, columns)
        if (shape.complaint) throw new Complaint(`${path} is no CSV of call records: ${shape.complaint}.`)
      })
    },
    read,
    countDays: async function* () {
      // The same lines from the beginning, whatever has been stored: {} is no position of anybody.
      const again = readCsv(url, format)
      let batch: Batch = { records: [], position: {}, more: true, ahead: true }
      while (batch.more) {
        batch = await again.read(batch.position)
        for (const { record } of batch.records) {
          const written = format.began.map((column) => record[column]).find((moment) => moment !== undefined)
          yield {
            written: (written ?? '').slice(0, 10),
            records: 1,
            billsec: record['billsec'] ?? '',
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
        const after = waits || before.offset >= seen.size ? undefined : await readLines(file, seen, before)
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

  async function readLines(
    file: FileHandle,
    seen: Seen,
    place: Place,
  ): Promise<{ records: ReadRecord[]; place: Place }> {
    const shape = shapeOf(await bytesOf(file, 0, shapeBytes), format, columns)
    const { lines, end, long } = await linesFrom(file, place.offset, seen.size, shape)
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
): Promise<{ lines: Buffer[]; end: number; long: boolean }> {
  for (let bytes = chunkBytes; ; bytes *= 2) {
    const chunk = await bytesOf(file, offset, Math.min(bytes, size - offset))
    const lines = shape.linesOf(chunk).slice(0, linesMost)
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
  const lines = shape.linesOf(before).slice(from === 0 ? 0 : 1)
  const contents = (from === 0 ? shape.withoutHeader(lines) : lines).slice(-windowSize)
  return createWindow(
    windowSize,
    shape.recordsOf(contents, false).map(({ line }) => hashOf(line)),
    place.repeats,
  )
}

/** The file and those it was rotated to, the oldest first, the file itself last. */
async function filesOf(path: string, places: readonly Place[]): Promise<Seen[]> {
  const [folder, name] = [dirname(path), basename(path)]
  const dot = name.lastIndexOf('.')
  const rotated = [`${name}.`, `${name}-`, ...(dot > 0 ? [`${name.slice(0, dot)}-`] : [])]
  const isRotated = (other: string): boolean =>
    rotated.some(
      (start) =>
        other.startsWith(start) && /^[0-9][0-9-]*$/.test(other.slice(start.length).replace(/\.[a-z]+$/i, '')),
    )
  const names = await readdir(folder)
  const seen = await Promise.all(
    names.filter((other) => other === name || isRotated(other)).map((other) => see(join(folder, other))),
  )
  const lost = places
    .filter((place) => !seen.some((file) => file?.inode === place.inode))
    .map(({ inode }) => inode)
  if (lost.length > 0) {
    // Renamed to something else: Master.csv.old.
    const others = await Promise.all(names.map((other) => see(join(folder, other))))
    seen.push(...others.filter((file) => file !== undefined && lost.includes(file.inode)))
  }
  const files = seen.filter((file) => file !== undefined)
  if (files.length === 0) throw new Error(`${path} is not there`)
  return files.sort(
    (one, other) => Number(one.path === path) - Number(other.path === path) || one.modified - other.modified,
  )
}

async function see(path: string): Promise<Seen | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? { path, inode: found.ino, size: found.size, modified: found.mtimeMs } : undefined
}

/** The place of the file among those remembered: the one whose bytes are still there, before it and at the beginning. */
async function placeIn(
  file: FileHandle,
  { inode, size }: Seen,
  places: readonly Place[],
): Promise<Place | undefined> {
  const likely = [...places].sort((one, other) => Number(other.inode === inode) - Number(one.inode === inode))
  for (const place of likely) {
    if (place.offset > size) continue
    const head = hashOf(await bytesOf(file, 0, place.headBytes))
    if (head === place.head && (await tailAt(file, place.offset)) === place.tail) return { ...place, inode }
  }
  return undefined
}

function beginning({ inode }: Seen): Place {
  return { offset: 0, headBytes: 0, head: '', tail: '', inode }
}

async function placeAt(file: FileHandle, { inode }: Seen, offset: number, repeats: Repeats): Promise<Place> {
  const headBytes = Math.min(offset, headBytesMost)
  const head = hashOf(await bytesOf(file, 0, headBytes))
  return {
    offset,
    headBytes,
    head,
    tail: await tailAt(file, offset),
    inode,
    ...(repeats.length > 0 && { repeats }),
  }
}

async function tailAt(file: FileHandle, offset: number): Promise<string> {
  const from = Math.max(0, offset - tailBytesMost)
  return hashOf(await bytesOf(file, from, offset - from))
}

function placesIn(position: Position): Place[] {
  // Written by read, above.
  return position['kind'] === kind ? (position['files'] as Place[]) : []
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw codeOf(error) === 'EACCES'
      ? new Complaint(`${path} may not be read: grant this user the right to.`)
      : error
  })
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function bytesOf(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length))
  let read = 0
  while (read < buffer.length) {
    const { bytesRead } = await file.read(buffer, read, buffer.length - read, from + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return buffer.subarray(0, read)
}
