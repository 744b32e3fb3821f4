// Seconds as records write them, exact to the millionth.

/** Seconds are counted in millionths, so that no sum is inexact; 0 when they are no number. */
export function microseconds(written: string): bigint {
  const found = /^(-?)(\d{1,15})(?:\.(\d{0,6})\d*)?$/.exec(written.trim())
  if (!found) return 0n
  const micro = BigInt(`${found[2] ?? ''}${(found[3] ?? '').padEnd(6, '0')}`)
  return found[1] === '-' ? -micro : micro
}

/** Millionths as seconds: 13 or 13.007. */
export function decimal(micro: bigint): string {
  const size = micro < 0n ? -micro : micro
  const fraction = String(size % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${micro < 0n ? '-' : ''}${size / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}`
}
