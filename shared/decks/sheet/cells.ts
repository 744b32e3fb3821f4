// What the cells of a rate deck mean: codes, prices and seconds as providers and spreadsheets write them. Nothing is guessed.

/** What was read, or what is wrong with the cell, to follow the number of its line. */
export type Cell<Value> = { value: Value } | { wrong: string }

const codeDigitsMost = 15
const codesMost = 10_000
const shownMost = 40
const isoCurrencies = new Set(Intl.supportedValuesOf('currency'))

/**
 * The codes of a cell: `+7 495`, `^93.*`, `93*`, `9370-9373, 9378`. `*` alone means any number, the code ''.
 * Codes are digits; whether they begin an E.164 number is for the caller to know.
 */
export function codesIn(written: string): Cell<string[]> {
  const text = written.trim()
  if (text === '') return { wrong: 'has no code' }
  if (/^\d+([.,]\d+)?e[+-]?\d+$/i.test(text)) {
    return { wrong: `code ${shown(text)} is no code: a spreadsheet has rounded it, its digits are lost` }
  }
  const twofold = readInTwoWays(text)
  if (twofold !== undefined) return { wrong: twofold }
  const codes: string[] = []
  for (const part of text.split(/[,;\n]/)) {
    if (part.trim() === '') continue
    const found = rangeIn(part)
    if ('wrong' in found) return found
    if (codes.length + found.value.length > codesMost) {
      return { wrong: `code ${shown(text)} is more than ${codesMost.toLocaleString('en')} codes` }
    }
    codes.push(...found.value)
  }
  return codes.length > 0 ? { value: codes } : { wrong: `code ${shown(text)} is no code` }
}

