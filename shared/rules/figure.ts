// What a rule measures, and how it is compared with a threshold: nothing is divided before it is judged, so that nothing is rounded. Pure.

import { formatMoney, parseMoney } from '../money/money.ts'
import type { Money } from '../money/money.ts'

/** over / under; under is above zero. Per cents are fractions. */
export interface Fraction {
  over: bigint
  under: bigint
}

/** Money, a count or an average, or per cents. */
export type Known = Money | number | Fraction

/** Null: there is none to judge. */
export type Figure = Known | null

/** Null where nothing can be divided by. */
export function fraction(over: bigint, under: bigint): Fraction | null {
  if (under === 0n) return null
  return under > 0n ? { over, under } : { over: -over, under: -under }
}

/** By how many per cent a figure is above that of before. Null: of before there is nothing to compare with. */
export function percentUp(now: Fraction | null, before: Fraction | null): Fraction | null {
  if (before === null || before.over === 0n) return null
  const { over, under } = now ?? { over: 0n, under: 1n }
  const size = before.over < 0n ? -before.over : before.over
  return { over: (over * before.under - before.over * under) * 100n, under: under * size }
}

/** Reads what PostgreSQL writes for a numeric. What is no number compares with nothing, as does Number(…). */
export function readFraction(text: string): Fraction {
  const [, whole, decimals = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole !== undefined) return { over: BigInt(whole + decimals), under: 10n ** BigInt(decimals.length) }
  return { over: BigInt(Math.sign(Number(text)) || 0), under: 0n }
}

/** Reads an amount as alerts keep it, with more decimals than a price has where it was one of sixtieths: those are cut off. */
export const readAmount = (text: string): Money => parseMoney(text.replace(/(\.\d{8})\d+$/, '$1'))

const asFraction = (figure: Known): Fraction =>
  typeof figure === 'object' ? figure : { over: BigInt(figure), under: 1n }

/** Whether a figure is above another one of the same kind. */
export function isAbove(figure: Known, other: Known): boolean {
  if (typeof figure === 'number' && typeof other === 'number') return figure > other
  const [one, than] = [asFraction(figure), asFraction(other)]
  return one.over * than.under > than.over * one.under
}

/** As a plain number, for who draws or guesses: not for who judges. */
export function asNumber(figure: Known): number {
  if (typeof figure === 'bigint') return Number(formatMoney(figure))
  if (typeof figure === 'number') return figure
  return Number((figure.over * 1_000_000n) / figure.under) / 1_000_000
}

/** A figure as people read it: money to the last digit, others with one decimal where they have some. */
export function figureText(figure: Known): string {
  return typeof figure === 'bigint' ? formatMoney(figure) : String(Math.round(asNumber(figure) * 10) / 10)
}
