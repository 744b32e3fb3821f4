import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseMoney } from '../../../shared/money/money.ts'
import { asNumber, figureText, isAbove, percentUp, readFraction } from '../../../shared/rules/figure.ts'
import { createJudge } from '../../../shared/rules/incident.ts'
import { aRule, aRuleCall, findingsIn, said } from '../../support/rules.ts'

const day = 1440

/** Whether a rule that compares with the day before finds something where a call of then cost so much, and one of now so much. */
function opens(metric: 'value' | 'cost' | 'margin %', threshold: string, then: string, now: string): boolean {
  const priced = (text: string) => ({
    price: text,
    ...(metric !== 'value' && { cost: parseMoney(text), costCurrency: 'EUR' }),
  })
  const rule = aRule({ metric, within: 20, compare: 'up by %', against: day, threshold, scope: 'all' })
  return (
    findingsIn([rule], [aRuleCall(10, priced(now))], { known: [aRuleCall(10 - day, priced(then))] }).length >
    0
  )
}

describe('money that is compared with the day or the week before', () => {
  it.each([
    ['15000000000.00000001', '10000000000', '50', true, 'a hundred-millionth above, of billions'],
    ['15000000000', '10000000000', '50', false, 'exactly at the threshold'],
    ['14999999999.99999999', '10000000000', '50', false, 'a hundred-millionth below'],
    ['800658.5669675', '320263.426787', '150', false, 'at the threshold, where floats say above'],
    ['0.00000003', '0.00000002', '49.99999999', true, 'the smallest amounts there are'],
    ['0.00000003', '0.00000002', '50', false, 'the smallest amounts, at the threshold'],
    ['3', '3', '0', false, 'no change is not above none'],
  ])('%s after %s is above %s per cent: %s, %s', (now, then, threshold, passes) => {
    expect(opens('value', threshold, then, now)).toBe(passes)
    expect(opens('cost', threshold, then, now)).toBe(passes)
  })

  it('passes exactly where value * 100 is above before * (100 + per cent)', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 20n })
    const near = fc.integer({ min: -2, max: 2 })
    fc.assert(
      fc.property(amount, fc.integer({ min: -99_99, max: 1_000_00 }), near, (before, hundredths, off) => {
        // At the threshold, and as near to it as amounts come.
        const now = (before * (10_000n + BigInt(hundredths))) / 10_000n + BigInt(off)
        const up = percentUp({ over: now, under: 1n }, { over: before, under: 1n })
        const rule = aRule({
          ...{ metric: 'value', compare: 'up by %', against: day },
          threshold: (hundredths / 100).toFixed(2),
        })
        expect(up && createJudge(rule).passes(up)).toBe(
          now * 10_000n > before * (10_000n + BigInt(hundredths)),
        )
      }),
    )
  })

  it('compares parts and averages as exactly as what they are made of', () => {
    const counts = fc.bigInt({ min: 1n, max: 10n ** 12n })
    fc.assert(
      fc.property(counts, counts, counts, counts, (a, b, c, d) => {
        const up = percentUp({ over: a, under: b }, { over: c, under: d })
        expect(up && isAbove(up, readFraction('12.5'))).toBe(a * d * 1000n > c * b * 1125n)
        expect(up && isAbove(readFraction('12.5'), up)).toBe(a * d * 1000n < c * b * 1125n)
      }),
    )
  })

  it('knows below from above where what was before is below zero', () => {
    const of = (over: bigint) => ({ over, under: 1n })
    expect(asNumber(percentUp(of(-5n), of(-10n)) ?? 0)).toBe(50)
    expect(asNumber(percentUp(null, of(10n)) ?? 0)).toBe(-100)
    expect(percentUp(of(5n), of(0n))).toBeNull()
  })
})

describe('a margin', () => {
  it('is judged to the last digit', () => {
    const rule = aRule({ metric: 'margin %', compare: 'below', threshold: '10' })
    const costs = (cost: string) =>
      said(
        findingsIn(
          [rule],
          [aRuleCall(1, { price: '90000000', cost: parseMoney(cost), costCurrency: 'EUR' })],
        ),
      )
    expect(costs('81000000.00000001')).toEqual(['opened 1 1'])
    expect(costs('81000000')).toEqual([])
  })
})

describe('a threshold', () => {
  it('has as many decimals as people write, also of money', () => {
    const rule = aRule({ metric: 'value', threshold: '0.999999999999' })
    expect(said(findingsIn([rule], [aRuleCall(1)]))).toEqual(['opened 1 1'])
    expect(findingsIn([rule], [aRuleCall(1, { price: '0.99999999' })])).toEqual([])
  })

  it.each(['NaN', 'Infinity'])('that is %s is passed by nothing', (threshold) => {
    for (const over of [{ metric: 'value' }, { metric: 'calls' }, { metric: 'ASR %' }] as const)
      expect(findingsIn([aRule({ ...over, threshold })], [aRuleCall(1)])).toEqual([])
  })
})

describe('a figure', () => {
  it('of an alert is read again, with the endless decimals of sixtieths, too', () => {
    const rule = aRule({ metric: 'master value', threshold: '0' })
    const judge = createJudge(rule)
    expect(figureText(judge.read('0.0011666666666666'))).toBe('0.00116666')
    expect(figureText(createJudge(aRule({ metric: 'ASR %' })).read('33.3'))).toBe('33.3')
  })

  it('is written with one decimal where it is no money', () => {
    expect(figureText({ over: 100n, under: 3n })).toBe('33.3')
    expect(figureText({ over: -50n, under: 1n })).toBe('-50')
    expect(figureText(2.25)).toBe('2.3')
    expect(figureText(parseMoney('0.12345678'))).toBe('0.12345678')
  })
})
