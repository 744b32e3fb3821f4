// Languages of the pages beside English: a file each, from texts of ours to what they are there. A {} stands for what is put in.

import { readFileSync } from 'node:fs'

import type { Translate } from '../text/html.ts'

const read = (language: string): Record<string, string> =>
  JSON.parse(readFileSync(new URL(`${language}.json`, import.meta.url), 'utf8')) as Record<string, string>

function createTranslate(texts: Readonly<Record<string, string>>): Translate {
  const whole = new Map(Object.entries(texts))
  const patterns = Object.entries(texts).flatMap(([english, there]) => {
    if (!english.includes('{}')) return []
    const pieces = english.split('{}').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    return [{ pattern: new RegExp(`^${pieces.join('(.+?)')}$`, 's'), there }]
  })
  return (text) => {
    const found = whole.get(text)
    if (found !== undefined) return found
    for (const { pattern, there } of patterns) {
      const [, ...given] = pattern.exec(text) ?? []
      if (given.length > 0) return there.replaceAll('{}', () => given.shift() ?? '')
    }
    return undefined
  }
}

const english: Translate = () => undefined
const languages = new Map<string, Translate>([['ru', createTranslate(read('ru'))]])

/** English for a language there is none of. */
export const translationsIn = (language: string): Translate => languages.get(language) ?? english
