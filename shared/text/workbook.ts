// Rows as a workbook of Office Open XML (ECMA-376), written as they come: one sheet, texts as they are, figures as figures.

import { PassThrough, Readable } from 'node:stream'

import { ZipFile } from 'yazl'

import { ahead } from './ahead.ts'
import { escaped } from './html.ts'

/** A figure is what a spreadsheet can add up; its digits are those that are written here. */
export type Cell = string | { number: string }

// A sheet has no more.
const rowsMost = 1_048_576
// More digits than a spreadsheet keeps: then it is a text, whole.
const figure = /^-?(?=[\d.]{1,16}$)\d+(\.\d+)?$/

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const relationships = 'http://schemas.openxmlformats.org/package/2006/relationships'
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

const partsAround = (sheet: string): Readonly<Record<string, string>> => ({
  '[Content_Types].xml': `${xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
  '_rels/.rels': `${xml}<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  'xl/workbook.xml': `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="${escaped(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  'xl/_rels/workbook.xml.rels': `${xml}<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
})

/** A text is never taken for a formula: it is no formula by its kind. */
const cellOf = (cell: Cell): string => {
  const text = typeof cell === 'string' ? cell : cell.number
  if (text === '') return '<c/>'
  return typeof cell === 'object' && figure.test(text)
    ? `<c><v>${text}</v></c>`
    : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`
}

async function* sheetOf(rows: AsyncIterable<readonly Cell[]>): AsyncGenerator<string> {
  yield `${xml}<worksheet xmlns="${main}"><sheetData>`
  let [written, waiting] = [0, '']
  for await (const row of rows) {
    if (++written === rowsMost) {
      waiting += `<row>${cellOf('There are more rows than a sheet holds: CSV has all.')}</row>`
      break
    }
    waiting += `<row>${row.map(cellOf).join('')}</row>`
    if (waiting.length < 65_536) continue
    yield waiting
    waiting = ''
  }
  yield `${waiting}</sheetData></worksheet>`
}

/** The bytes of the file, piece by piece. */
export async function* workbook(
  sheet: string,
  rows: AsyncIterable<readonly Cell[]>,
): AsyncGenerator<Uint8Array> {
  // Headings are no answer yet.
  const texts = Readable.from(sheetOf(await ahead(rows, 2)))
  const zip = new ZipFile()
  const out = new PassThrough()
  texts.on('error', (error) => out.destroy(error))
  // Who has stopped reading hears of no error any more.
  out.on('error', () => undefined)
  zip.on('error', (error: Error) => out.destroy(error))
  zip.outputStream.pipe(out)
  for (const [path, text] of Object.entries(partsAround(sheet))) zip.addBuffer(Buffer.from(text), path)
  zip.addReadStream(texts, 'xl/worksheets/sheet1.xml')
  zip.end()
  try {
    for await (const piece of out) yield piece as Uint8Array
  } finally {
    texts.destroy()
  }
}
