// Whole numbers by time, exact, in as few bytes as they take: a row for each moment there was something in, in order. Of a thousand clients
// a week of minutes is a million rows; a row here is a dozen bytes, as objects it was a thousand. Pure.

import { Blocks, blockBytes } from './blocks.ts'
import type { Pool } from './blocks.ts'

const widest = 6
const strideMost = blockBytes / 4
const keyBytes = 4
const fits = (value: number, width: number): boolean => Math.abs(value) < 2 ** (8 * width - 1)

interface Field {
  offset: number
  /** Bytes in a row; none as long as all are zero. */
  width: number
  /** What is kept is how often the unit goes into a value. */
  unit: number
  /** What needs more bytes than there are is kept here, all of the field, by its moment. */
  wide: Map<number, bigint> | null
}

export class Tally {
  length = 0
  private readonly pool: Pool
  private rows: Blocks
  private readonly fields: Field[] = []

  constructor(pool: Pool) {
    this.pool = pool
    this.rows = new Blocks(pool, keyBytes)
  }

  /** A further field of each row, zero until something is added. Values are multiples of the unit as a rule; the unit becomes smaller where one is not. */
  field(unit = 1): number {
    return this.fields.push({ offset: this.rows.stride, width: 0, unit, wide: null }) - 1
  }

  /** The moment of a row. */
  at(row: number): number {
    return this.rows.read(row, 0, keyBytes)
  }

  /** The first row that is not before a moment. */
  from(moment: number): number {
    let [low, high] = [0, this.length]
    if (high > 0 && this.at(high - 1) < moment) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at(middle) < moment) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The row of a moment, a new one if there was none. */
  rowOf(moment: number): number {
    const row = this.from(moment)
    if (row < this.length && this.at(row) === moment) return row
    this.rows.insert(row, this.length++)
    this.rows.write(row, 0, keyBytes, moment)
    return row
  }

  count(row: number, field: number): number {
    const one = this.fieldOf(field)
    return one.wide ? Number(this.amount(row, field)) : this.kept(one, row)
  }

  amount(row: number, field: number): bigint {
    const one = this.fieldOf(field)
    if (one.wide) return one.wide.get(this.at(row)) ?? 0n
    return BigInt(this.kept(one, row)) * BigInt(one.unit)
  }

  add(row: number, field: number, by: bigint | number): void {
    if (!by) return
    const one = this.fieldOf(field)
    const kept = (typeof by === 'number' ? by : this.inUnits(one, by)) + this.kept(one, row)
    if (!fits(kept, one.width) && !one.wide) this.widen(one, kept)
    if (one.wide) one.wide.set(this.at(row), (one.wide.get(this.at(row)) ?? 0n) + BigInt(by))
    else this.rows.write(row, one.offset, one.width, kept)
  }

  /** Forgets what was before a moment. */
  forget(before: number): void {
    const gone = this.from(before)
    if (gone === 0) return
    for (const { wide } of this.fields)
      for (const moment of wide?.keys() ?? []) if (moment < before) wide?.delete(moment)
    this.rows.drop(gone)
    this.length -= gone
  }

  private fieldOf(field: number): Field {
    const one = this.fields[field]
    if (!one) throw new RangeError('there is no such field')
    return one
  }

  private kept({ offset, width }: Field, row: number): number {
    return width === 0 ? 0 : this.rows.read(row, offset, width)
  }

  private inUnits(field: Field, amount: bigint): number {
    while (amount % BigInt(field.unit) !== 0n) this.divide(field)
    return Number(amount / BigInt(field.unit))
  }

  /** A tenth of the unit: a decimal more; below the smallest decimal of a price it is one. */
  private divide(field: Field): void {
    const unit = field.unit % 10 === 0 && field.unit > 60 ? field.unit / 10 : 1
    let most = 0
    for (let row = 0; row < this.length; row++) most = Math.max(most, Math.abs(this.kept(field, row)))
    if (most === 0) field.unit = unit
    else this.widen(field, most * (field.unit / unit), unit)
  }

  /** Makes room for a value, and writes all rows anew. */
  private widen(field: Field, value: number, unit = field.unit): void {
    let { width } = field
    while (width <= widest && !fits(value, width)) width++
    const before = this.fields.map((one) => ({ ...one }))
    const rows = this.rows
    const isWide = width > widest || rows.stride + width - field.width > strideMost
    const wide = isWide ? new Map<number, bigint>() : null
    const times = field.unit / unit
    Object.assign(field, { width: isWide ? 0 : width, unit, wide })
    let stride = keyBytes
    for (const one of this.fields) {
      one.offset = stride
      stride += one.width
    }
    this.rows = new Blocks(this.pool, stride)
    for (let row = 0; row < this.length; row++) {
      const moment = rows.read(row, 0, keyBytes)
      this.rows.insert(row, row)
      this.rows.write(row, 0, keyBytes, moment)
      for (const [at, one] of this.fields.entries()) {
        const was = before[at]
        if (!was?.width) continue
        const kept = rows.read(row, was.offset, was.width)
        if (one !== field) this.rows.write(row, one.offset, one.width, kept)
        else if (wide) wide.set(moment, BigInt(kept) * BigInt(was.unit))
        else this.rows.write(row, one.offset, one.width, kept * times)
      }
    }
    rows.end()
  }
}
