// Moments as people read them.

/** Writes moments by the clock of a zone: 30 Nov 2026, 11:35; with `medium` to the second. */
export function momentIn(
  timeZone: string,
  timeStyle: 'short' | 'medium' = 'short',
): (at: Date | string) => string {
  const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle, timeZone })
  return (at) => format.format(new Date(at))
}
