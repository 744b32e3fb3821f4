import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { newDeck, rowsOf } from '../../../shared/decks/file.ts'
import type { DeckOptions, DeckRow } from '../../../shared/decks/rows.ts'

const folder = new URL('../../fixtures/decks/found/', import.meta.url)

interface Sheet {
  file: string
  args: string[]
  /** `code price [fee F] [first/step]`; none: only a refusal is right. */
  rows: string[]
}

/** What a sheet says, or why it is refused. */
async function load(
  text: string,
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
    ['Rate per second', '0.0002'],
    ['Rate/sec', '0.0002'],
    ['Price (cents)', '2'],
    ['Rate per hour', '1.2'],
  ])('is refused for prices that are none per minute: %s', async (heading, price) => {
    const loaded = await load(`Destination,Code,${heading}\nUK,44,${price}\n`)
    expect(loaded).toEqual({
      refused: expect.stringMatching(/is no price per minute|No column is known as the price/) as string,
    })
  })
})
