// How far files were read: a place in a file, and by which bytes the file is found again under whatever name.

import { open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { Complaint } from '../../errors/complaint.ts'
import { codeOf } from '../../errors/whose-fault.ts'
import { hashOf } from '../record/keys.ts'
import type { Repeats } from '../record/keys.ts'

const headBytesMost = 1_024
const tailBytesMost = 256

/** How far a file was read, and by what it is known. */
export interface Place {
  offset: number
  headBytes: number
  head: string
  tail: string
  inode: number
  repeats?: Repeats
}

export interface Seen {
  path: string
  inode: number
  size: number
  modified: number
}

/** The file and those it was rotated to, the oldest first, the file itself last. */
export async function filesOf(path: string, places: readonly Place[]): Promise<Seen[]> {
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
export async function placeIn(
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

/** The place before the first byte. */
export function beginning({ inode }: Seen): Place {
  return { offset: 0, headBytes: 0, head: '', tail: '', inode }
}

/** The place at an offset in bytes, with what is found there, so that it is known again in a file that was moved. */
export async function placeAt(
  file: FileHandle,
  { inode }: Seen,
  offset: number,
  repeats: Repeats,
): Promise<Place> {
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

/** Opens a file for reading and closes it after use. Throws a Complaint when it may not be read. */
export async function withFile<Result>(
  path: string,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
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

/** So many bytes from an offset on; fewer where the file ends. */
export async function bytesOf(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length))
  let read = 0
  while (read < buffer.length) {
    const { bytesRead } = await file.read(buffer, read, buffer.length - read, from + read)
    if (bytesRead === 0) break
    read += bytesRead
  }
  return buffer.subarray(0, read)
}
