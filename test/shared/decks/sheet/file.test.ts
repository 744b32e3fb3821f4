import { readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { amountIn, codesIn, incrementsIn } from '../../../../shared/decks/sheet/cells.ts'
import type { Deck, DeckOptions, DeckRow } from '../../../../shared/decks/sheet/deck.ts'
import { newDeck, openDeck, rowsOf } from '../../../../shared/decks/sheet/file.ts'
import { Complaint } from '../../../../shared/errors/complaint.ts'

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) {
    yield await Promise.resolve(bytes.subarray(from, from + size))
  }
}

async function read(
  file: string | Uint8Array,
  options: Partial<DeckOptions> = {},
  size = 100_000,
): Promise<{ rows: DeckRow[]; deck: Deck }> {
  const deck = newDeck()
  const rows: DeckRow[] = []
  const bytes = typeof file === 'string' ? Buffer.from(file) : file
  for await (const some of rowsOf(piecesOf(bytes, size), { given: {}, ...options }, deck)) rows.push(...some)
  return { rows, deck }
}

const prices = ({ rows }: { rows: DeckRow[] }) =>
  Object.fromEntries(rows.map(({ code, price }) => [code, price]))
const errors = ({ deck }: { deck: Deck }) => deck.errors.first.map(({ line, text }) => `${line}: ${text}`)

describe('a code', () => {
  it.each([
    ['7495', ['7495'], 'digits'],
    [' +7 495 ', ['7495'], 'a plus and spaces'],
    ["'7495", ['7495'], 'the apostrophe of a spreadsheet'],
    ['^93.*', ['93'], 'a pattern'],
    ['^\\+93', ['93'], 'a pattern with an escaped plus'],
    ['93*', ['93'], 'a star'],
    ['*', [''], 'any number'],
    ['.*', [''], 'any number as a pattern'],
    ['9370-9373, 9378', ['9370', '9371', '9372', '9373', '9378'], 'a range and a list'],
    ['9370 – 9371;938', ['9370', '9371', '938'], 'a dash and a semicolon'],
    ['0098-0100', ['0098', '0099', '0100'], 'zeros in front'],
  ])('is read in %j: %s (%s)', (written, codes) => {
    expect(codesIn(written)).toEqual({ value: codes })
  })

  it.each([
    ['', 'has no code'],
    [',', 'is no code'],
    ['1.13E+11', 'its digits are lost'],
    ['1,13E+11', 'its digits are lost'],
    ['*97', 'is no code'],
    ['7495x', 'is no code'],
    ['7.495', 'is no code'],
    ['9373-9370', 'is not clear'],
    ['9370-73', 'is not clear'],
    ['100000-299999', 'more than 10,000 codes'],
    ['1234567890123456', 'more than 15 digits'],
  ])('is not guessed from %j: %s', (written, wrong) => {
    expect(codesIn(written)).toEqual({ wrong: expect.stringContaining(wrong) as string })
  })
})

describe('a price', () => {
  it.each([
    ['0.0123', '0.0123'],
    ['0,0123', '0.0123'],
    [' .5 ', '0.5'],
    ['5.', '5'],
    ['007', '007'],
    ['1.500000000', '1.5'],
    ['0.12345678', '0.12345678'],
    ['$0.0123', '0.0123'],
    ['0,05 €', '0.05'],
    ['USD 0.5', '0.5'],
    ['0.5 USD', '0.5'],
    ['£.02', '0.02'],
  ])('is read in %j: %s', (written, amount) => {
    expect(amountIn(written, 'price')).toMatchObject({ value: { amount } })
  })

  it.each([
    ['', 'has no price'],
    ['free', 'is no number'],
    ['.', 'is no number'],
    ['1,234.56', 'is no number'],
    ['1e-3', 'is no number'],
    ['$1€2', 'is no number'],
    ['-0.01', 'is negative'],
    ['0.123456789', 'more than 8 decimals'],
    ['1000000000000', 'is not under 10^12'],
  ])('is not guessed from %j: %s', (written, wrong) => {
    expect(amountIn(written, 'price')).toEqual({ wrong: expect.stringContaining(wrong) as string })
  })

  it('may come with increments', () => {
    expect(incrementsIn('60/1')).toEqual({ value: { first_sec: '60', step_sec: '1' } })
    expect(incrementsIn('6')).toEqual({ value: { first_sec: '6', step_sec: '6' } })
    expect(incrementsIn('60/0')).toHaveProperty('wrong')
  })
})

