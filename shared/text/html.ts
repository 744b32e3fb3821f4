// HTML by a tagged template that escapes whatever is put into it, unless it is HTML made the same way, and that can be read in another
// language: what stands in the templates is ours and is translated, what is put into them is not, unless it is a phrase. Pure.

import { printable } from './printable.ts'

/** What a text of ours is in another language; undefined: there is no translation. */
export type Translate = (text: string) => string | undefined

/** A text of ours that is put into a template, to be translated like those that stand in it. */
export class Phrase {
  readonly english: string
  constructor(english: string) {
    this.english = english
  }
}

/** A translation beside a text that stays as it is; nothing where there is none. */
export class Beside {
  readonly english: string
  constructor(english: string) {
    this.english = english
  }
}

export type Piece = Html | Phrase | Beside | string | number | null | undefined | false | readonly Piece[]

/** Made by `html` alone. */
export class Html {
  readonly #strings: readonly string[]
  readonly #pieces: readonly Piece[]
  constructor(strings: readonly string[], pieces: readonly Piece[] = []) {
    this.#strings = strings
    this.#pieces = pieces
  }

  /** As it was written. */
  get text(): string {
    return this.in(() => undefined)
  }

  in(translate: Translate): string {
    const pieces = this.#pieces
    return partsOf(this.#strings).reduce(
      (text, part, at) => text + written(pieces[at - 1], translate) + translated(part, translate),
      '',
    )
  }
}

export const phrase = (english: string): Phrase => new Phrase(english)

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as HTML shows it: nothing in it is markup, moves a cursor or turns the direction of writing. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
}

function written(piece: Piece, translate: Translate): string {
  if (piece === null || piece === undefined || piece === false) return ''
  if (piece instanceof Html) return piece.in(translate)
  if (piece instanceof Phrase) return escaped(translate(piece.english) ?? piece.english)
  if (piece instanceof Beside) {
    const found = translate(piece.english)
    return found === undefined ? '' : `<br /><small>${escaped(found)}</small>`
  }
  if (typeof piece === 'object') return piece.map((one) => written(one, translate)).join('')
  return escaped(String(piece))
}

/** Markup as it is, and texts between with what stands around them. */
type Part = readonly (string | { before: string; text: string; behind: string })[]

const known = new WeakMap<readonly string[], Part[]>()

/** Texts between tags, and those of attributes that are read out or shown; a tag may begin in one string and end in another. */
function partsOf(strings: readonly string[]): readonly Part[] {
  const before = known.get(strings)
  if (before) return before
  let isInTag = false
  const parts = strings.map((string) =>
    (string.match(/<[^>]*>?|>|[^<>]+/g) ?? []).flatMap((token): Part => {
      const isMarkup = isInTag || token.startsWith('<')
      if (token === '>' || (token.startsWith('<') && token.endsWith('>'))) isInTag = false
      else if (token.startsWith('<')) isInTag = true
      if (isMarkup) return attributesOf(token)
      const [, space = '', text = '', behind = ''] = /^(\s*)(.*?)(\s*)$/s.exec(token) ?? []
      return /\p{L}/u.test(text) ? [{ before: space, text: text.replace(/\s+/g, ' '), behind }] : [token]
    }),
  )
  known.set(strings, parts)
  return parts
}

const attributesOf = (markup: string): Part =>
  markup.split(/((?:aria-label|placeholder|alt)="[^"]*\p{L}[^"]*")/u).map((token) => {
    const [, before, text] = /^((?:aria-label|placeholder|alt)=")([^"]*)"$/.exec(token) ?? []
    return before === undefined || text === undefined ? token : { before, text, behind: '"' }
  })

const translated = (part: Part, translate: Translate): string =>
  part
    .map((token) =>
      typeof token === 'string' ? token : token.before + inLanguage(token.text, translate) + token.behind,
    )
    .join('')

function inLanguage(text: string, translate: Translate): string {
  const found = translate(text)
  return found === undefined ? text : escaped(found)
}

/** The texts that stand in a template, as they are looked up. */
export const textsIn = (strings: readonly string[]): string[] =>
  partsOf(strings).flatMap((part) => part.flatMap((token) => (typeof token === 'string' ? [] : [token.text])))

/** Attributes must be quoted: what is put into them is escaped like all else. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(strings, pieces)
}

/** A query string behind an address: what is null or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | null | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => !!entry[1])
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}
