// Rows of a few bytes, in blocks that many share: what one grows out of another takes. Buffers that grow one by one leave as much behind as
// they hold, until somebody collects it. Pure.

export const blockBytes = 512
const slabBlocks = 128

/** The memory of those who are forgotten together. */
export class Pool {
  private readonly slabs: Buffer[] = []
  private readonly free: number[] = []

  take(): number {
    if (this.free.length === 0) {
      const first = this.slabs.length * slabBlocks
      this.slabs.push(Buffer.alloc(blockBytes * slabBlocks))
      for (let at = slabBlocks - 1; at >= 0; at--) this.free.push(first + at)
    }
    return this.free.pop() ?? 0
  }

  give(block: number): void {
    this.free.push(block)
  }

  /** What all of them take. */
  get bytes(): number {
    return this.slabs.length * slabBlocks * blockBytes
  }

  slab(block: number): Buffer {
    const slab = this.slabs[Math.floor(block / slabBlocks)]
    if (!slab) throw new RangeError('there is no such block')
    return slab
  }
}

const offsetOf = (block: number): number => (block % slabBlocks) * blockBytes

export class Blocks {
  /** The bytes of a row. */
  readonly stride: number
  private readonly inBlock: number
  private readonly pool: Pool
  private blocks: number[] = []
  /** Rows at the beginning of the first block that were dropped. */
  private gone = 0

  constructor(pool: Pool, stride: number) {
    this.pool = pool
    this.stride = stride
    this.inBlock = Math.floor(blockBytes / stride)
  }

  read(row: number, offset: number, width: number): number {
    const nr = (this.gone + row) % this.inBlock
    const block = this.blockOf(row, nr)
    return this.pool.slab(block).readIntLE(offsetOf(block) + nr * this.stride + offset, width)
  }

  write(row: number, offset: number, width: number, value: number): void {
    const nr = (this.gone + row) % this.inBlock
    const block = this.blockOf(row, nr)
    this.pool.slab(block).writeIntLE(value, offsetOf(block) + nr * this.stride + offset, width)
  }

  /** Makes room for a row, zeros, where there are `length`; those from there on move up. */
  insert(row: number, length: number): void {
    if (this.gone + length === this.blocks.length * this.inBlock) this.blocks.push(this.pool.take())
    let moved = length
    while (moved > row) {
      const into = this.placeOf(moved)
      // All of the block in one go, but what comes from the block before.
      const first = Math.max(row + 1, moved - into.nr)
      const from = this.placeOf(first - 1)
      if (from.block === into.block) {
        const slab = this.pool.slab(into.block)
        slab.copyWithin(from.at + this.stride, from.at, into.at)
      } else {
        const start = this.placeOf(first)
        const slab = this.pool.slab(into.block)
        slab.copyWithin(start.at + this.stride, start.at, into.at)
        this.pool.slab(from.block).copy(slab, start.at, from.at, from.at + this.stride)
      }
      moved = first - 1
    }
    const { block, at } = this.placeOf(row)
    this.pool.slab(block).fill(0, at, at + this.stride)
  }

  /** Drops the first rows. */
  drop(rows: number): void {
    this.gone += rows
    const whole = Math.min(Math.floor(this.gone / this.inBlock), this.blocks.length)
    for (const block of this.blocks.splice(0, whole)) this.pool.give(block)
    this.gone -= whole * this.inBlock
  }

  /** Gives all of them back. */
  end(): void {
    for (const block of this.blocks) this.pool.give(block)
    this.blocks = []
  }

  private blockOf(row: number, nr: number): number {
    return this.blocks[(this.gone + row - nr) / this.inBlock] ?? 0
  }

  private placeOf(row: number): { block: number; nr: number; at: number } {
    const nr = (this.gone + row) % this.inBlock
    const block = this.blockOf(row, nr)
    return { block, nr, at: offsetOf(block) + nr * this.stride }
  }
}