describe('a deck', () => {
  it.each([
    ['code,price\n7495,0.02', 'commas'],
    ['code;price\r\n7495;0.02\r\n', 'semicolons and carriage returns'],
    ['code\tprice\r7495\t0.02\r', 'tabs and carriage returns only'],
    ['\ufeffPrefix,Rate\n"7495","0.02"\n', 'a byte order mark and quotes'],
    ['rate_line.location_code,rate_line.rate\n7495,0.02\n', 'names with their table'],
    ['Destination;Dial Code;Rate (EUR/min)\nMoscow;7495;0,02\n', 'other words and decimal commas'],
    ['\n\nкод;цена\n7495;0,02\n;;\n\n', 'Russian words and empty lines'],
    ['code,price,note,\n7495,0.02,x,,\n', 'empty columns at the end'],
  ])('is read from %j (%s)', async (file) => {
    for (const size of [1, 7, 1_000]) {
      const found = await read(file, {}, size)
      expect(errors(found)).toEqual([])
      expect(found.rows.map(({ code, price }) => [code, Number(price)])).toEqual([['7495', 0.02]])
    }
  })

  it('is read in UTF-16 too', async () => {
    const file = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('code\tprice\n7495\t1\n', 'utf16le')])
    expect(prices(await read(file, {}, 3))).toEqual({ '7495': '1' })
  })

  it('has the columns its reader names, by name or number', async () => {
    const file = 'a,b,c\n1,7495,2\n'
    expect(prices(await read(file, { given: { code: 'B', price: '3' }, ignored: ['a'] }))).toEqual({
      '7495': '2',
    })
  })

  it('needs no header where all columns are given by number', async () => {
    expect(prices(await read('7495,Moscow,2\n7812,X,3\n', { given: { code: '1', price: '3' } }))).toEqual({
      '7495': '2',
      '7812': '3',
    })
  })

  it('may have a code that follows a dialled prefix', async () => {
    const inPlaceOf = (prefix: string) =>
      prefix === '8' ? { value: '7' } : { wrong: `prefix ${prefix} is not known` }
    const found = await read('dial prefix,code,price\n8,495,1\n810,44,2\n', { inPlaceOf })
    expect(prices(found)).toEqual({ '7495': '1' })
    expect(errors(found)).toEqual(['3: prefix 810 is not known'])
  })

  it('has its mistakes named by line', async () => {
    const file =
      'code,price,name\n1.13E+11,1,"two\nlines"\n7495,x,\n7812,0.1\n7813,0.1,a,b\n7814,"0,1",a\n7815,0.2,a\n'
    const found = await read(file)
    expect(errors(found)).toEqual([
      '2: code "1.13E+11" is no code: a spreadsheet has rounded it, its digits are lost',
      '4: price "x" is no number',
      '5: has 2 columns, the first line 3',
      '6: has 4 columns, the first line 3',
      '8: price "0.2" has a decimal point, line 7 a comma',
    ])
    expect(prices(found)).toEqual({ '7814': '0.1' })
  })

  it('keeps a long name, and says so', async () => {
    const found = await read(`code,price,name\n7495,1,${'x'.repeat(201)}\n`)
    expect(found.rows[0]?.description).toHaveLength(201)
    expect(found.deck.warnings.first).toEqual([
      { line: 2, text: expect.stringContaining('is longer than 200 characters') as string },
    ])
  })

  it('is refused as it was found in cdr_accounting', async () => {
    const file = readFileSync(new URL('../../../fixtures/decks/cdr_accounting_rates.csv', import.meta.url))
    const { deck } = await read(file)
    expect(deck.lines).toBe(9_409)
    expect(deck.errors.count).toBe(121)
  })

  it.each([
    ['empty', '', 'The file is empty.'],
    ['no columns', '\n\r\n\n', 'The file is empty.'],
    ['a header only', 'code,price\n', 'The file has a header, but no prices.'],
    ['words nobody knows', 'a,b\n7495,0.02\n', 'No column is known as the code'],
    ['no header', '7495,0.02\n', 'Say which one is, by its name or number, with --code-column'],
    ['two prices', 'code,price,rate\n7495,1,2\n', 'Which column is the price, "price" or "rate"?'],
    ['a quote that does not end', 'code,price\n7495,1\n7812,"2\n7813,3\n', 'A quote is opened in line 3'],
    ['a quote over many lines', `code,price\n7495,"${'1\n'.repeat(50_000)}`, 'a quote in it is never closed'],
    ['one long line', 'x'.repeat(1_000_000), 'Line 1 is longer than 64 kB'],
    ['zero bytes', 'code,price\n7495,1\n\0\0', 'no text but binary'],
    ['bytes that are no text', Buffer.from([0x63, 0x6f, 0xff, 0x00, 0x01]), 'not text in UTF-8'],
  ])('ends with a sentence for %s', async (_, file, sentence) => {
    await expect(read(file)).rejects.toThrow(Complaint)
    await expect(read(file)).rejects.toThrow(sentence)
  })

  it.each([
    ['/nowhere/deck.csv', 'There is no file /nowhere/deck.csv.'],
    [tmpdir(), 'is a directory, not a file.'],
  ])('ends with a sentence where there is no file: %s', async (path, sentence) => {
    await expect(openDeck(path)).rejects.toThrow(sentence)
  })

  it('of one line of 300 MB takes no more memory than another', async () => {
    const path = join(tmpdir(), `paidcalls-long-${process.pid}.csv`)
    writeFileSync(path, Buffer.alloc(300_000_000, 'a'))
    try {
      const before = process.memoryUsage().rss
      const { bytes } = await openDeck(path)
      const deck = newDeck()
      await expect(rowsOf(bytes, { given: {} }, deck).next()).rejects.toThrow('Line 1 is longer than 64 kB')
      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
    } finally {
      unlinkSync(path)
    }
  })

  it('of any bytes gives prices or a Complaint, and nothing else', async () => {
    const alphabet = [
      'code',
      'price',
      ',',
      ';',
      '\t',
      '"',
      '\n',
      '\r',
      '7',
      '495',
      '0.1',
      '-',
      '*',
      '^',
      '+',
      ' ',
      'é',
      '\0',
    ]
    const written = fc
      .array(fc.constantFrom(...alphabet), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join('')))
    const headed = written.map((rest) => Buffer.concat([Buffer.from('code,price,name\n'), rest]))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), written, headed),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, size) => {
          const outcome = await read(bytes, {}, size).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Complaint)
          else {
            for (const { code, price } of (outcome as { rows: DeckRow[] }).rows) {
              expect(code).toMatch(/^\d{0,15}$/)
              expect(price).toMatch(/^\d{1,12}(\.\d{1,8})?$/)
            }
          }
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
