// Days and hours of prices: which row is in force at which second of a call, by the clock on the wall of the plan's time zone.

import { offsetSpanOf } from '../time/zone-offset.ts'

/** As in table tarif; all null means always. */
export interface Hours {
  days: readonly number[] | null
  from_time: string | null
  to_time: string | null
}

export interface Moment<Row extends Hours> {
  from_sec: number
  tarif: Row | null
}

/** Whether a row holds on some days or at some hours only. */
export function hasHours(row: Hours): boolean {
  return row.days !== null || row.from_time !== null || row.to_time !== null
}

/**
 * Which of the rows, the strongest first, is in force from which second of the call on. `answered_at` is epoch milliseconds;
 * the first moment is the second the call was answered. Null: none is in force.
 */
export function momentsOf<Row extends Hours>(
  call: { answered_at: number; billable_sec: number },
  rows: readonly Row[],
  timeZone: string,
): Moment<Row>[] {
  const [best] = rows
  if (!best || !hasHours(best)) return [{ from_sec: 0, tarif: best ?? null }]

  const always = rows.findIndex((row) => !hasHours(row))
  const windows = (always < 0 ? rows : rows.slice(0, always + 1)).map(windowOf)
  const moments: Moment<Row>[] = []
  let from_sec = 0
  do {
    const at = call.answered_at + from_sec * 1000
    const span = offsetSpanOf(timeZone, at)
    const wall = at + span.offset_ms
    const tarif = windows.find((window) => isOpen(window, wall))?.tarif ?? null
    if (moments.at(-1)?.tarif !== tarif) moments.push({ from_sec, tarif })
    const change = Math.min(nextEdge(windows, wall) - span.offset_ms, span.until)
    from_sec = Math.ceil((change - call.answered_at) / 1000)
  } while (from_sec < call.billable_sec)
  return moments
}

/** Whether none of the rows comes into force or goes out of it during a call: then it costs the same, whenever within it another begins. */
export function isSteady(
  call: { answered_at: number; billable_sec: number },
  rows: readonly Hours[],
  timeZone: string,
): boolean {
  return rows.every((row) => momentsOf(call, [row], timeZone).length === 1)
}

/**
 * The hours of a row, in milliseconds since midnight by the clock on the wall. A row is in force whenever that clock shows one of its
 * times: in the doubled hour of autumn twice, in the missing hour of spring never. Days are 1 (Monday) to 7.
 */
interface Window<Row extends Hours> {
  tarif: Row
  days: readonly number[] | null
  from_ms: number
  to_ms: number
}

const dayMs = 86_400_000

function windowOf<Row extends Hours>(tarif: Row): Window<Row> {
  return {
    tarif,
    days: tarif.days,
    from_ms: clockMs(tarif.from_time, 0),
    to_ms: clockMs(tarif.to_time, dayMs),
  }
}

/** 'HH:MM' or 'HH:MM:SS' in milliseconds; '24:00' is the end of the day. */
function clockMs(time: string | null, otherwise: number): number {
  if (time === null) return otherwise
  const [hours, minutes, seconds] = time.split(':').map(Number)
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000
}

function isOpen({ days, from_ms, to_ms }: Window<Hours>, wall: number): boolean {
  const day = Math.floor(wall / dayMs)
  const time = wall - day * dayMs
  const holdsOn = (date: number) => days === null || days.includes(weekdayOf(date))
  if (from_ms < to_ms) return time >= from_ms && time < to_ms && holdsOn(day)
  // Past midnight: the hours before to_time belong to the day on which they began.
  return (time >= from_ms && holdsOn(day)) || (time < to_ms && holdsOn(day - 1))
}

/** Days are counted from 1970-01-01, a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

/** The next time on the wall at which a row may come into force or go out of it. Midnight is one, for the days. */
function nextEdge(windows: readonly Window<Hours>[], wall: number): number {
  const midnight = Math.floor(wall / dayMs) * dayMs
  let edge = midnight + dayMs
  for (const { from_ms, to_ms } of windows) {
    if (midnight + from_ms > wall) edge = Math.min(edge, midnight + from_ms)
    if (midnight + to_ms > wall) edge = Math.min(edge, midnight + to_ms)
  }
  return edge
}
