// Files that somebody sent and has not decided on yet: kept for an hour, for who sent them.

import { randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { Complaint } from '../errors/complaint.ts'
import type { Upload } from './upload.ts'

const keptMs = 3_600_000

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
  return {
    async keep({ name, path }, person) {
      const folder = await mkdtemp(join(tmpdir(), 'paidcalls-kept-'))
      const file = { name, path: join(folder, basename(path)) }
      await copyFile(path, file.path)
      const word = randomBytes(16).toString('base64url')
      kept.set(word, { file, person, folder })
      setTimeout(() => {
        kept.delete(word)
        void rm(folder, { recursive: true, force: true })
      }, keptMs).unref()
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
