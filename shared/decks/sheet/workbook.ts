// The rows of a sheet of an XLSX workbook (ECMA-376, part 1), one after another as they are unzipped: no more than a row and the
// texts that cells share are held.

import { openPromise } from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'

import { Complaint } from '../../errors/complaint.ts'
import { shown } from './cells.ts'
import { all, bytesMost } from './workbook-part.ts'
import { rowsOfPart } from './workbook-rows.ts'
import type { Row } from './workbook-rows.ts'

const textsMost = 64 * 1024 * 1024
const [builtInDates, builtInTimes] = [
  [14, 15, 16, 17, 22],
  [18, 19, 20, 21, 45, 46, 47],
]

/** Whether a file begins as a zip archive does. */
export function isWorkbook(first: Uint8Array): boolean {
  return Buffer.from(first.subarray(0, 4)).toString('latin1') === 'PK\u0003\u0004'
}

/**
 * Rows of the sheet named, or of the only one that is not hidden; cells as text: numbers with 15 digits as spreadsheets keep them, days as
 * 2026-12-01. Throws a Complaint for what is no workbook, and where it must be said which sheet.
 */
export async function* sheetRows(path: string, sheet: string | undefined): AsyncGenerator<Row[]> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(() => refuse(path))
  try {
    const entries = await entriesOf(zip, path)
    const part = await partOf(zip, entries, path, sheet)
    const dates = await dateStyles(zip, entries)
    const texts = await sharedTexts(zip, entries, path)
    yield* rowsOfPart(zip, part, texts, dates)
  } finally {
    zip.close()
  }
}

function refuse(path: string): never {
  throw new Complaint(`${path} is an archive, and no XLSX workbook: save it as XLSX or CSV.`)
}

async function entriesOf(zip: ZipFile, path: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>()
  let bytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      bytes += entry.uncompressedSize
      entries.set(entry.fileName, entry)
    }
  } catch {
    refuse(path)
  }
  if (!entries.has('xl/workbook.xml')) refuse(path)
  if (bytes > bytesMost)
    throw new Complaint(`${path} unpacks to ${Math.round(bytes / 1e6)} MB: no price list is so large.`)
  return entries
}

async function partOf(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  path: string,
  wanted: string | undefined,
): Promise<Entry> {
  const sheets: { name: string; id: string; hidden: boolean }[] = []
  await all(zip, entries.get('xl/workbook.xml'), {
    open: ({ name, attributes }) => {
      if (name !== 'sheet') return
      sheets.push({
        name: attributes['name'] ?? '',
        id: attributes['r:id'] ?? Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '',
        hidden: (attributes['state'] ?? 'visible') !== 'visible',
      })
    },
  })
  const targets = new Map<string, string>()
  await all(zip, entries.get('xl/_rels/workbook.xml.rels'), {
    open: ({ attributes }) => targets.set(attributes['Id'] ?? '', attributes['Target'] ?? ''),
  })
  const shownOnes = sheets.filter(({ hidden }) => !hidden)
  const found =
    wanted === undefined
      ? shownOnes
      : sheets.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  const [only] = found
  if (!only || found.length > 1)
    throw new Complaint(
      `Which sheet of ${path}? Say it with --sheet: there are ${sheets.map(({ name }) => shown(name)).join(', ')}.`,
    )
  const target = targets.get(only.id) ?? ''
  const entry = entries.get(target.startsWith('/') ? target.slice(1) : `xl/${target}`)
  return entry ?? refuse(path)
}

/** Which styles of cells are days. */
async function dateStyles(zip: ZipFile, entries: ReadonlyMap<string, Entry>): Promise<ReadonlySet<number>> {
  const custom = new Map<number, string>()
  const styles: number[] = []
  let inCells = false
  await all(zip, entries.get('xl/styles.xml'), {
    open: ({ name, attributes }) => {
      if (name === 'numFmt') custom.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '')
      if (name === 'cellXfs') inCells = true
      if (name === 'xf' && inCells) styles.push(Number(attributes['numFmtId'] ?? 0))
    },
    close: (name) => {
      if (name === 'cellXfs') inCells = false
    },
  })
  const isDate = (format: number): boolean =>
    [...builtInDates, ...builtInTimes].includes(format) ||
    /[ymdhs]/i.test(
      (custom.get(format) ?? '').replace(/"[^"]*"|\[[^\]]*\]|\\./g, '').replace(/general/gi, ''),
    )
  return new Set(styles.flatMap((format, style) => (isDate(format) ? [style] : [])))
}

async function sharedTexts(
  zip: ZipFile,
  entries: ReadonlyMap<string, Entry>,
  path: string,
): Promise<string[]> {
  const texts: string[] = []
  let [text, inText, inPhonetic, length] = ['', false, false, 0]
  await all(zip, entries.get('xl/sharedStrings.xml'), {
    open: ({ name }) => {
      if (name === 'si') text = ''
      if (name === 'rPh') inPhonetic = true
      inText = name === 't' && !inPhonetic
    },
    text: (more) => {
      if (!inText) return
      text += more
      length += more.length
      if (length > textsMost)
        throw new Complaint(`${path} holds more than 64 MB of text: no price list is so large.`)
    },
    close: (name) => {
      if (name === 't') inText = false
      if (name === 'rPh') inPhonetic = false
      if (name === 'si') texts.push(text)
    },
  })
  return texts
}
