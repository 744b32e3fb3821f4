// Wall-clock times become instants.

import { Temporal } from 'temporal-polyfill'

const shape =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/
const slashes = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/
const minuteMs = 60_000
const rememberedMost = 5_000

// Zones change their offset at whole minutes, so what a minute's offset is need be found out only once.
const remembered = new Map<string, readonly number[]>()

/** Of a text that begins with 5/3/2026 or 05/03/2026, the same beginning with 2026-03-05: with slashes the day comes first. */
export function yearFirst(text: string): string {
  return text.replace(
    slashes,
    (_, day: string, month: string, year: string) =>
      `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`,
  )
}

/**
 * The instants a wall clock in `timeZone` can mean by `text` (2026-10-25 02:30:00 or 25/10/2026 2:30, with T and fractions of
 * a second too), in milliseconds since 1970, the earlier first: two in the hour that autumn doubles, else one, none when it is no
 * date. In the hour that spring leaves out the clock counts as not yet put forward: 02:30 means 03:30. A text
 * that says its offset (Z, +01, +01:00) is taken at its word.
 */
export function instantsOf(text: string, timeZone: string): number[] {
  const found = shape.exec(yearFirst(text))
  if (!found) return []
  const [, year = '', month = '', day = '', , minute = '', second = '0', fraction = '', offset] = found
  const hour = (found[4] ?? '').padStart(2, '0')
  const atMinute = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute))
  if (Number(second) > 59 || !isMinute(atMinute, `${year}-${month}-${day}T${hour}:${minute}`)) return []
  const withinMinute = Number(second) * 1_000 + Math.trunc(Number(`0.${fraction || '0'}`) * 1_000)
  const offsets = offset
    ? [offsetMs(offset)]
    : offsetsAt(`${year}-${month}-${day}T${hour}:${minute}`, timeZone)
  return offsets.map((ms) => atMinute - ms + withinMinute)
}

/** Date.UTC takes 31 February for 3 March, and the year 0 for 1900. */
function isMinute(instant: number, written: string): boolean {
  return Number.isFinite(instant) && new Date(instant).toISOString().startsWith(written)
}

function offsetMs(written: string): number {
  if (written === 'Z') return 0
  const minutes = Number(written.slice(1, 3)) * 60 + Number(written.slice(3).replace(':', ''))
  return (written.startsWith('-') ? -minutes : minutes) * minuteMs
}

/** How far the zone may be ahead of UTC at this wall-clock minute; the reading that comes first in time first. */
function offsetsAt(minute: string, timeZone: string): readonly number[] {
  const key = `${timeZone} ${minute}`
  const known = remembered.get(key)
  if (known) return known
  const local = Temporal.PlainDateTime.from(minute)
  const earlier = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  const later = local.toZonedDateTime(timeZone, { disambiguation: 'later' })
  const leftOut = !earlier.toPlainDateTime().equals(local)
  const asUtc = local.toZonedDateTime('UTC').epochMilliseconds
  const readings = leftOut ? [later] : earlier.equals(later) ? [earlier] : [earlier, later]
  const offsets = readings.map((reading) => asUtc - reading.epochMilliseconds)
  if (remembered.size >= rememberedMost) remembered.clear()
  remembered.set(key, offsets)
  return offsets
}
