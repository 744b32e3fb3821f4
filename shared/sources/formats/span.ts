// When a call began and was answered, and how long it was, whatever the exchange calls the columns.

import { instantsOf } from '../../time/wall-clock.ts'
import type { Clock, NewCall } from '../record/format.ts'
import type { SourceRecord } from '../record/reader.ts'
import { cited, textIn } from '../record/record.ts'

const earliestYear = 1990
const dayMs = 86_400_000
const secondsMost = 31_622_400
const roundedSec = 2

/** Columns of a span, by the names an exchange gives them; the first that a record has counts. */
export interface SpanColumns {
  began: readonly string[]
  answered: readonly string[]
  ended: readonly string[]
  /** Whether a call was answered is told by its seconds alone. */
  secondsTell?: boolean
  duration: readonly string[]
  billsec: readonly string[]
}

export type Span = Pick<NewCall, 'calldate' | 'answered_at' | 'duration' | 'billsec'>

/**
 * When a call began and was answered and how long it was, or why the record does not tell. Seconds may have fractions; they are
 * rounded up, as a second begun is a second used. In the doubled hour of autumn `epochMs` settles which hour it was;
 * without it the earlier counts. Empty seconds of an answered call are no seconds; of others they are none.
 */
export function spanOf(
  record: SourceRecord,
  columns: SpanColumns,
  clock: Clock,
  isAnswered: boolean,
  epochMs?: number,
): Span | { rejected: string } {
  const began = has(record, columns.began)
  if (began === undefined) return { rejected: `the record has no ${columns.began[0] ?? 'date'}` }
  const readings = momentsIn(record, began, clock)
  if (typeof readings === 'string') return { rejected: readings }
  const billed = has(record, columns.billsec)
  if (billed === undefined) return { rejected: `the record has no ${columns.billsec[0] ?? 'billsec'}` }
  const writtenBillsec = secondsIn(record, billed, isAnswered ? undefined : 0)
  if (typeof writtenBillsec === 'string') return { rejected: writtenBillsec }
  // A record that does not say how long the call was lasted at least as long as it was answered.
  const lasted = has(record, columns.duration) ?? ''
  const writtenDuration = secondsIn(record, lasted, writtenBillsec)
  if (typeof writtenDuration === 'string') return { rejected: writtenDuration }

  const moments = (of: readonly string[]): number[] =>
    momentsOf(textIn(record, ...of).trim(), clock.time_zone)
  const [answers, ends] = [moments(columns.answered), moments(columns.ended)]
  const saysDuration = textIn(record, lasted).trim() !== ''
  const duration = agreed(writtenDuration, saysDuration ? readings : [], ends)
  if (duration === undefined) return { rejected: contradiction(record, lasted, began, columns.ended) }
  const mustAgree = isAnswered || writtenBillsec > 0 || columns.secondsTell === true
  const billsec = agreed(writtenBillsec, mustAgree ? answers : [], ends)
  if (billsec === undefined)
    return { rejected: contradiction(record, billed, has(record, columns.answered) ?? '', columns.ended) }
  // Each may be rounded by itself.
  if (billsec > duration + roundedSec)
    return { rejected: `${billed} ${billsec} is more than the ${duration} s the call lasted (${lasted})` }

  const calldate = nearest(readings, epochMs ?? readings[0])
  return {
    calldate: new Date(calldate).toISOString(),
    answered_at: answeredAt(answers, calldate, duration, billsec),
    duration,
    billsec,
  }
}

/**
 * Seconds, where a beginning and an end there may be agree with them; theirs, where it is their milliseconds; undefined where they say
 * another. Where one of them is missing, or they are the wrong way round or within the same second, nothing contradicts.
 */
export function agreed(
  seconds: number,
  beginnings: readonly number[],
  ends: readonly number[],
): number | undefined {
  const apart = pairOf(beginnings, ends, seconds * 1_000)?.ms
  if (apart === undefined || apart < 1_000 || Math.abs(seconds * 1_000 - apart) <= roundedSec * 1_000)
    return seconds
  return Math.abs(seconds - apart) <= roundedSec * 1_000 ? Math.ceil(apart / 1_000) : undefined
}

function contradiction(record: SourceRecord, column: string, from: string, ended: readonly string[]): string {
  const to = has(record, ended) ?? ''
  return `${column} ${cited(textIn(record, column))} contradicts ${from} ${cited(textIn(record, from))} and ${to} ${cited(textIn(record, to))}`
}

/**
 * Milliseconds from one of these beginnings to one of these ends that come nearest to `wanted`, the earliest beginning
 * if several do; undefined when no end follows a beginning within a year. Moments may have two readings each in the
 * doubled hour of autumn: with 0 wanted the shortest call that the clocks allow is taken.
 */
