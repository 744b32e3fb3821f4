import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Pool } from '../../../shared/tally/blocks.ts'
import { Tally } from '../../../shared/tally/tally.ts'

const unit = 6_000_000_000

/** Amounts as prices come: whole, of some decimals, of the smallest decimal, of a sixtieth of it; and of more than any price. */
const amount = fc.oneof(
  fc.bigInt({ min: -9n, max: 9n }).map((whole) => whole * 6_000_000_000n),
  fc.bigInt({ min: -10_000n, max: 10_000n }).map((cents) => cents * 60_000_000n),
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }).map((smallest) => smallest * 60n),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
)
const step = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      at: fc.integer({ min: 0, max: 300 }),
      count: fc.oneof(fc.constantFrom(-1, 1), fc.integer({ min: -(10 ** 9), max: 10 ** 9 })),
      amount: fc.oneof({ weight: 9, arbitrary: fc.constant(300_000_000n) }, { weight: 1, arbitrary: amount }),
      other: fc.oneof({ weight: 9, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: amount }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ forget: fc.integer({ min: 0, max: 300 }) }) },
)

describe('a tally', () => {
  it('keeps each number to the last digit, in order, whatever comes in which order and is forgotten', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        const pool = new Pool()
        // Two of one memory.
        const [tally, beside] = [new Tally(pool), new Tally(pool)]
        const [count, money] = [tally.field(), tally.field(unit)]
        const only = beside.field(unit)
        const plain = new Map<number, { count: number; amount: bigint; other: bigint }>()
        let late: number | undefined
        for (const one of steps) {
          if ('forget' in one) {
            tally.forget(one.forget)
            for (const at of plain.keys()) if (at < one.forget) plain.delete(at)
            continue
          }
          const { at } = one
          const known = plain.get(at) ?? { count: 0, amount: 0n, other: 0n }
          plain.set(at, {
            count: known.count + one.count,
            amount: known.amount + one.amount,
            other: known.other + one.other,
          })
          const row = tally.rowOf(at)
          tally.add(row, count, one.count)
          tally.add(row, money, one.amount)
          if (one.other !== 0n) tally.add(row, (late ??= tally.field(unit)), one.other)
          beside.add(beside.rowOf(-at), only, one.amount)
        }
        const kept = Array.from({ length: tally.length }, (_, row) => [
          tally.at(row),
          {
            count: tally.count(row, count),
            amount: tally.amount(row, money),
            other: late === undefined ? 0n : tally.amount(row, late),
          },
        ])
        expect(kept).toEqual([...plain].sort(([a], [b]) => a - b))
      }),
    )
  })

  it('finds the first row that is not before a moment', () => {
    const tally = new Tally(new Pool())
    for (const moment of [30, 10, 20]) tally.rowOf(moment)
    expect([0, 10, 11, 30, 31].map((moment) => tally.from(moment))).toEqual([0, 0, 1, 2, 3])
  })

  it('takes a dozen bytes for a minute of one call, and gives back what it took', () => {
    const pool = new Pool()
    const tally = new Tally(pool)
    const [calls, seconds, money] = [tally.field(), tally.field(), tally.field(unit)]
    const fill = (from: number): void => {
      for (let minute = from; minute < from + 10_000; minute++) {
        const row = tally.rowOf(minute)
        tally.add(row, calls, 1)
        tally.add(row, seconds, minute % 600)
        tally.add(row, money, BigInt(minute % 30_000) * 600_000n)
      }
    }
    fill(0)
    const { bytes } = pool
    expect(bytes / 10_000).toBeLessThan(14)
    for (let week = 1; week < 5; week++) {
      tally.forget(week * 10_000)
      fill(week * 10_000)
    }
    expect(pool.bytes).toBeLessThan(bytes * 1.1)
  })

  it('keeps what there is no room for beside its rows: sums of a hundred currencies', () => {
    const tally = new Tally(new Pool())
    const fields = Array.from({ length: 100 }, () => tally.field(unit))
    const row = tally.rowOf(1)
    for (const [at, field] of fields.entries()) tally.add(row, field, BigInt(at) * 10n ** 9n + 1n)
    expect(fields.map((field) => tally.amount(row, field))).toEqual(
      fields.map((_, at) => BigInt(at) * 10n ** 9n + 1n),
    )
  })
})
