import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'

import { csvLine, withoutGuard } from '../../../shared/text/csv.ts'

describe('a line of CSV', () => {
  it.each([
    ['=HYPERLINK("http://evil.example","x")'],
    ['+7 495 rural'],
    ['-cmd|calc'],
    ['@SUM(1)'],
    ['\t=1+1'],
    ['\r=1+1'],
    ['=1;2|3\n4'],
    ['\n=1+1'],
    [' =1+1'],
    ['＝1+1'],
    ['＠SUM(1)'],
    ["'=1+1"],
  ])('begins no formula of a spreadsheet with %j, and reads back as it was', (text) => {
    const line = csvLine(['7495', text])
    const [cells]: string[][] = parse(line)
    expect(cells?.[1]).toBe(`'${text}`)
    expect(withoutGuard(cells?.[1] ?? '')).toBe(text)
  })

  it.each(['Moscow', '-0.5', '12', '', '*', "'s-Hertogenbosch", 'a=b', 'Russia, mobile "MTS"'])(
    'leaves %j as it is',
    (text) => {
      const [cells]: string[][] = parse(csvLine(['7495', text]))
      expect(cells?.[1]).toBe(text)
      expect(withoutGuard(text)).toBe(text)
    },
  )
})
