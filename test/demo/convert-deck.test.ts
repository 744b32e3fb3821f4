import { readFileSync } from 'node:fs'

import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'

import { convertDeck, reasons } from '../../demo/convert-deck.ts'

const header = 'rate_line.location_code,rate_line.location,rate_line.rate,rate_line.pulse'
const deck = (...lines: string[]): string => [header, ...lines, ''].join('\n')

describe('the deck converter', () => {
  it.each([
    ['11355,Albania,0.2516,60', '355', 'takes 11 from a code abroad'],
    ['117,Russia,0.126,60', '7', 'leaves a country code of one digit'],
    ['1193,Afghanistan,0.3056,60', '93', 'does not take a country code for an area code'],
    ['204,Canada - Manitoba 204,0,60', '1204', 'adds the 1 of North America'],
    ['8098947,Dominican Rep 809 - Mobile,0.1182,60', '18098947', 'adds it to a longer code too'],
    ['1876,Jamaica,0.1394,60', '1876', 'keeps a 1 that is there'],
    [' 1144 , UK ,0.0255,60', '44', 'ignores blanks'],
  ])('reads %s as %s: it %s', (line, code) => {
    const { rates, leftOut } = convertDeck(deck(line))
    expect(leftOut).toEqual([])
    expect(rates.map((rate) => rate.code)).toEqual([code])
  })

  it.each([
    ['1.13E+11,South Africa - Premium,0.1502,60', 'mangled by a spreadsheet'],
    ['1.13e13,South Africa - Premium,0.1502,60', 'mangled by a spreadsheet'],
    ['*97,Dial Voicemail,0,60', 'not digits'],
    ['+1144,UK,0.0255,60', 'not digits'],
    [',Nowhere,0.1,60', 'not digits'],
    ['0044,UK,0.0255,60', 'no E.164 code'],
    ['11,Everywhere,0.1,60', 'no E.164 code'],
    ['110,Nowhere,0.1,60', 'no E.164 code'],
    ['1,North America,0.1,60', 'no E.164 code'],
    ['111234567890123456,Too long,0.1,60', 'no E.164 code'],
    ['1144,UK,,60', 'no price'],
    ['1144,UK,-0.1,60', 'no price'],
    ['1144,UK,1e-3,60', 'no price'],
    ['1144,UK,0.123456789,60', 'no price'],
    ['1144,UK,0.0255', 'no increment'],
    ['1144,UK,0.0255,0', 'no increment'],
    ['1144,UK,0.0255,86401', 'no increment'],
    ['1152200,Mexico - Blocked,0,60', 'blocked at price 0'],
  ])('leaves out %s: %s', (line, reason) => {
    const { rates, leftOut } = convertDeck(deck(line))
    expect(rates).toEqual([])
    expect(leftOut).toMatchObject([{ line: 2, reason }])
  })

  it('leaves out every row of a code that has several prices', () => {
    const { rates, leftOut } = convertDeck(
      deck('418,Quebec,0.0867,60', '1144,UK,0.0255,60', '418,Quebec,0,60', '1418,Quebec,0.0867,60'),
    )
    expect(rates.map((rate) => rate.code)).toEqual(['44'])
    expect(leftOut.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'several prices for one code'],
      [4, 'several prices for one code'],
      [5, 'several prices for one code'],
    ])
  })

  it('keeps one of two rows that say the same', () => {
    const { rates, leftOut } = convertDeck(deck('418,Quebec,0.0867,60', '1418,Quebec again,0.0867,60'))
    expect(rates).toMatchObject([{ code: '1418', description: 'Quebec' }])
    expect(leftOut).toMatchObject([{ line: 3, reason: 'twice the same' }])
  })

  it('keeps price, place and increments as they are written', () => {
    expect(convertDeck(deck('11247,"Ascension, all",2.2712,30')).rates).toEqual([
      { code: '247', description: 'Ascension, all', price: '2.2712', first_sec: '30', step_sec: '30' },
    ])
  })

  it('refuses a file with other columns', () => {
    expect(() => convertDeck('code,price\n1144,0.0255\n')).toThrow(
      'The first line must be rate_line.location_code',
    )
  })
})

describe('the rate deck of the demo', () => {
  const data = (name: string): string =>
    readFileSync(new URL(`../../demo/data/${name}`, import.meta.url), 'utf8')
  const rows = (name: string): Record<string, string>[] => parse(data(name), { columns: true })

  it('tells in its README how many rows were left out, and why', () => {
    const leftOut = rows('rates-left-out.csv')
    const counted = reasons
      .map((reason) => ({ reason, count: leftOut.filter((row) => row['reason'] === reason).length }))
      .filter(({ count }) => count > 0)
    for (const { reason, count } of counted) expect(data('README.md')).toContain(`| ${count} | ${reason}`)
    expect(data('README.md')).toContain(`The ${leftOut.length} rows`)
    expect(data('README.md')).toContain(rows('rates.csv').length.toLocaleString('en'))
  })

  it('loses no row of the 9,409', () => {
    expect(rows('rates.csv').length + rows('rates-left-out.csv').length).toBe(9_409)
  })
})
