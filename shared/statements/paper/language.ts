// How a language writes amounts, days and countries.

import { wordsOf } from './words.ts'
import type { Words } from './words.ts'

export interface Language {
  words: Words
  /** An exact amount, never through floating point, with at least and at most so many digits behind the point. */
  amount: (text: string, least: number, most?: number) => string
  whole: (count: number) => string
  /** A day of a period: 2026-10-01. */
  day: (date: string) => string
  /** A moment in a zone, to the minute or the second. */
  moment: (at: Date, zone: string) => string
  /** Country and kind of number, such as Germany, mobile. */
  destination: (country: string | null, kind: string | null) => string
}

/** The language of a client; English for one nobody knows. */
export function languageOf(name: string): Language {
  const words = wordsOf(name)
  const locale = name === 'ru' ? 'ru' : 'en-GB'
  const countries = new Intl.DisplayNames(locale, { type: 'region' })
  const formats = new Map<string, Intl.NumberFormat>()
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
  const moments = new Map<string, Intl.DateTimeFormat>()
  return {
    words,
    amount(text, least, most = 20) {
      const key = `${least} ${most}`
      let format = formats.get(key)
      if (!format) {
        format = new Intl.NumberFormat(locale, {
          minimumFractionDigits: least,
          maximumFractionDigits: Math.max(least, most),
        })
        formats.set(key, format)
      }
      // A decimal in a string is formatted digit by digit (ECMA-402 2023); its type does not know every string that is one.
      return format
        .format(text as `${number}`)
        .replaceAll('\u00a0', ' ')
        .replaceAll('\u202f', ' ')
    },
    whole: (count) => count.toLocaleString(locale).replaceAll('\u00a0', ' '),
    day: (date) => days.format(new Date(`${date}T00:00:00Z`)).replaceAll('\u00a0', ' '),
    moment(at, zone) {
      let format = moments.get(zone)
      if (!format) {
        format = new Intl.DateTimeFormat(locale, { dateStyle: 'short', timeStyle: 'medium', timeZone: zone })
        moments.set(zone, format)
      }
      return format.format(at)
    },
    destination(country, kind) {
      const place = country === null || country === '' ? '' : nameOf(countries, country)
      const sort = kind === null || kind === '' ? '' : (words.kinds[kind] ?? kind)
      return [place, sort].filter((word) => word !== '').join(', ') || words.other
    },
  }
}

function nameOf(countries: Intl.DisplayNames, country: string): string {
  try {
    return countries.of(country) ?? country
  } catch {
    return country
  }
}
