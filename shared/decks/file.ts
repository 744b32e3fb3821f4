// Reads a rate deck piece by piece: bytes become text, text becomes lines. Holds no more than a line and a piece of the file.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { TextDecoder } from 'node:util'

import { CsvError, Parser } from 'csv-parse'

import { Complaint } from '../errors/complaint.ts'
import { codeOf } from '../errors/whose-fault.ts'
import { noProblems } from './problems.ts'
import { createRowReader } from './rows.ts'
import type { Deck, DeckOptions, DeckRow } from './rows.ts'

const lineMost = 64 * 1024
const pieceBytes = 128 * 1024

/** A deck of which nothing is read yet. */
export function newDeck(): Deck {
  return { columns: undefined, names: [], lines: 0, errors: noProblems(), warnings: noProblems() }
}

/** The bytes of a file and how many there are; `seen` is told how many were read. Throws a Complaint where there is no such file. */
export async function openDeck(
  path: string,
  seen: (bytes: number) => void = () => undefined,
): Promise<{ size: number; bytes: AsyncIterable<Uint8Array> }> {
  const found = await stat(path).catch((error: unknown) => cannotBeRead(path, error))
  if (found.isDirectory()) throw new Complaint(`${path} is a directory, not a file.`)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
        // A file that is read without an encoding comes as buffers.
        const buffer = piece as Buffer
        seen(buffer.length)
        yield buffer
      }
    } catch (error) {
      cannotBeRead(path, error)
    }
  }
  return { size: found.size, bytes: bytes() }
}

function cannotBeRead(path: string, error: unknown): never {
  const code = codeOf(error) ?? 'for a reason unknown'
  if (code === 'ENOENT') throw new Complaint(`There is no file ${path}.`)
  throw new Complaint(`${path} cannot be read (${code}).`)
}

/**
 * The prices of a deck, some at a time. A line with a mistake is left out, and the mistake noted in `deck`.
 * Throws a Complaint where the bytes are no deck at all.
 */
export async function* rowsOf(
  bytes: AsyncIterable<Uint8Array>,
  options: DeckOptions,
  deck: Deck,
): AsyncGenerator<DeckRow[]> {
  const read = createRowReader(options, deck)
  let rows: DeckRow[] = []
  let lines: ReturnType<typeof createLines> | undefined
  // The first line decides how the others are read.
  let head = ''
  const take = async (text: string, last: boolean): Promise<DeckRow[]> => {
    head += text
    if (!lines && !last && head.length < lineMost && !/[^\n]\n/.test(head)) return []
    lines ??= createLines(options.delimiter ?? delimiterIn(head), (cells, line) => {
      for (const row of read(cells, line)) rows.push(row)
    })
    const piece = head
    head = ''
    await lines.take(piece, last)
    const taken = rows
    rows = []
    return taken
  }
  for await (const text of linesOf(textOf(bytes))) yield await take(text, false)
  yield await take('', true)
  if (!deck.columns) throw new Complaint('The file is empty.')
  if (deck.lines === 0) throw new Complaint('The file has a header, but no prices.')
}

/** Gives lines to `each` as they become whole, with the number each begins at. Throws a Complaint where quotes do not end. */
function createLines(delimiter: string, each: (cells: readonly string[], line: number) => void) {
  let next = 1
  const parser = new Parser({
    delimiter,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: lineMost,
    // Rows are taken here and then: nothing is kept in the stream.
    on_record: (cells: string[], { lines }) => {
      // Line ends within quotes belong to the record; where the lines go on one by one there are none.
      const within = lines === next ? 0 : cells.reduce((ends, cell) => ends + cell.split('\n').length - 1, 0)
      each(cells, lines - within)
      next = lines + 1
      return null
    },
  })
  // What fails is told to who wrote.
  parser.on('error', () => undefined)
  parser.resume()
  return {
    take: (text: string, last: boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        const done = (error?: Error | null): void => {
          if (error) reject(complaintFor(error, next))
          else resolve()
        }
        if (last) parser.end(text, done)
        else parser.write(text, done)
      }),
  }
}

function complaintFor(error: Error, line: number): Error {
  if (!(error instanceof CsvError)) return error
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return new Complaint(`A quote is opened in line ${line} or later and never closed.`)
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return new Complaint(
      `Line ${line} is longer than ${lineMost / 1024} kB, or a quote in it is never closed: this is no deck.`,
    )
  }
  return new Complaint(`Line ${line} cannot be read: ${error.message}.`)
}

/** Every line ends with a line feed, whichever way it ended. */
async function* linesOf(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let kept = ''
  for await (const text of texts) {
    const whole = kept + text
    // A line feed may follow with the next piece.
    kept = whole.endsWith('\r') ? '\r' : ''
    yield whole.slice(0, whole.length - kept.length).replace(/\r\n?/g, '\n')
  }
  if (kept !== '') yield '\n'
}

/** UTF-8, or UTF-16 where the file says so, without the mark at its beginning. Throws a Complaint for anything else. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  let first = Buffer.alloc(0)
  const decode = (piece: Uint8Array | undefined): string => {
    try {
      const text = decoder?.decode(piece, { stream: piece !== undefined }) ?? ''
      if (text.includes('\0')) throw new Complaint('The file is no text but binary.')
      return text
    } catch (error) {
      if (error instanceof Complaint) throw error
      throw new Complaint('The file is not text in UTF-8: save it as CSV UTF-8.')
    }
  }
  for await (const piece of bytes) {
    if (decoder) {
      yield decode(piece)
      continue
    }
    first = Buffer.concat([first, piece])
    if (first.length < 4) continue
    decoder = decoderFor(first)
    yield decode(first)
  }
  if (!decoder) {
    decoder = decoderFor(first)
    yield decode(first)
  }
  yield decode(undefined)
}

function decoderFor(first: Buffer): TextDecoder {
  if (first.toString('latin1', 0, 4) === 'PK\u0003\u0004') {
    throw new Complaint('The file is a spreadsheet or an archive: save it as CSV.')
  }
  const utf16 = first[0] === 0xff && first[1] === 0xfe
  return new TextDecoder(utf16 ? 'utf-16le' : 'utf-8', { fatal: true })
}

/** The delimiter the first line has most of, outside of quotes; of equals the rarer sign in numbers and names. */
function delimiterIn(head: string): string {
  const [line = ''] = head.replace(/^\n+/, '').split('\n', 1)
  const bare = line.replace(/"[^"]*"/g, '')
  const counts = ['\t', ';', '|', ','].map((sign) => ({ sign, count: bare.split(sign).length }))
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).sign
}
