// How many rows are read at once by what they weigh: some exchanges keep whole dialogues in a column, half a megabyte a row.

/** Bytes of one batch, about. */
export const bytesMost = 8_000_000

/** How many of these rows, in their order, weigh no more than a batch may: at least `least`. */
export function fitting(bytes: readonly number[], least: number): number {
  let weight = 0
  const over = bytes.findIndex((row) => (weight += row) > bytesMost)
  return over < 0 ? bytes.length : Math.max(over, least)
}
