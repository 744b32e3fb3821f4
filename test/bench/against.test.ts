import { expect, it } from 'vitest'

import { compare } from './against.ts'
import type { Part } from './report.ts'

const part = (...rows: string[][]): Part => ({ title: 'cost', how: 'Each alone.', columns: [], rows })

it('compares figures of two versions by the median of their pairs', () => {
  const compared = compare(
    [
      { here: part(['client', '1,200 (1,100–1,300)']), there: part(['client', '2,400']) },
      { here: part(['client', '900']), there: part(['client', '1,000']) },
      { here: part(['client', '1,500']), there: part(['client', '2,500 (2,400–2,600)']) },
    ],
    'the one before',
  )
  expect(compared.rows).toEqual([['client', '0.60 (0.50–0.90): 1,200 ÷ 2,400']])
  expect(compared.how).toBe(
    'Each alone. Each figure is this version ÷ the one before, 3 pairs in turns: the median (least–most), and what both were.',
  )
})

it('leaves words and what both have alike as they are, and rows that the other version has not', () => {
  const here = part(['rollup off', '4', '–', '0.5'], ['rollup on', '4', '9', '1'])
  expect(compare([{ here, there: part(['rollup off', '4', '7', '0']) }], 'it').rows).toEqual([
    ['rollup off', '4', '–', '0.5'],
  ])
})
