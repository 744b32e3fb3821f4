// How far the clock on the wall of a zone is ahead of UTC.

import { Temporal } from 'temporal-polyfill'

interface OffsetSpan {
  since: number
  until: number
  offset_ms: number
}

// The last span asked for in each zone: calls come roughly in the order of time, and clocks change twice a year.
const offsetSpans = new Map<string, OffsetSpan>()

/** How far the clock on the wall is ahead of UTC at an instant, and between which instants that holds. */
export function offsetSpanOf(timeZone: string, at: number): OffsetSpan {
  const known = offsetSpans.get(timeZone)
  if (known && at >= known.since && at < known.until) return known
  const here = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  // A change at this very instant counts as the previous one.
  const since = here.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')
  const span = {
    since: since?.epochMilliseconds ?? -Infinity,
    until: here.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity,
    offset_ms: here.offsetNanoseconds / 1e6,
  }
  offsetSpans.set(timeZone, span)
  return span
}
