// Files that are sent with a form: kept beside, as long as the answer takes.

import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import '@fastify/multipart'
import type { FastifyRequest } from 'fastify'

import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'

/** More than a year of a busy exchange, and more than any price list. */
export const fileMost = 1024 * 1024 * 1024

export interface Upload {
  /** As it was called where it came from, without the folders; for people. */
  name: string
  path: string
}

export interface SentForm {
  fields: Record<string, string>
  file?: Upload
  /** Takes the file away. */
  close: () => Promise<void>
}

/**
 * The fields and the file of a form. What the file is stands in front of it: `isOurs` is asked with the fields that came before the
 * first byte, and nothing is kept of a form that is not. Throws a Complaint for more than one file, or one that is too large.
 */
export async function readUpload(
  request: FastifyRequest,
  isOurs: (fields: Readonly<Record<string, string>>) => boolean,
): Promise<SentForm> {
  const fields: Record<string, string> = {}
  const folder = await mkdtemp(join(tmpdir(), 'paidcalls-upload-'))
  const close = (): Promise<void> => rm(folder, { recursive: true, force: true })
  let file: Upload | undefined
  try {
    for await (const part of request.parts({
      limits: { files: 1, fileSize: fileMost, fields: 50, fieldSize: 64 * 1024 },
    })) {
      if (part.type === 'field') {
        if (typeof part.value === 'string') fields[part.fieldname] = part.value
        continue
      }
      if (!isOurs(fields)) return { fields, close }
      // Types say there is always a name; a part that says only what it is of has none.
      const name = basename(((part.filename as string | undefined) ?? '').replaceAll('\\', '/'))
      // What it is read as hangs on the ending alone.
      const path = join(
        folder,
        `file${/^\.[a-z]{1,5}$/i.test(extname(name)) ? extname(name).toLowerCase() : ''}`,
      )
      await pipeline(part.file, createWriteStream(path, { mode: 0o600 }))
      if (part.file.truncated)
        throw new Complaint(`${name} is larger than ${fileMost / 1024 / 1024} MB: send it in parts.`)
      if ((await stat(path)).size > 0) file = { name, path }
    }
  } catch (error) {
    await close()
    // What is wrong with the form itself has no code.
    throw error instanceof Complaint || codeOf(error) !== undefined
      ? error
      : new Complaint('The form did not arrive as it should: load the page again, and send it once more.')
  }
  return { fields, close, ...(file && { file }) }
}

export const flat = (given: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((given ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      // No text of the database holds a NUL.
      typeof value === 'string' ? value.replaceAll('\u0000', '\ufffd') : '',
    ]),
  )
