import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'
import { ZipFile } from 'yazl'

import type { DeckOptions } from '../../../../shared/decks/sheet/deck.ts'
import { isWorkbookFile, newDeck, rowsOfSheet } from '../../../../shared/decks/sheet/file.ts'
import { sheetRows } from '../../../../shared/decks/sheet/workbook.ts'

const folder = mkdtempSync(join(tmpdir(), 'paidcalls-workbook-'))
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/decks/workbooks/${name}`, import.meta.url))
let names = 0

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

async function cellsOf(path: string, sheet?: string): Promise<string[][]> {
  const all: string[][] = []
  for await (const rows of sheetRows(path, sheet)) all.push(...rows.map(({ cells }) => cells))
  return all
}

async function load(path: string, options: Partial<DeckOptions> = {}): Promise<string[]> {
  const deck = newDeck()
  const found: string[] = []
  for await (const rows of rowsOfSheet(sheetRows(path, undefined), { given: {}, ...options }, deck))
    found.push(
      ...rows.map(
        ({ line, code, price, first_sec, step_sec }) =>
          `${line}: ${code} ${price} ${first_sec ?? ''}/${step_sec ?? ''}`,
      ),
    )
  return [...found, ...deck.errors.first.map(({ line, text }) => `${line}: ${text}`)]
}

/** A workbook of these files. */
async function zipped(files: Record<string, string | Buffer>): Promise<string> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name)
  zip.end()
  const path = join(folder, `${names++}.xlsx`)
  await pipeline(zip.outputStream, createWriteStream(path))
  return path
}

const workbook = `<workbook xmlns:r="x"><sheets><sheet name="Rates" sheetId="1" r:id="rId1"/></sheets></workbook>`
const rels = `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`
const around = (rows: string): Record<string, string> => ({
  'xl/workbook.xml': workbook,
  'xl/_rels/workbook.xml.rels': rels,
  'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
})

describe('a price list in a workbook', () => {
  it('is read below its title: numbers without their noise, days as days, empty cells where they are', async () => {
    expect(await isWorkbookFile(fixture('carrier.xlsx'))).toBe(true)
    expect((await cellsOf(fixture('carrier.xlsx'))).slice(1)).toEqual([
      ['Destination', 'Country Code', 'Area Code', 'Rate, USD', 'Effective', 'Increment'],
      ['United Kingdom', '44', '', '0.012', '2026-12-01', '1/1'],
      ['United Kingdom, mobile', '44', '77, 78', '0.3', '2026-12-01', '1/1'],
      ['Russia, Moscow', '7', '495', '0.0015', '2026-11-01', '60/60'],
      ['Germany, Berlin', '49', '30', '12', '2026-12-01', '30/6'],
    ])
  })

  it('becomes prices as a CSV does, with the numbers of its rows', async () => {
    const given = { code: 'Area Code', country_code: 'Country Code', date: 'Effective' }
    expect(await load(fixture('carrier.xlsx'), { given, from: '2026-12-01', currency: 'USD' })).toEqual([
      '5: 4477 0.3 1/1',
      '5: 4478 0.3 1/1',
      '6: 7495 0.0015 60/60',
      '7: 4930 12 30/6',
      '4: has no code',
    ])
  })

  it('is asked for its sheet where there are several', async () => {
    await expect(cellsOf(fixture('two-sheets.xlsx'))).rejects.toThrow(
      /^Which sheet of .*two-sheets\.xlsx\? Say it with --sheet: there are "A-Z", "USA"\.$/,
    )
    expect(await cellsOf(fixture('two-sheets.xlsx'), 'a-z')).toEqual([
      ['Code', 'Rate'],
      ['44', '0.01'],
    ])
  })

  it('keeps texts that stand in their cells, and none of the rest', async () => {
    const path = await zipped(
      around(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Code</t></is></c><c r="B1" t="str"><f>A1</f><v>Rate</v></c></row>' +
          '<row r="2"><c r="A2"><v>4.4E1</v></c><c r="B2"><v>1.0000000000000001E-2</v></c></row>',
      ),
    )
    expect(await cellsOf(path)).toEqual([
      ['Code', 'Rate'],
      ['44', '0.01'],
    ])
  })

  it.each<[what: string, files: Record<string, string>, sentence: RegExp]>([
    [
      'an archive of something else',
      { 'a.txt': 'x' },
      /is an archive, and no XLSX workbook: save it as XLSX or CSV\.$/,
    ],
    [
      'a sheet that is broken',
      around('<row><c></row>'),
      /^xl\/worksheets\/sheet1\.xml in the workbook is broken/,
    ],
    [
      'entities that grow',
      {
        ...around(''),
        'xl/worksheets/sheet1.xml': '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>',
      },
      /is broken/,
    ],
    [
      'a row without end',
      around('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'),
      /^Row 1 is wider than any price list\.$/,
    ],
  ])('is refused with a sentence: %s', async (_, files, sentence) => {
    await expect(cellsOf(await zipped(files))).rejects.toThrow(sentence)
  })

  it('that unpacks to more than any price list is refused before it is read', async () => {
    const path = await zipped({ ...around(''), 'xl/sharedStrings.xml': Buffer.alloc(260_000_000, ' ') })
    await expect(cellsOf(path)).rejects.toThrow(/unpacks to \d+ MB: no price list is so large\.$/)
  })
})
