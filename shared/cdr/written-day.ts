// The day and the seconds of a record as they are written, whatever time zone the exchange is in: by these what a source holds is
// compared with what was read.

import type { Format } from '../sources/record/format.ts'
import type { SourceRecord } from '../sources/record/reader.ts'
import { textInFirst } from '../sources/record/record.ts'
import { decimal, microseconds } from '../time/seconds.ts'
import { yearFirst } from '../time/wall-clock.ts'

// 2026-11-21, 21/11/2026. Servers that count group by so many characters.
const dayCharacters = 10
const wholeSeconds = /^(0|[1-9]\d{0,14})$/

/** A day, 2026-11-21, or null; and seconds as a decimal number. */
export interface WrittenOn {
  day: string | null
  seconds: string
}

let last = { written: '', day: '' }

/** By the columns of its format; the first that a record has counts. */
export function writtenOn(
  record: SourceRecord,
  { began, billsec, dayOf }: Pick<Format, 'began' | 'billsec' | 'dayOf'>,
): WrittenOn {
  const seconds = textInFirst(record, billsec)
  return {
    day: writtenDay(textInFirst(record, began), dayOf),
    seconds: wholeSeconds.test(seconds) ? seconds : decimal(microseconds(seconds)),
  }
}

/** The day a moment begins with, however it is written there (`dayOf`); null when it is no date. */
export function writtenDay(written: string, dayOf?: (written: string) => string): string | null {
  const beginning = written.slice(0, dayCharacters)
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(yearFirst(dayOf?.(beginning) ?? beginning))
  if (!found) return null
  // Records come a day at a time.
  if (found[0] === last.written) return last.day
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])]
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return null
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  last = { written: found[0], day: date.toISOString().slice(0, 10) }
  return last.day
}
