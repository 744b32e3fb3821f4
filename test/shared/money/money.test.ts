import { describe, expect, it } from 'vitest'

import { chargeFor, formatMoney, parseMoney, roundMoney } from '../../../shared/money/money.ts'
import type { Rounding } from '../../../shared/money/money.ts'

describe('an amount of money', () => {
  it.each([
    ['0', '0', 'nothing'],
    ['0.01234567', '0.01234567', 'a price of 8 decimals'],
    ['12.50', '12.5', 'zeros at the end say nothing'],
    ['0.1200000000000000', '0.12', 'nor do zeros beyond the eighth decimal'],
    ['-3.25', '-3.25', 'a difference may be negative'],
    ['-0.00', '0', 'nothing has no sign'],
    ['1000000000', '1000000000', 'a thousand million'],
    ['99999999999999999999.99999999', '99999999999999999999.99999999', 'more than a double can hold'],
  ])('reads %s as %s: %s', (text, exact) => {
    expect(formatMoney(parseMoney(text))).toBe(exact)
  })

  it.each([
    ['', 'nothing at all'],
    ['abc', 'letters'],
    ['1,5', 'a decimal comma'],
    ['1.', 'a point and no decimals'],
    ['.5', 'no digit before the point'],
    ['1e3', 'an exponent'],
    [' 1', 'a space'],
    ['1\n', 'a new line'],
    ['--1', 'two signs'],
    ['NaN', 'what PostgreSQL writes for no number'],
    ['0.123456789', 'a ninth decimal would be lost'],
  ])('refuses %j with a sentence: %s', (text) => {
    expect(() => parseMoney(text)).toThrow(
      `${JSON.stringify(text)} is no amount of money with at most 8 decimals`,
    )
  })

  it('quotes only the beginning of a long text it refuses', () => {
    expect(() => parseMoney('x'.repeat(1_000_000))).toThrow(/^"x{40}" is no amount/)
  })
})

describe('seconds at a price per minute', () => {
  it.each([
    [61, '0.6', '0.61', 'a minute and a second'],
    [1, '0.1', '0.0016666666666666', 'a sixtieth never ends and is cut after 16 decimals'],
    [2, '-0.1', '-0.0033333333333333', 'cut towards zero below zero too'],
    [1, '0.00000001', '0.0000000001666666', 'the smallest price'],
    [3, '0.00000001', '0.0000000005', 'an amount of 10 decimals is written in full'],
    [86_400, '0.00000001', '0.0000144', 'a whole day at the smallest price'],
    [86_400, '1000000000', '1440000000000', 'a whole day at a thousand million a minute'],
    [86_399, '1000000000.00000001', '1439983333333.3333477331666666', 'large and small digits together'],
    [0, '5', '0', 'no seconds'],
  ])('makes %i s at %s cost %s: %s', (seconds, price, unrounded) => {
    expect(formatMoney(chargeFor(seconds, parseMoney(price)))).toBe(unrounded)
  })

  it('adds sixty seconds up to the price of a minute, however small', () => {
    const second = chargeFor(1, parseMoney('0.00000007'))
    expect(Array.from({ length: 60 }, () => second).reduce((sum, one) => sum + one)).toBe(
      parseMoney('0.00000007'),
    )
  })
})

describe('the one rounding', () => {
  it.each<[string, number, Rounding, string, string]>([
    ['0.00005', 4, 'half up', '0.0001', 'half goes up'],
    ['0.00004999', 4, 'half up', '0.0000', 'less than half goes down'],
    ['-0.00005', 4, 'half up', '-0.0001', 'half goes away from zero'],
    ['-0.00004999', 4, 'half up', '0.0000', 'nothing has no sign'],
    ['0.07', 2, 'up', '0.07', 'what has the decimals already stays'],
    ['0.07000001', 2, 'up', '0.08', 'any remainder goes up'],
    ['-0.07000001', 2, 'up', '-0.08', 'away from zero below zero'],
    ['0.07999999', 2, 'down', '0.07', 'the remainder is cut'],
    ['-0.07999999', 2, 'down', '-0.07', 'towards zero below zero'],
    ['0.5', 0, 'half up', '1', 'no decimals, no point'],
    ['1.005', 2, 'half up', '1.01', '1.005 is a little less as a double'],
    ['2.5', 4, 'half up', '2.5000', 'all decimals are written'],
    ['550', -2, 'up', '600', 'to whole hundreds'],
    ['550', -2, 'half up', '600', 'half a hundred'],
    ['549.99999999', -2, 'half up', '500', 'less than half a hundred'],
    ['49', -2, 'down', '0', 'less than one hundred'],
    ['999999999.99999999', 4, 'half up', '1000000000.0000', 'a carry through all digits'],
    ['0.1', 12, 'half up', '0.100000000000', 'more decimals than a price may have'],
  ])('makes of %s with %i decimals, %s, %s: %s', (text, decimals, rounding, rounded) => {
    expect(roundMoney(parseMoney(text), decimals, rounding)).toBe(rounded)
  })

  it('judges the exact amount, not the text that was cut', () => {
    const third = chargeFor(20, parseMoney('1'))
    expect(roundMoney(third, 4, 'up')).toBe('0.3334')
    expect(roundMoney(third * 3n, 4, 'up')).toBe('1.0000')
  })
})
