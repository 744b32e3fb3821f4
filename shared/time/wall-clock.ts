// Wall-clock times become instants.

import { Temporal } from 'temporal-polyfill'

import { offsetSpanOf } from './zone-offset.ts'

const shape =
  /^(\d{4})-(\d{2})-(\d{2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?( ?[AaPp]\.?[Mm]\.?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/
// The year in front leaves nothing to guess.
const yearThenSlashes = /^(\d{4})\/(\d{1,2})\/(\d{1,2})(?!\d)/
const slashes = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/
const [minuteMs, dayMs] = [60_000, 86_400_000]
const rememberedMost = 5_000

// Near a change: zones change their offset at whole minutes, so what a minute's offset is need be found out only once.
const remembered = new Map<string, readonly number[]>()

/** Of a text that begins with 5/3/2026, 05/03/2026 or 2026/3/5, the same beginning with 2026-03-05: with slashes the day comes first, or the year. */
export function yearFirst(text: string): string {
  const dashed = (year: string, month: string, day: string): string =>
    `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return text
    .replace(yearThenSlashes, (_, year: string, month: string, day: string) => dashed(year, month, day))
    .replace(slashes, (_, day: string, month: string, year: string) => dashed(year, month, day))
}

/**
 * The instants a wall clock in `timeZone` can mean by `text` (2026-10-25 02:30:00, 25/10/2026 2:30 or 2026/10/25 2:30 PM, with T and
 * fractions of a second too), in milliseconds since 1970, the earlier first: two in the hour that autumn doubles, else one, none when it is no
 * date. In the hour that spring leaves out the clock counts as not yet put forward: 02:30 means 03:30. A text
 * that says its offset (Z, +01, +01:00) is taken at its word.
 */
export function instantsOf(text: string, timeZone: string): number[] {
  const found = shape.exec(yearFirst(text))
  if (!found) return []
  const atMinute = minuteOf(found)
  const second = Number(found[6] ?? 0)
  if (atMinute === undefined || second > 59) return []
  const withinMinute = second * 1_000 + Math.trunc(Number(`0.${found[7] ?? '0'}`) * 1_000)
  const offset = found[9]
  const offsets = offset === undefined ? offsetsAt(atMinute, timeZone) : [offsetMs(offset)]
  return offsets.map((ms) => atMinute - ms + withinMinute)
}

/** As if the clock were in UTC; undefined when no clock shows it: Date.UTC takes 31 February for 3 March, and the year 0 for 1900. */
function minuteOf(found: RegExpExecArray): number | undefined {
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  const [hour, minute] = [hourOf(Number(found[4]), found[8]), Number(found[5])]
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute))
  const isShown =
    at.getUTCFullYear() === year &&
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute
  return isShown ? at.getTime() : undefined
}

/** 12:05 AM is five past midnight; an hour above 12 that says AM or PM is none. */
function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour
  if (hour < 1 || hour > 12) return NaN
  return (hour % 12) + (/p/i.test(half) ? 12 : 0)
}

function offsetMs(written: string): number {
  if (written === 'Z') return 0
  const minutes = Number(written.slice(1, 3)) * 60 + Number(written.slice(3).replace(':', ''))
  return (written.startsWith('-') ? -minutes : minutes) * minuteMs
}

/** How far the zone may be ahead of UTC at this minute of the clock; the reading that comes first in time first. */
function offsetsAt(atMinute: number, timeZone: string): readonly number[] {
  const span = offsetSpanOf(timeZone, atMinute)
  // A day away from both ends it does not matter that this is a clock and they are instants.
  if (atMinute > span.since + dayMs && atMinute < span.until - dayMs) return [span.offset_ms]
  const key = `${timeZone} ${atMinute}`
  const known = remembered.get(key)
  if (known) return known
  const local = Temporal.Instant.fromEpochMilliseconds(atMinute).toZonedDateTimeISO('UTC').toPlainDateTime()
  const earlier = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  const later = local.toZonedDateTime(timeZone, { disambiguation: 'later' })
  const leftOut = !earlier.toPlainDateTime().equals(local)
  const readings = leftOut ? [later] : earlier.equals(later) ? [earlier] : [earlier, later]
  const offsets = readings.map((reading) => atMinute - reading.epochMilliseconds)
  if (remembered.size >= rememberedMost) remembered.clear()
  remembered.set(key, offsets)
  return offsets
}
