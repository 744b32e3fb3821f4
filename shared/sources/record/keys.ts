// The keys by which a record that is read again is known to be the same.

import { hash } from 'node:crypto'

import type { SourceRecord } from './reader.ts'

// 132 of the 256 bits: enough to never meet twice, and short in an index of millions.
const keyLength = 22

/** The front of a SHA-256, in 22 characters of base64url. */
export function hashOf(bytes: string | Buffer): string {
  return hash('sha256', bytes, 'base64url').slice(0, keyLength)
}

/** Hash of the columns that never change in a record; a mark or a note added later does not make it another one. */
export function contentHash(record: SourceRecord, identity: readonly string[]): string {
  return hashOf(JSON.stringify(identity.map((column) => record[column] ?? '')))
}

/** The key of the first record with this content is its hash, that of the second `<hash>#2`. */
export function occurrenceKey(content: string, occurrence: number): string {
  return occurrence === 1 ? content : `${content}#${occurrence}`
}

/** Which occurrence of its content a record is, among those that were given before it. */
export function countOccurrences(): (content: string) => number {
  const counts = new Map<string, number>()
  return (content) => {
    const occurrence = (counts.get(content) ?? 0) + 1
    counts.set(content, occurrence)
    return occurrence
  }
}

/** Occurrences among records that are read in order, counted in a chain of records at most `size` apart. */
export interface Window {
  /** The key of the next record with this content. */
  keyOf: (content: string) => string
  /** Contents that occurred more than once and how often: with the records before, all that is needed to go on later. */
  repeats: () => Repeats
}

export type Repeats = readonly (readonly [content: string, occurrence: number])[]

const repeatsMost = 2_000

/** Goes on after the contents `before`, of which those in `repeats` had occurred so often. */
export function createWindow(size: number, before: readonly string[] = [], repeats: Repeats = []): Window {
  const ring: string[] = []
  const seen = new Map<string, { at: number; occurrence: number }>()
  const repeated = new Map<string, number>()
  let at = 0
  const put = (content: string, occurrence: number): void => {
    const leaving = ring[at % size]
    if (leaving !== undefined && seen.get(leaving)?.at === at - size) {
      seen.delete(leaving)
      repeated.delete(leaving)
    }
    ring[at % size] = content
    seen.set(content, { at, occurrence })
    if (occurrence > 1) repeated.set(content, occurrence)
    at++
  }
  const earlier = new Map(repeats)
  for (const content of before) put(content, earlier.get(content) ?? 1)
  return {
    keyOf: (content) => {
      const occurrence = (seen.get(content)?.occurrence ?? 0) + 1
      put(content, occurrence)
      return occurrenceKey(content, occurrence)
    },
    repeats: () => [...repeated].slice(-repeatsMost),
  }
}
