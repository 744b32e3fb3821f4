import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { DeckOptions, DeckRow } from '../../../../shared/decks/sheet/deck.ts'
import { newDeck, rowsOf } from '../../../../shared/decks/sheet/file.ts'
import { units } from '../../../../shared/decks/sheet/unit.ts'

const folder = new URL('../../../fixtures/decks/found/', import.meta.url)

interface Sheet {
  file: string
  args: string[]
  /** `code price [fee F] [first/step]`; none: only a refusal is right. */
  rows: string[]
}

/** What a sheet says, or why it is refused. */
async function load(
  text: string | Buffer,
  options: Partial<DeckOptions> = {},
): Promise<{ rows: string[] } | { refused: string }> {
  const deck = newDeck()
  const rows: DeckRow[] = []
  const bytes = (async function* () {
    yield await Promise.resolve(Buffer.from(text))
  })()
  try {
    for await (const some of rowsOf(bytes, { given: {}, ...options }, deck)) rows.push(...some)
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
  const [first] = deck.errors.first
  if (first) return { refused: `line ${first.line}: ${first.text}` }
  return {
    rows: rows.map(({ code, price, connect_fee, first_sec, step_sec }) =>
      [
        `${code} ${price.replace(/(\.\d*?)0+$/, '$1')}`,
        ...(connect_fee === null || connect_fee === '0' ? [] : [`fee ${connect_fee}`]),
        ...(first_sec === null ? [] : [`${first_sec}/${step_sec ?? ''}`]),
      ].join(' '),
    ),
  }
}

describe('a price sheet as carriers send it', () => {
  // Written by hand beside this test.
  const sheets = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as Sheet[]

  it.each(sheets)(
    '$file is loaded as it is meant, or refused with a sentence',
    async ({ file, args, rows }) => {
      const at = args.indexOf('--code-column')
      const given = at < 0 ? {} : { code: args[at + 1] ?? '' }
      const loaded = await load(readFileSync(new URL(file, folder), 'utf8'), { given })
      if ('refused' in loaded) expect(loaded.refused).toMatch(/write|say|take it out|convert|bring/i)
      else expect(loaded.rows).toEqual(rows)
    },
  )

  it.each<[heading: string, cell: string]>([
    ['Surcharge', '0.5'],
    ['Minimum charge', '0.02'],
    ['Status', 'Blocked'],
    ['Direction', 'inbound'],
    ['Effective Date', '2026-12-15'],
    ['Expiry', '2026-12-31'],
    ['Time Band', 'Peak'],
    ['Off-Peak Rate', '0.01'],
    ['Currency', 'USD'],
    ['Unit', 'per second'],
    ['Discount', '5%'],
    ['VAT', '20 %'],
    ['Country Code', '44'],
    ['Action', 'Delete'],
    ['Rate 2', '0.03'],
    ['Grace', '3'],
    ['', '0.01'],
    ['Надбавка', '0,5'],
    ['Zuschlag', '0,5'],
    ['Frais', '0.05'],
  ])('is refused for a column %j that says %j', async (heading, cell) => {
    const loaded = await load(`Destination;Code;Rate;${heading}\nUK;44;0.02;${cell}\n`)
    if (/rate/i.test(heading)) expect('refused' in loaded).toBe(true)
    else if (heading === '')
      expect(loaded).toEqual({
        refused: expect.stringContaining('a column without a heading says') as string,
      })
    else
      expect(loaded).toEqual({
        refused: expect.stringContaining(`column ${JSON.stringify(heading)} says`) as string,
      })
  })

  it.each<[heading: string, cell: string]>([
    ['Comment', 'new routes'],
    ['ISO', 'GB'],
    ['Operator', 'EE'],
    ['Country', 'United Kingdom'],
    ['Surcharge', '0.00'],
    ['Connection fee, other', ''],
    ['Discount', '-'],
  ])('is loaded with a column %j that says %j', async (heading, cell) => {
    const loaded = await load(`Destination;Code;Rate;${heading}\nUK;44;0.02;${cell}\n`)
    expect(loaded).toEqual({ rows: ['44 0.02'] })
  })

  it('is loaded when a person says that the column bears on no price', async () => {
    const sheet = 'Destination,Code,Rate,Quality\nUK,44,0.02,Gold\n'
    expect(await load(sheet)).toHaveProperty('refused')
    expect(await load(sheet, { ignored: ['quality'] })).toEqual({ rows: ['44 0.02'] })
    expect(await load(sheet, { ignored: ['Qualtiy'] })).toEqual({
      refused: 'There is no column "Qualtiy" to ignore.',
    })
  })

  it('of North America has its 1 put in front', async () => {
    const sheet = 'NPA-NXX,State,Rate\n201-555,NJ,0.002\n'
    expect(await load(sheet, { given: { code: 'NPA-NXX' }, codeBegins: '1' })).toEqual({
      rows: ['1201555 0.002'],
    })
  })

  it.each([
    ['Rate per second', '0.0002', '0.012'],
    ['Rate/sec', '0.00020833', '0.0124998'],
    ['Price (cents)', '2', '0.02'],
    ['Rate in cents per minute', '1.25', '0.0125'],
    ['Rate per hour', '1.2', '0.02'],
    ['Цена коп/мин', '150', '1.5'],
    ['Цена руб за сек', '0.02', '1.2'],
  ])('has prices in the unit that their heading names: %s', async (heading, price, perMinute) => {
    expect(
      await load(`Destination,Code,${heading}\nUK,44,${price}\n`, { given: { price: heading } }),
    ).toEqual({
      rows: [`44 ${perMinute}`],
    })
  })

  it('has prices in the unit that a person names', async () => {
    const sheet = 'Destination,Code,Rate\nUK,44,0.0002\n'
    expect(await load(sheet, { pricesPer: units.get('second') })).toEqual({ rows: ['44 0.012'] })
    expect(await load(sheet, { pricesPer: units.get('second in cents') })).toEqual({ rows: ['44 0.00012'] })
    expect(await load(sheet, { pricesPer: units.get('hour') })).toEqual({
      refused: 'line 2: price "0.0002" per hour is no price per minute of 8 decimals: convert it',
    })
  })

  it.each([
    ['Rate per call', '0.5'],
    ['Price per 30', '0.5'],
    ['Цена за вызов', '0.5'],
  ])('is refused for prices that are none of a time: %s', async (heading, price) => {
    expect(await load(`Code,${heading}\n44,${price}\n`, { given: { price: heading } })).toEqual({
      refused: expect.stringContaining('is no price per minute') as string,
    })
  })

  it('may have a title above its headings, and commas in it', async () => {
    const sheet =
      'Rates, valid from December 1, 2026\n\nCarrier Ltd;;\nDestination;Code;Rate\nUK, mobile, O2, EE;447;0,02\n'
    expect(await load(sheet)).toEqual({ rows: ['447 0.02'] })
    expect(await load(`${'title\n'.repeat(20)}Code,Rate\n44,1\n`)).toEqual({
      refused: expect.stringContaining('its first line says "title"') as string,
    })
  })

  it.each(['utf-16le', 'utf-16be'])('may be written in %s', async (encoding) => {
    const bytes = Buffer.from('\ufeffCode;Rate\n44;0.02\n', 'utf16le')
    expect(await load(encoding === 'utf-16le' ? bytes : bytes.swap16())).toEqual({ rows: ['44 0.02'] })
  })

  it('says its currency beside a price, which is that of the plan', async () => {
    expect(await load('Code,Rate\n44,$0.02\n', { currency: 'USD' })).toEqual({ rows: ['44 0.02'] })
    expect(await load('Code,Rate\n44,$0.02\n', { currency: 'CAD' })).toEqual({ rows: ['44 0.02'] })
    expect(await load('Code,Rate\n44,0.02 EUR\n', { currency: 'EUR' })).toEqual({ rows: ['44 0.02'] })
    expect(await load('Code,Rate\n44,€0.02\n', { currency: 'USD' })).toEqual({
      refused: 'line 2: price "€0.02" is in another currency than the plan, USD',
    })
    expect(await load('Code,Rate,Currency\n44,0.02,usd\n', { currency: 'USD' })).toEqual({
      rows: ['44 0.02'],
    })
    expect(await load('Code,Rate,Currency\n44,0.02,EUR\n', { currency: 'USD' })).toEqual({
      refused: 'line 2: is in "EUR", and the plan in USD',
    })
  })

  it.each(['Rate incl. VAT', 'Price (gross)', 'Цена с НДС', 'Rate VAT included'])(
    'has no tax in its prices: %s',
    async (heading) => {
      expect(await load(`Code,${heading}\n44,1\n`)).toEqual({
        refused: `Column ${JSON.stringify(heading)} has tax in it, and the prices of a plan have none: take it out, or name the column with --price-column if it is none.`,
      })
      expect(await load(`Code,${heading}\n44,1\n`, { given: { price: heading } })).toEqual({ rows: ['44 1'] })
    },
  )

  it('is in the currency that the heading of its prices names', async () => {
    expect(await load('Code,Rate (EUR/min)\n44,1\n', { currency: 'EUR' })).toEqual({ rows: ['44 1'] })
    expect(await load('Code,Rate €\n44,1\n', { currency: 'EUR' })).toEqual({ rows: ['44 1'] })
    expect(await load('Code,New Rate NEW\n44,1\n', { currency: 'EUR' })).toEqual({ rows: ['44 1'] })
    expect(await load('Code,Rate (EUR/min)\n44,1\n', { currency: 'USD' })).toEqual({
      refused: 'Column "Rate (EUR/min)" is in EUR, and the plan in USD.',
    })
    expect(await load('Code,Rate £\n44,1\n', { currency: 'USD' })).toEqual({
      refused: 'Column "Rate £" is in £, and the plan in USD.',
    })
  })

  it('has its country code put in front of its area code', async () => {
    const given = { code: 'Area', country_code: 'Country Code' }
    expect(await load('Country Code,Area,Rate\n44,"20, 161",0.02\n+39,06,0.03\n', { given })).toEqual({
      rows: ['4420 0.02', '44161 0.02', '3906 0.03'],
    })
    expect(await load('Country Code,Area,Rate\n49,030,0.02\n', { given })).toEqual({
      refused:
        'line 2: area code "030" behind country code 49 begins with 0: write it as it is dialled from abroad',
    })
    expect(await load('Country Code,Area,Rate\nGB,20,0.02\n', { given })).toEqual({
      refused: 'line 2: country code "GB" is no country code such as 44',
    })
  })

  it('holds from a day of its own a line, which must have come when the deck is to hold', async () => {
    const terms = { given: { date: 'Effective' }, from: '2026-12-01' }
    const sheet = (day: string): string => `Code,Rate,Effective\n44,0.02,${day}\n`
    for (const day of ['2026-12-01', '2026/11/15', '15.11.2026', '11/30/2026', '01/01/2026'])
      expect(await load(sheet(day), terms)).toEqual({ rows: ['44 0.02'] })
    expect(await load(sheet('2026-12-15'), terms)).toEqual({
      refused:
        'line 2: holds from 2026-12-15 on, later than --from 2026-12-01: put such lines into a file of their own',
    })
    expect(await load(sheet('05/12/2026'), terms)).toEqual({
      refused: 'line 2: date "05/12/2026" can be read in two ways: say --date-order day or month',
    })
    expect(await load(sheet('05/12/2026'), { ...terms, dateOrder: 'month' })).toEqual({ rows: ['44 0.02'] })
    expect(await load(sheet('05/12/2026'), { ...terms, dateOrder: 'day' })).toHaveProperty('refused')
    expect(await load(sheet('31/02/2026'), terms)).toEqual({
      refused: 'line 2: date "31/02/2026" is no day there is',
    })
  })
})
