// Numbers as people read them.

/** A whole number with its thousands apart: 20,000. */
export function grouped(number: number): string {
  return number.toLocaleString('en')
}
