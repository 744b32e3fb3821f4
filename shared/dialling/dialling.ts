// What a dialled string means. Rows of prefix have the first word, then the numbering plan of the country (digit-analysis.ts).

import { analyse } from './digit-analysis.ts'
import type { ExchangeFacts } from './digit-analysis.ts'
import { planOf } from './libphonenumber.ts'
import { numberKind } from './number-kind.ts'
import type { NumberKind, Analysis } from './number-kind.ts'

/**
 * Columns of table prefix, of rows for this source or for everywhere (source_id null). How many digits may follow is
 * inclusive; null: any number of them.
 */
export interface Prefix {
  id: number
  prefix: string
  source_id: number | null
  digits_from: number | null
  digits_to: number | null
  e164: string | null
  kind: NumberKind | null
}

/**
 * number: E.164 without +; for internal, emergency and service the digits themselves; '' for none. country: ISO 3166 of the
 * number, null where it has none (global services, internal, none); of emergency and service that of the exchange.
 */
export interface Destination {
  number: string
  kind: NumberKind
  country: string | null
  prefix_id: number | null
}

// Unicode's normal form takes quadratic time on a hostile text, so a long one is cut before it.
const longestWritten = 1_000
// Carrier and access codes before an E.164 number of 15 digits leave it far below this.
const longestDialled = 40

/**
 * What was dialled, as a destination. Digits are never picked out of a string that is not a dialled number: 's', '*97',
 * 'vms460', '6500(5160)' are of kind none.
 */
export function destinationOf(
  dialled: string,
  exchange: ExchangeFacts,
  prefixes: readonly Prefix[],
): Destination {
  if (!isNotation(dialled)) return { number: '', kind: 'none', country: null, prefix_id: null }
  const digits = dialledDigits(dialled)
  const row = longestThatFits(digits, prefixes)
  const analysis = row ? readByRow(digits, row, exchange) : analyse(withoutEnd(digits), exchange)
  return {
    number: analysis?.number ?? '',
    kind: analysis?.kind ?? 'none',
    country: analysis?.country ?? null,
    prefix_id: row?.id ?? null,
  }
}

/** The caller as E.164 without +; else an extension; else the string as it is, trimmed. */
export function callerOf(src: string, exchange: ExchangeFacts): string {
  // Nobody's own number begins with the digit that leaves the office.
  const analysis = isNotation(src)
    ? analyse(withoutEnd(dialledDigits(src)), { ...exchange, outside_line: null })
    : null
  return analysis?.number ?? src.trim()
}

/**
 * What prefixes are compared with: without scheme, host, parameters and punctuation; at most 40 characters. The SQL
 * function dialled_digits does the same.
 */
export function dialledDigits(dialled: string): string {
  return withoutPunctuation(userPart(dialled)).slice(0, longestDialled)
}

function userPart(dialled: string): string {
  return dialled
    .slice(0, longestWritten)
    .normalize('NFKC')
    .replace(/^\s*(?:sips?|tel):/i, '')
    .replace(/[@;].*$/s, '')
}

function withoutPunctuation(text: string): string {
  // Between digits ~ , w p are pauses that a telephone makes, or the exchange when it dials.
  return text.replace(/[\s()./-]/g, '').replace(/(?<=\d)[~,wWpP]+(?=[+\d])/g, '')
}

/** Whether punctuation stands as in a written number: brackets hold an area code or trunk prefix, and more digits follow. */
function isNotation(dialled: string): boolean {
  if (dialled.length > longestWritten) return false
  const text = userPart(dialled)
  if (withoutPunctuation(text).length > longestDialled) return false
  return !/[()]/.test(text.replace(/\(\s*\+?\d{1,6}\s*\)(?=[\s./-]*[\d(])/g, ''))
}

// # tells the exchange that dialling has ended.
function withoutEnd(digits: string): string {
  return digits.endsWith('#') ? digits.slice(0, -1) : digits
}

function longestThatFits(digits: string, prefixes: readonly Prefix[]): Prefix | undefined {
  const fitting = prefixes.filter(({ prefix, digits_from, digits_to }) => {
    if (!digits.startsWith(prefix)) return false
    const following = digits.slice(prefix.length).replace(/\D/g, '').length
    return following >= (digits_from ?? 0) && following <= (digits_to ?? longestDialled)
  })
  const isHere = (row: Prefix) => Number(row.source_id !== null)
  return fitting.sort((a, b) => b.prefix.length - a.prefix.length || isHere(b) - isHere(a) || a.id - b.id)[0]
}

function readByRow(digits: string, row: Prefix, exchange: ExchangeFacts): Omit<Analysis, 'isInUse'> | null {
  const dialled = withoutEnd(digits)
  switch (row.kind) {
    case 'none':
      return null
    case 'internal':
      return { number: dialled, kind: row.kind, country: null }
    case 'emergency':
    case 'service':
      return { number: dialled, kind: row.kind, country: exchange.country }
  }
  const analysis =
    row.e164 === null
      ? analyse(dialled, exchange)
      : numberKind(row.e164 + afterPrefix(dialled, row), planOf(exchange.country))
  return analysis && { ...analysis, kind: row.kind ?? analysis.kind }
}

/** Behind a routing code, which has no digits of its own in E.164, the number may stand with its +. */
function afterPrefix(dialled: string, { prefix, e164 }: Prefix): string {
  const rest = dialled.slice(prefix.length)
  return e164 === '' && rest.startsWith('+') ? rest.slice(1) : rest
}
