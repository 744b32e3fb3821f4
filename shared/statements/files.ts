// A statement as files: PDF, CSV with every call, and JSON.

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { Database } from '../database/connect.ts'
import { csvLine } from '../text/csv.ts'
import { callsOf, dearestCalls, linesOf, readDocument } from './document.ts'
import type { Document, Line } from './paper/content.ts'
import { writePdf } from './paper/pdf.ts'

/** What the files of a statement are called, without the ending: its number, or of a draft whose it is. */
export function nameOf({ number, client_id, first_day, currency }: Document): string {
  return number ?? `draft-${first_day.slice(0, 7)}-client-${client_id}-${currency}`
}

/**
 * Writes the three files into a folder; each appears whole or not at all. Gives back the path of the PDF. The hash of the first PDF of an
 * issued statement is kept with it.
 */
export async function writeFiles(db: Database, id: number, folder: string): Promise<string> {
  await db.query('begin isolation level repeatable read read only')
  let document: Document
  let sha256: string
  try {
    document = await readDocument(db, id)
    const path = join(folder, nameOf(document))
    await whole(`${path}.csv`, (part) =>
      pipeline(Readable.from(callsAsCsv(db, document)), createWriteStream(part)),
    )
    await whole(`${path}.json`, (part) =>
      pipeline(Readable.from(asJson(db, document)), createWriteStream(part)),
    )
    sha256 = await whole(`${path}.pdf`, (part) => pdfInto(db, document, part))
  } finally {
    await db.query('commit').catch(() => undefined)
  }
  if (document.status !== 'draft' && document.pdf_sha256 === null)
    await db.query(
      `-- statement: the PDF as it was written first
      update statement set pdf_sha256 = $2 where id = $1 and pdf_sha256 is null`,
      [id, sha256],
    )
  return join(folder, `${nameOf(document)}.pdf`)
}

async function whole<Result>(path: string, write: (part: string) => Promise<Result>): Promise<Result> {
  const result = await write(`${path}.part`)
  await rename(`${path}.part`, path)
  return result
}

export type Kind = 'pdf' | 'csv' | 'json'

/** One of the three, piece by piece. Needs a transaction. Throws a Complaint when there is no such statement. */
export async function* pieces(db: Database, id: number, kind: Kind): AsyncGenerator<string | Uint8Array> {
  const document = await readDocument(db, id)
  if (kind === 'csv') yield* callsAsCsv(db, document)
  else if (kind === 'json') yield* asJson(db, document)
  else {
    const { stream, written } = await pdfOf(db, document)
    for await (const piece of stream) yield piece as Uint8Array
    await written
  }
}

async function pdfOf(db: Database, document: Document) {
  return writePdf({
    document,
    lines: (...what: Line['what'][]) => linesOf(db, document.id, what),
    dearest: await dearestCalls(db, document.id),
    callsFile: `${nameOf(document)}.csv`,
  })
}

async function pdfInto(db: Database, document: Document, path: string): Promise<string> {
  const hash = createHash('sha256')
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  const { stream, written } = await pdfOf(db, document)
  await Promise.all([pipeline(stream, hashing, createWriteStream(path)), written])
  return hash.digest('hex')
}

async function* callsAsCsv(db: Database, { id, time_zone, currency }: Document): AsyncGenerator<string> {
  yield csvLine([
    'what',
    'call',
    'decision',
    'began',
    'seconds',
    'caller',
    'number',
    'country',
    'kind',
    'code',
    'price per minute',
    'currency',
    'at master tariff',
    'costs',
    'billed here',
    'reason',
  ])
  const local = new Intl.DateTimeFormat('sv-SE', {
    dateStyle: 'short',
    timeStyle: 'medium',
    timeZone: time_zone,
  })
  for await (const call of callsOf(db, id))
    yield csvLine([
      call.what,
      String(call.call_id),
      String(call.nr),
      local.format(call.calldate),
      String(call.billable_sec),
      call.caller ?? '',
      call.number ?? '',
      call.country ?? '',
      call.kind ?? '',
      call.code ?? '',
      call.price,
      currency,
      call.what === 'correction' ? '' : call.at_master,
      call.total,
      call.net,
      call.what === 'correction' ? call.reason : '',
    ])
}

/** As docs/statement.schema.json describes. Amounts are text, so that no reader rounds them. */
async function* asJson(db: Database, document: Document): AsyncGenerator<string> {
  const { id, ...rest } = document
  const head = JSON.stringify({ statement: id, ...rest, logo: undefined, pdf_sha256: undefined }, null, 2)
  yield `${head.slice(0, -2)},\n  "lines": [`
  let comma = ''
  for await (const line of linesOf(db, id, everyKind)) {
    yield `${comma}\n    ${JSON.stringify(line)}`
    comma = ','
  }
  yield '\n  ]\n}\n'
}

const everyKind = ['calls', 'late', 'correction', 'fee', 'burst', 'tax', 'rounding', 'credit'] as const
