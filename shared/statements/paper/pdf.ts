// The statement as a PDF: what was saved, what is to be paid, and where it comes from.

import type { Readable } from 'node:stream'

import type { Content, Document } from './content.ts'
import { ink, newPaper } from './page.ts'
import type { Paper } from './page.ts'
import { languageOf } from './language.ts'
import type { Language } from './language.ts'
import { corrections, dearestCalls, fees, grouped, minutes } from './tables.ts'

/** Streams the file; `written` ends when all of it is handed over. The same statement gives the same bytes. */
export function writePdf(content: Content): { stream: Readable; written: Promise<void> } {
  const { document } = content
  const language = languageOf(document.payer.language ?? 'en')
  const { words } = language
  const title = document.number === null ? words.title : `${words.title} ${document.number}`
  const stamp = document.status === 'issued' ? null : document.status === 'void' ? words.void : words.draft
  const paper = newPaper(title, document.issued_at ?? document.made_at, stamp, (page) =>
    [document.issuer.name, title, words.page(page)].filter((part) => part).join('  ·  '),
  )
  return { stream: paper.pdf, written: compose(paper, content, language, title).finally(paper.end) }
}

async function compose(paper: Paper, content: Content, language: Language, title: string): Promise<void> {
  const { document, callsFile } = content
  const { words } = language
  head(paper, document, language, title)
  if (document.calls > 0) savings(paper, document, language)
  await summary(paper, content, language)

  for (const [what, heading] of [
    ['calls', words.calls],
    ['late', words.late],
  ] as const)
    await grouped(paper, content, language, what, heading)
  await corrections(paper, content, language)
  await fees(paper, content, language)
  dearestCalls(paper, content, language)
  paper.need(40)
  paper.y += 12
  paper.y += paper.write(
    `${words.everyCall(callsFile)} ${words.zone(document.time_zone)}.`,
    paper.left,
    paper.y,
    paper.width,
    { size: 7.5, color: ink.faint },
  )
}

function head(paper: Paper, document: Document, language: Language, title: string): void {
  const { words } = language
  const { issuer, payer } = document
  const half = paper.width / 2
  let left = paper.y
  if (document.logo !== null) {
    paper.pdf.image(document.logo, paper.left, left, { fit: [140, 48] })
    left += 56
  }
  if (issuer.name) left += paper.write(issuer.name, paper.left, left, half - 12, { size: 11, bold: true })
  for (const line of [issuer.address, issuer.tax_id ? `${words.taxId} ${issuer.tax_id}` : ''])
    if (line) left += paper.write(line, paper.left, left, half - 12, { color: ink.faint })
  let right = paper.y
  right += paper.write(title, paper.left + half, right, half, { size: 17, bold: true, align: 'right' }) + 4
  const facts: [string, string][] = [
    [words.period, `${language.day(document.first_day)} – ${language.day(document.last_day)}`],
    [words.issued, document.issued_on === null ? '' : language.day(document.issued_on)],
    [words.due, document.due_at === null ? '' : language.day(document.due_at)],
  ]
  for (const [name, value] of facts) {
    if (value === '') continue
    paper.write(name, paper.left + half, right, half - 150, { color: ink.faint, align: 'right' })
    right += paper.write(value, paper.left + paper.width - 142, right, 142, { align: 'right' })
  }
  paper.y = Math.max(left, right) + 22
  paper.y += paper.write(words.payer, paper.left, paper.y, half, { size: 7, color: ink.faint })
  paper.y += paper.write(payer.name ?? '', paper.left, paper.y, half, { size: 10, bold: true })
  for (const line of [payer.address, payer.tax_id ? `${words.taxId} ${payer.tax_id}` : ''])
    if (line) paper.y += paper.write(line, paper.left, paper.y, half)
  paper.y += 16
}

function savings(paper: Paper, document: Document, { words, amount }: Language): void {
  const boxes: [string, string, string][] = [
    [words.atMaster, document.at_master, ink.text],
    [words.savedByPlan, document.saved_by_plan, ink.mark],
    [words.savedByBundles, document.saved_by_bundles, ink.mark],
    [words.paid, document.paid, ink.text],
  ]
  const width = paper.width / boxes.length
  paper.pdf.roundedRect(paper.left, paper.y, paper.width, 64, 6).fill(ink.soft)
  paper.write(words.savings, paper.left + 12, paper.y + 8, paper.width - 24, {
    size: 9,
    bold: true,
    color: ink.mark,
  })
  for (const [at, [name, value, color]] of boxes.entries()) {
    const x = paper.left + 12 + at * width
    paper.write(name, x, paper.y + 25, width - 14, { size: 7, color: ink.faint })
    paper.write(
      `${amount(value, document.amount_digits)} ${document.currency}`,
      x,
      paper.y + 41,
      width - 14,
      {
        size: 10.5,
        bold: true,
        color,
      },
    )
  }
  paper.y += 72
}

async function summary(paper: Paper, { document, lines }: Content, language: Language): Promise<void> {
  const { words, amount } = language
  const { decimals, amount_digits: digits, currency } = document
  paper.heading(words.summary)
  const row = (name: string, value: string, bold = false): void => {
    paper.need(18)
    const height = paper.write(name, paper.left, paper.y, paper.width - 120, { bold, size: bold ? 10 : 8.5 })
    paper.write(value, paper.left + paper.width - 120, paper.y, 120, {
      bold,
      size: bold ? 10 : 8.5,
      align: 'right',
    })
    paper.y += height + 3
  }
  if (document.calls > 0)
    row(
      `${words.calls}: ${language.whole(document.calls)}, ${amount(minutes(document.billable_sec), 1, 1)} ${words.minutes.toLowerCase()}`,
      amount(document.paid, digits),
    )
  for (const [name, value] of [
    [words.corrections, document.corrections],
    [words.fees, document.fixed_fees],
    [words.bursts, document.bursts],
  ] as const)
    if (Number(value) !== 0) row(name, amount(value, digits))
  paper.rule(paper.y)
  paper.y += 4
  row(words.net, amount(document.net, digits))
  for await (const line of lines('tax'))
    row(
      words.tax(line.description, amount(line.unit_price ?? '0', 0), amount(line.quantity ?? '0', digits)),
      amount(line.net, digits),
    )
  if (Number(document.rounding) !== 0) row(words.rounding, amount(document.rounding, digits))
  for await (const line of lines('credit'))
    row(words.credit(line.description, line.reason ?? ''), amount(line.net, digits))
  paper.rule(paper.y, ink.text)
  paper.y += 5
  const owed = !document.total.startsWith('-')
  row(
    owed ? words.total : words.credited,
    `${amount(owed ? document.total : document.total.slice(1), decimals)} ${currency}`,
    true,
  )
  if (document.issuer.bank && owed) {
    paper.y += 6
    paper.y += paper.write(words.bank, paper.left, paper.y, paper.width, { size: 7, color: ink.faint })
    paper.y += paper.write(document.issuer.bank, paper.left, paper.y, paper.width)
  }
}
