// Files that somebody sent and has not decided on yet: kept for an hour, for who sent them.

import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { Complaint } from '../errors/complaint.ts'
import type { Upload } from './upload.ts'

const keptMs = 3_600_000
// Of one person; the first makes room.
const keptMost = 5

export interface KeptFiles {
  /** A word by which this person gets the file again. */
  keep: (file: Upload, person: string) => Promise<string>
  /** Throws a Complaint when it is gone. */
  get: (word: string, person: string) => Upload
  /** Takes all of them away. */
  close: () => Promise<void>
}

export function createKeptFiles(): KeptFiles {
  const kept = new Map<string, { file: Upload; person: string; folder: string }>()
  async function drop(word: string): Promise<void> {
    const folder = kept.get(word)?.folder
    kept.delete(word)
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
  return {
    async keep({ name, path }, person) {
      const folder = await mkdtemp(join(tmpdir(), 'paidcalls-kept-'))
      const file = { name, path: join(folder, basename(path)) }
      await copyFile(path, file.path)
      const word = randomBytes(16).toString('base64url')
      kept.set(word, { file, person, folder })
      setTimeout(() => {
        void drop(word)
      }, keptMs).unref()
      const own = [...kept].flatMap(([other, { person: whose }]) => (whose === person ? [other] : []))
      for (const other of own.slice(0, -keptMost)) await drop(other)
      return word
    },
    get(word, person) {
      const found = kept.get(word)
      if (found?.person !== person) throw new Complaint('The file is not kept any more: choose it again.')
      return found.file
    },
    async close() {
      for (const { folder } of kept.values()) await rm(folder, { recursive: true, force: true })
      kept.clear()
    },
  }
}
