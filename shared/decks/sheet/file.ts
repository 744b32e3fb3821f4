// Reads a rate deck piece by piece: bytes become text, text becomes lines. Holds no more than a line and a piece of the file.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

import { CsvError, Parser } from 'csv-parse'

import { Complaint } from '../../errors/complaint.ts'
import { codeOf } from '../../errors/whose-fault.ts'
import type { Deck, DeckOptions, DeckRow } from './deck.ts'
import { noProblems } from './problems.ts'
import { createRowReader } from './rows.ts'
import { linesOf, textOf } from './text.ts'
import { isWorkbook } from './workbook.ts'

const lineMost = 64 * 1024
const pieceBytes = 128 * 1024
const linesLookedAt = 20

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

/** Whether the file is a workbook, and no text. */
export async function isWorkbookFile(path: string): Promise<boolean> {
  for await (const piece of createReadStream(path, { end: 3 })) return isWorkbook(piece as Buffer)
  return false
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
  yield* pricesIn(bytes, options, read)
  checkRead(deck)
}

/** The same of the rows of a workbook. */
export async function* rowsOfSheet(
  sheet: AsyncIterable<readonly { line: number; cells: readonly string[] }[]>,
  options: DeckOptions,
  deck: Deck,
): AsyncGenerator<DeckRow[]> {
  const read = createRowReader(options, deck)
  for await (const rows of sheet) yield rows.flatMap(({ cells, line }) => read(cells, line))
  checkRead(deck)
}

function checkRead(deck: Deck): void {
  if (!deck.columns) throw deck.noHeadings ?? new Complaint('The file is empty.')
  if (deck.lines === 0) throw new Complaint('The file has a header, but no prices.')
}

async function* pricesIn(
  bytes: AsyncIterable<Uint8Array>,
  options: DeckOptions,
  read: ReturnType<typeof createRowReader>,
): AsyncGenerator<DeckRow[]> {
  let rows: DeckRow[] = []
  let lines: ReturnType<typeof createLines> | undefined
  // The first lines decide how the others are read: above the headings may stand a title.
  let head = ''
  const take = async (text: string, last: boolean): Promise<DeckRow[]> => {
    head += text
    if (!lines && !last && head.length < lineMost && head.split('\n').length <= linesLookedAt) return []
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

/** The delimiter by which most of the first lines have as many columns, outside of quotes; of equals that of more columns. */
function delimiterIn(head: string): string {
  const lines = head
    .split('\n', linesLookedAt)
    .map((line) => line.replace(/"[^"]*"/g, ''))
    .filter((line) => line.trim() !== '')
  const scores = ['\t', ';', '|', ','].map((sign) => {
    const widths = lines.map((line) => line.split(sign).length).filter((width) => width > 1)
    const alike = (width: number): number => widths.filter((other) => other === width).length
    const width = widths.reduce((best, one) => (alike(one) > alike(best) ? one : best), widths[0] ?? 1)
    return { sign, alike: alike(width), width }
  })
  return scores.reduce((best, one) =>
    one.alike > best.alike || (one.alike === best.alike && one.width > best.width) ? one : best,
  ).sign
}