/** What carriers write and mean in more than one way; undefined when there is only one. */
function readInTwoWays(text: string): string | undefined {
  const whole = 'write each code in full, with commas between'
  if (/\([^)]*[,;/]|\(\s*0/.test(text))
    return `code ${shown(text)} can be read in two ways (parentheses): ${whole}`
  for (const part of text.split(/[,;\n]/)) {
    const [, from = '', to = ''] = /^\s*\+?(\d+)\s*[-–—]\s*(\d+)\s*$/.exec(part) ?? []
    // 9370-9373 is a range; 44-79 may be the code 4479, 201-555 the code 1201555.
    if (from !== '' && from.length === to.length && from.length < 4 && from.slice(0, 2) !== to.slice(0, 2))
      return `code ${shown(part)} can be read in two ways, as a range or as one code: ${whole}`
    const groups = part.trim().split(/\s+/)
    const [first = ''] = groups
    const alike = groups
      .slice(1)
      .some((group) => group.length === first.length && group.slice(0, 2) === first.slice(0, 2))
    const several =
      groups.length > 2 &&
      /^\d{3,}$/.test(groups.at(-1) ?? '') &&
      groups.at(-1)?.length === groups.at(-2)?.length
    if (
      groups.length > 1 &&
      groups.every((group) => /^\d+$/.test(group)) &&
      ((alike && first.length >= 3) || several)
    )
      return `code ${shown(part)} can be read in two ways, as several codes or as one: ${whole}`
  }
  return undefined
}

/** One code, or all from one to another of as many digits. */
function rangeIn(part: string): Cell<string[]> {
  const bare = part.replace(/[\s()']/g, '')
  const found = /^\^?\\?\+?(\d*)(\.?\*)?\$?$/.exec(bare)
  const code = found?.[1] ?? ''
  if (found && (code !== '' || found[2] !== undefined)) {
    return code.length > codeDigitsMost ? tooLong(part) : { value: [code] }
  }
  const [, from, to] = /^\+?(\d+)[-–—]\+?(\d+)$/.exec(bare) ?? []
  if (from === undefined || to === undefined) return { wrong: `code ${shown(part)} is no code` }
  if (from.length > codeDigitsMost) return tooLong(part)
  if (from.length !== to.length || from > to) {
    return {
      wrong: `range ${shown(part)} is not clear: write both ends with as many digits, the lower one first`,
    }
  }
  const count = Number(to) - Number(from) + 1
  if (count > codesMost)
    return { wrong: `range ${shown(part)} is more than ${codesMost.toLocaleString('en')} codes` }
  return {
    value: Array.from({ length: count }, (_, at) => String(Number(from) + at).padStart(from.length, '0')),
  }
}

function tooLong(code: string): { wrong: string } {
  return { wrong: `code ${shown(code)} has more than ${codeDigitsMost} digits` }
}

/** An amount as PostgreSQL reads it, the decimal sign and the currency it was written with ('' when it has none). */
export interface Amount {
  amount: string
  sign: string
  currency: string
}

/** Not negative, under 10^12, at most 8 decimals that count: `0.0123`, `0,0123`, `.5`. `what` names it in what is wrong. */
export function amountIn(written: string, what: string): Cell<Amount> {
  const text = written.trim()
  if (text === '') return { wrong: `has no ${what}` }
  const money = /^([A-Z]{3}(?=[\s\d])|\p{Sc})?\s*(.*?)\s*((?<=[\s\d])[A-Z]{3}|\p{Sc})?$/u.exec(text)
  const currency = money?.[1] ?? money?.[3] ?? ''
  const found = /^(-?)(\d*)(?:([.,])(\d*))?$/.exec(money?.[2] ?? text)
  const [, minus = '', whole = '', sign = '', decimals = ''] = found ?? []
  if (!found || whole + decimals === '') return { wrong: `${what} ${shown(text)} is no number` }
  if (minus !== '') return { wrong: `${what} ${shown(text)} is negative` }
  if (whole.replace(/^0+/, '').length > 12) return { wrong: `${what} ${shown(text)} is not under 10^12` }
  const kept = decimals.length > 8 ? decimals.replace(/0+$/, '') : decimals
  if (kept.length > 8) return { wrong: `${what} ${shown(text)} has more than 8 decimals` }
  return {
    value: { amount: `${whole === '' ? '0' : whole}${kept === '' ? '' : `.${kept}`}`, sign, currency },
  }
}

/** Whole seconds up to a day, from `least` on. */
export function secondsIn(written: string, what: string, least: number): Cell<string> {
  const text = written.trim()
  if (/^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= 86_400) return { value: text }
  return { wrong: `${what} ${shown(text)} is no number of seconds from ${least} to 86400` }
}

/** `60/1` means the first 60 seconds, then steps of one; `60` alone means both. */
export function incrementsIn(written: string): Cell<{ first_sec: string; step_sec: string }> {
  const [first = '', step = first, ...more] = written.split('/')
  const first_sec = secondsIn(first, 'increment', 0)
  const step_sec = secondsIn(step, 'increment', 1)
  if ('wrong' in first_sec || 'wrong' in step_sec || more.length > 0) {
    return { wrong: `increment ${shown(written)} is neither seconds, such as 60, nor two, such as 60/1` }
  }
  return { value: { first_sec: first_sec.value, step_sec: step_sec.value } }
}

/** A cell as it was written, in quotes, short enough for a line. */
export function shown(written: string): string {
  const text = written.trim()
  return JSON.stringify(text.length > shownMost ? `${text.slice(0, shownMost)}…` : text)
}

/** Another currency than this one that a heading names, by its code or sign; undefined when it names none. */
export function otherCurrencyIn(heading: string, currency: string): string | undefined {
  const named = heading.match(/(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])|\p{Sc}/gu) ?? []
  const money = named.filter((one) => one.length !== 3 || isoCurrencies.has(one))
  return money.some((one) => isOfCurrency(one, currency)) ? undefined : money[0]
}

/** Whether a sign or code before or behind an amount is of this currency (ISO 4217): `$` is any dollar. */
export function isOfCurrency(written: string, currency: string): boolean {
  if (written === '' || written === currency) return true
  const parts = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0)
  return parts.some(({ type, value }) => type === 'currency' && value === written)
}

/** A day as 2026-12-01: written so, or with the day or the month first where `order` says which. */
export function dayIn(written: string, order: 'day' | 'month' | undefined): Cell<string> {
  const text = written.trim().replace(/[T ]00:00(:00(\.0+)?)?Z?$/, '')
  const [, year, , month, day] = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(text) ?? []
  if (year !== undefined) return existing(text, year, month, day)
  const [, first, , second, last] = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/.exec(text) ?? []
  if (first === undefined) return { wrong: `date ${shown(text)} is no day such as 2026-12-01` }
  const isClear = Number(first) > 12 || Number(second) > 12 || first === second
  if (order === undefined && !isClear)
    return { wrong: `date ${shown(text)} can be read in two ways: say --date-order day or month` }
  const dayFirst = order === undefined ? Number(second) <= 12 : order === 'day'
  return dayFirst ? existing(text, last, second, first) : existing(text, last, first, second)
}

function existing(text: string, year = '', month = '', day = ''): Cell<string> {
  const value = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const at = new Date(`${value}T00:00:00Z`)
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== value
    ? { wrong: `date ${shown(text)} is no day there is` }
    : { value }
}

/** The country code in front of these area codes; '' where the deck has none of its own. */
export function countryCodeIn(written: string | undefined, codes: readonly string[]): Cell<string> {
  if (written === undefined) return { value: '' }
  const [, country] = /^\+?([1-9]\d{0,5})$/.exec(written.trim()) ?? []
  if (country === undefined) return { wrong: `country code ${shown(written)} is no country code such as 44` }
  const national = codes.find((code) => code.startsWith('0'))
  // Numbers of Italy and its neighbours keep it.
  if (national === undefined || ['39', '378', '379'].includes(country)) return { value: country }
  return {
    wrong: `area code ${shown(national)} behind country code ${country} begins with 0: write it as it is dialled from abroad`,
  }
}
