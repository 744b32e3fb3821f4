// A part of an XLSX workbook, a file of XML in the archive, as it is unzipped.

import { TextDecoder } from 'node:util'

import { SaxesParser } from 'saxes'
import type { Entry, ZipFile } from 'yauzl'

import { Complaint } from '../../errors/complaint.ts'

// What unpacks to more than this is no price list.
export const bytesMost = 250_000_000

export interface Element {
  name: string
  attributes: Record<string, string>
}

interface Handlers {
  open?: (element: Element) => void
  text?: (text: string) => void
  close?: (name: string) => void
}

/** Goes through a part of the workbook; gives way after each piece of it. Throws a Complaint where it is broken, or has no end. */
export async function* parsed(zip: ZipFile, entry: Entry | undefined, on: Handlers): AsyncGenerator<void> {
  if (!entry) return
  const parser = new SaxesParser()
  const bare = (name: string): string => name.slice(name.indexOf(':') + 1)
  parser.on('opentag', ({ name, attributes }) => on.open?.({ name: bare(name), attributes }))
  parser.on('text', (text) => on.text?.(text))
  parser.on('cdata', (text) => on.text?.(text))
  parser.on('closetag', ({ name }) => on.close?.(bare(name)))
  parser.on('error', (error) => {
    throw new Complaint(
      `${entry.fileName} in the workbook is broken (${error.message.slice(0, 80)}): save it anew.`,
    )
  })
  const decoder = new TextDecoder('utf-8')
  let bytes = 0
  for await (const piece of await zip.openReadStreamPromise(entry)) {
    bytes += (piece as Buffer).length
    // What a part says of its own size may be a lie.
    if (bytes > bytesMost) throw new Complaint(`${entry.fileName} in the workbook unpacks without end.`)
    parser.write(decoder.decode(piece as Buffer, { stream: true }))
    yield
  }
  parser.write(decoder.decode()).close()
  yield
}

/** Goes through a part to its end. */
export async function all(zip: ZipFile, entry: Entry | undefined, on: Handlers): Promise<void> {
  const going = parsed(zip, entry, on)
  while ((await going.next()).done !== true);
}
