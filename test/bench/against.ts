// Two versions beside each other: what a part measured of both, in turns, and how they compare.

import { median } from './report.ts'
import type { Part } from './report.ts'

/** A part measured with this version and with the other, one right after the other. */
export interface Pair {
  here: Part
  there: Part
}

/**
 * The table of a part, each figure as this version's ÷ the other's, median of the pairs with the least and the most,
 * and behind it the medians of both. Cells that are no figures stay; rows that only this version has are left out.
 */
export function compare(pairs: readonly Pair[], other: string): Part {
  const [first] = pairs
  if (!first) throw new Error('Nothing was measured.')
  const rows = first.here.rows.flatMap((row, at) => {
    if (pairs.some(({ there }) => there.rows[at] === undefined)) return []
    return [
      row.map((cell, column) => {
        const figures = pairs.map(({ here, there }) => ({
          here: figure(here.rows[at]?.[column]),
          there: figure(there.rows[at]?.[column]),
        }))
        const same = figures.every((pair) => pair.here === pair.there)
        const comparable = figures.every((pair) => Number.isFinite(pair.here / pair.there))
        return same || !comparable ? cell : ratio(figures)
      }),
    ]
  })
  return {
    ...first.here,
    how: `${first.here.how} Each figure is this version ÷ ${other}, ${pairs.length === 1 ? '' : `${pairs.length} pairs in turns: the median (least–most), `}and what both were.`,
    rows,
  }
}

function ratio(figures: readonly { here: number; there: number }[]): string {
  const ratios = figures.map(({ here, there }) => here / there)
  const lie =
    figures.length === 1 ? '' : ` (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`
  const both = (['here', 'there'] as const).map((of) => median(figures.map((pair) => pair[of])))
  return `${median(ratios).toFixed(2)}${lie}: ${both.map((one) => one.toLocaleString('en')).join(' ÷ ')}`
}

/** The figure that a cell begins with: 1234 of '1,234 (1,100–1,300)', NaN of words. */
function figure(cell = ''): number {
  return Number(/^-?[\d,]+(\.\d+)?/.exec(cell)?.[0].replaceAll(',', '') ?? NaN)
}
