// The tables of a statement on paper: calls by destination, corrections, fees, bursts, the dearest calls.

import type { Content } from './content.ts'
import type { Language } from './language.ts'
import { table } from './page.ts'
import type { Paper } from './page.ts'

export async function grouped(
  paper: Paper,
  { document, lines }: Content,
  language: Language,
  what: 'calls' | 'late',
  heading: string,
): Promise<void> {
  const { words, amount } = language
  let row: ReturnType<typeof table> | undefined
  for await (const line of lines(what)) {
    if (!row) {
      paper.heading(heading)
      row = table(paper, [
        { heading: words.destination, width: 171 },
        { heading: words.count, width: 44, right: true },
        { heading: words.minutes, width: 56, right: true },
        { heading: words.perMinute, width: 56, right: true },
        { heading: words.master, width: 58, right: true },
        { heading: words.saved, width: 56, right: true },
        { heading: words.amount, width: 58, right: true },
      ])
    }
    row([
      language.destination(line.country, line.kind),
      language.whole(line.calls ?? 0),
      amount(minutes(line.billable_sec ?? 0), 1, 1),
      amount(line.unit_price ?? '0', document.price_digits),
      amount(line.at_master ?? '0', document.amount_digits),
      amount(line.saved ?? '0', document.amount_digits),
      amount(line.net, document.amount_digits),
    ])
  }
}

export async function corrections(
  paper: Paper,
  { document, lines }: Content,
  language: Language,
): Promise<void> {
  const { words, amount } = language
  let row: ReturnType<typeof table> | undefined
  for await (const line of lines('correction')) {
    if (!row) {
      paper.heading(words.corrections)
      row = table(paper, [
        { heading: words.began, width: 96 },
        { heading: words.called, width: 88 },
        { heading: words.reason, width: 150 },
        { heading: words.before, width: 55, right: true },
        { heading: words.now, width: 55, right: true },
        { heading: words.difference, width: 55, right: true },
      ])
    }
    row([
      line.began === null ? '' : language.moment(line.began, document.time_zone),
      line.description,
      line.reason ?? '',
      amount(line.quantity ?? '0', document.amount_digits),
      amount(line.unit_price ?? '0', document.amount_digits),
      amount(line.net, document.amount_digits),
    ])
  }
}

export async function fees(paper: Paper, { document, lines }: Content, language: Language): Promise<void> {
  const { words, amount } = language
  const headings = {
    fee: [words.fees, words.quantity, words.perMonth],
    burst: [words.bursts, words.units, words.unitPrice],
  } as const
  for (const what of ['fee', 'burst'] as const) {
    const [heading, units, price] = headings[what]
    let row: ReturnType<typeof table> | undefined
    for await (const line of lines(what)) {
      if (!row) {
        paper.heading(heading)
        row = table(paper, [
          { heading: words.what, width: 259 },
          { heading: units, width: 80, right: true },
          { heading: price, width: 80, right: true },
          { heading: words.amount, width: 80, right: true },
        ])
      }
      row([
        what === 'fee' ? line.description : words.burst(line.description, line.reason ?? ''),
        amount(line.quantity ?? '0', 0),
        amount(line.unit_price ?? '0', document.amount_digits),
        amount(line.net, document.amount_digits),
      ])
    }
  }
}

export function dearestCalls(paper: Paper, { document, dearest }: Content, language: Language): void {
  const { words, amount } = language
  if (dearest.length === 0) return
  paper.heading(words.dearest)
  const row = table(paper, [
    { heading: words.began, width: 110 },
    { heading: words.called, width: 110 },
    { heading: words.destination, width: 150 },
    { heading: words.lasted, width: 50, right: true },
    { heading: words.amount, width: 79, right: true },
  ])
  for (const call of dearest)
    row([
      language.moment(call.calldate, document.time_zone),
      call.number ?? '',
      language.destination(call.country, call.kind),
      lasted(call.billable_sec),
      amount(call.total, document.amount_digits),
    ])
}

/** Minutes with one digit, as text. */
export function minutes(seconds: number): string {
  return (seconds / 60).toFixed(1)
}

function lasted(seconds: number): string {
  const [hours, rest] = [Math.floor(seconds / 3600), seconds % 3600]
  const [mins, secs] = [Math.floor(rest / 60), rest % 60]
  const two = (part: number): string => String(part).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(mins)}:${two(secs)}` : `${mins}:${two(secs)}`
}