export function pairOf(
  beginnings: readonly number[],
  ends: readonly number[],
  wanted: number,
): { start: number; ms: number } | undefined {
  const spans = beginnings
    .flatMap((start) => ends.map((end) => ({ start, ms: end - start })))
    .filter(({ ms }) => ms >= 0 && ms <= secondsMost * 1_000)
  return spans.sort(
    (one, other) => Math.abs(one.ms - wanted) - Math.abs(other.ms - wanted) || one.start - other.start,
  )[0]
}

/** The instants a moment can mean, the earlier first, or why nobody can have called then. */
export function momentsIn(
  record: SourceRecord,
  column: string,
  { time_zone, latestYear }: Clock,
): readonly [number, ...number[]] | string {
  const written = textIn(record, column).trim()
  const [earlier, ...later] = momentsOf(written, time_zone)
  if (earlier === undefined) return `${column} ${cited(written)} is no date`
  const year = new Date(earlier).getUTCFullYear()
  if (year < earliestYear) return `${column} ${cited(written)} is before ${earliestYear}`
  if (year > latestYear) return `${column} ${cited(written)} is in the future`
  return [earlier, ...later]
}

/** The instants a text can mean: a wall clock in the zone, or the seconds, milliseconds or microseconds since 1970. */
export function momentsOf(written: string, timeZone: string): number[] {
  const epoch = /^(\d{10})(\d{3})?(?:\d{3})?(?:\.\d*)?$/.exec(written)
  return epoch ? [Number(epoch[1]) * 1_000 + Number(epoch[2] ?? 0)] : instantsOf(written, timeZone)
}

function has(record: SourceRecord, columns: readonly string[]): string | undefined {
  return columns.find((column) => column in record)
}

/** Null when nobody answered or the record does not say when: then calldate + duration - billsec is as good. */
function answeredAt(
  answers: readonly number[],
  calldate: number,
  duration: number,
  billsec: number,
): string | null {
  const latest = calldate + (duration + 1) * 1_000
  const possible = answers.filter((instant) => instant >= calldate && instant <= latest)
  if (possible.length === 0) return null
  return new Date(nearest(possible, calldate + (duration - billsec) * 1_000)).toISOString()
}

/** The instant nearest to another; when that is more than a day off it tells nothing, and the first counts. */
function nearest(instants: readonly number[], other: number): number {
  const [first = other] = instants
  if (Math.abs(first - other) > dayMs) return first
  return instants.reduce((best, instant) =>
    Math.abs(instant - other) < Math.abs(best - other) ? instant : best,
  )
}

/** Whole seconds, or why they are none. What is empty counts as `empty`, if that is given. */
export function secondsIn(record: SourceRecord, column: string, empty: number | undefined): number | string {
  const written = textIn(record, column).trim()
  if (written === '') return empty ?? `${column} of an answered call is empty`
  if (/^-\d/.test(written)) return `${column} ${cited(written)} is less than nothing`
  if (/^\d{1,3}:\d{2}$/.test(written))
    return `${column} ${cited(written)} may be minutes and seconds or hours and minutes: let the exchange write seconds or hh:mm:ss`
  const told = secondsOf(written)
  if (told === undefined) return `${column} ${cited(written)} is no number of seconds`
  const seconds = Math.ceil(told)
  if (seconds > secondsMost) return `${column} ${cited(written)} is more than a year`
  return seconds
}

/** A number of seconds, hh:mm:ss, or numbers with their units (2h 3m, 120s, and 120s (2m 0s), where both must agree). */
function secondsOf(written: string): number | undefined {
  if (/^\d{1,15}(\.\d*)?$/.test(written)) return Number(written)
  const clock = /^(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d*)?)$/.exec(written)
  if (clock) return Number(clock[1]) * 3_600 + Number(clock[2]) * 60 + Number(clock[3])
  const twice = /^([^()]+)\(([^()]+)\)$/.exec(written)
  if (twice) {
    const [one, other] = [withUnits(twice[1] ?? ''), withUnits(twice[2] ?? '')]
    return one === other ? one : undefined
  }
  return withUnits(written)
}

function withUnits(written: string): number | undefined {
  const found =
    /^\s*(?:(\d{1,5})\s*h(?:ours?|rs?)?)?\s*(?:(\d{1,7})\s*m(?:in(?:ute)?s?)?)?\s*(?:(\d{1,9}(?:\.\d*)?)\s*s(?:ec(?:ond)?s?)?)?\s*$/i.exec(
      written,
    )
  if (!found || (found[1] ?? found[2] ?? found[3]) === undefined) return undefined
  return Number(found[1] ?? 0) * 3_600 + Number(found[2] ?? 0) * 60 + Number(found[3] ?? 0)
}
