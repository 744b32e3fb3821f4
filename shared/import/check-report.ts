// What --check says of records, for people at a terminal of 80 columns.

import type { Judged } from '../cdr/judge.ts'
import type { SourceRecord } from '../sources/record/reader.ts'
import { printable } from '../text/printable.ts'

const width = 80
const shownMost = 10
const clippedAt = 60

export interface Checked {
  timeZone: string
  /** How many of the records are here already. */
  known: number
  /** Everything there is was read. */
  isAll: boolean
}

export interface Report {
  /** The first ten records as they are and as what they would become. */
  records: string
  /** How many would become what. */
  sums: string
}

export function reportOf(
  begins: string,
  judged: readonly Judged[],
  { timeZone, known, isAll }: Checked,
): Report {
  const calls = judged.filter(({ calldate }) => calldate !== undefined).length
  const parts = judged.filter(({ part_of }) => part_of !== undefined).length
  const records = [
    ...wrapped('', begins),
    '',
    ...judged.slice(0, shownMost).flatMap((one, at) => [...shown(one, at + 1, timeZone), '']),
  ]
  const sums = [
    ...wrapped(
      '',
      `${judged.length} records were read${isAll ? '' : ', the first of more'}; ${known} of them are here already.`,
    ),
    `${calls} would become calls.`,
    ...(parts > 0 ? [`${parts} would be joined with others into calls.`] : []),
    ...reasons(
      'rejected',
      judged.map(({ rejected }) => rejected),
    ),
    ...reasons(
      'left out',
      judged.map(({ left_out }) => left_out),
    ),
    'Nothing was written.',
  ]
  return { records: records.join('\n'), sums: sums.join('\n') }
}

function shown(one: Judged, nr: number, timeZone: string): string[] {
  return [
    ...wrapped(`${String(nr).padStart(2)}  record    `, assigned(one.record)),
    ...wrapped('    became    ', outcome(one)),
    ...(one.calldate === undefined ? [] : wrapped('    began     ', moments(one, one.calldate, timeZone))),
  ]
}

function outcome({ rejected, left_out, part_of, calldate, ...call }: Judged): string {
  if (rejected !== null) return `nothing, it is rejected: ${rejected}`
  if (left_out !== undefined) return `nothing, it is left out: ${left_out}`
  if (calldate === undefined) return `a part of call ${part_of ?? ''}`
  const { src, dst, channel, dstchannel, disposition, accountcode, duration, billsec } = call
  const texts = { src, dst, channel, dstchannel, disposition, accountcode }
  return `a call: ${assigned({ ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text ?? ''])), duration: String(duration), billsec: String(billsec) })}`
}

function assigned(record: SourceRecord): string {
  const filled = Object.entries(record).filter(([, value]) => value !== null && value !== '')
  return filled.map(([name, value]) => `${name}=${clipped(value ?? '')}`).join(' ')
}

function clipped(value: string): string {
  const text = printable(value)
  const short = text.length > clippedAt ? `${text.slice(0, clippedAt - 1)}…` : text
  return short.includes(' ') ? `"${short}"` : short
}

function moments({ answered_at }: Judged, calldate: string, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const began = `${inUtc(calldate)}, ${clock.format(new Date(calldate))} in ${timeZone}`
  return answered_at ? `${began}; answered ${inUtc(answered_at)}` : began
}

function inUtc(moment: string): string {
  return `${moment.slice(0, 19).replace('T', ' ')} UTC`
}

/** The most frequent first; the values they quote are left out. */
function reasons(what: string, given: readonly (string | null | undefined)[]): string[] {
  const counts = new Map<string, number>()
  for (const reason of given) {
    if (reason === null || reason === undefined) continue
    const kind = reason.replace(/"[^"]*"/g, '"…"')
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  if (counts.size === 0) return []
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, shownMost)
  return [
    `${all} would be ${what}${counts.size > shownMost ? ', most of them because' : ''}:`,
    ...most.flatMap(([reason, count]) => wrapped(`${String(count).padStart(7)}  `, reason)),
  ]
}

/** Lines of at most 80 characters, the further ones as far to the right as the text of the first begins. */
function wrapped(label: string, text: string): string[] {
  const room = width - label.length
  const lines: string[] = []
  for (const word of printable(text)
    .split(' ')
    .flatMap((long) => long.match(new RegExp(`.{1,${room}}`, 'gu')) ?? [])) {
    const line = lines.at(-1)
    if (line === undefined || line.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}`)
}
