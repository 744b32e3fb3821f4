// What an administrator says of the records of one source: source.mapping, which of its columns is which of the format's, and
// source.filter, which of them are no calls. Both make another format of a format, so that reading, counting and judging
// follow them without knowing.
//
// By what a record is known (identity) follows neither: an edit of a rule must not make new records of old ones.

import { Complaint } from '../errors/complaint.ts'
import type { Format } from './record/format.ts'
import type { SourceRecord } from './record/reader.ts'
import { textIn } from './record/record.ts'
import { dayShapes, shapes } from './record/shapes.ts'

/** Throws a Complaint for what is no mapping or no filter. */
export function withRules(format: Format, mapping: unknown, filter: unknown): Format {
  const renamed = mappingOf(mapping)
  const rules = filterOf(filter)
  if (renamed.length === 0 && rules.length === 0) return format
  const { join } = format
  const there = (columns: readonly string[]): string[] =>
    columns.flatMap((column) => [
      ...renamed.flatMap((to) => (to.column === column ? to.from.slice(0, 1) : [])),
      column,
    ])
  const given = renamed.filter(({ from }) => from.length === 0).map(({ column }) => column)
  const began = renamed.find(
    ({ column, as }) => format.began.includes(column) && dayShapes.includes(as ?? ''),
  )
  return {
    ...format,
    began: there(format.began),
    billsec: there(format.billsec),
    wants: format.wants
      .filter(({ columns }) => !columns.some((column) => given.includes(column)))
      .map(({ what, columns }) => ({ what, columns: there(columns) })),
    named: renamed.flatMap(({ from }) => from),
    ...(began && { dayOf: shapes[began.as ?? ''] }),
    toCall: (written, clock) => {
      const record = mapped(written, renamed)
      const rule = rules.find(({ holds }) => holds(record))
      return rule ? { left_out: `left out by the filter ${rule.written}` } : format.toCall(record, clock)
    },
    ...(join && {
      join: (parts, clock) =>
        join(
          parts.map((part) => mapped(part, renamed)),
          clock,
        ),
    }),
  }
}

interface Renamed {
  column: string
  /** What stands in these columns, one after another; in none: it is `value`. */
  from: readonly string[]
  value: string
  as: string | undefined
  /** Texts in small letters, and what stands for them; `*` is any other. */
  words: ReadonlyMap<string, string>
}

function mappingOf(mapping: unknown): Renamed[] {
  if (!isObject(mapping))
    throw new Complaint('source.mapping is no object such as {"calldate": "begin_time"}.')
  return Object.entries(mapping).map(([name, said]): Renamed => {
    const renamed = renamedBy(typeof said === 'string' ? { column: said } : said)
    if (renamed) return { column: name.toLowerCase(), ...renamed }
    throw new Complaint(
      `source.mapping says of ${name} neither the name of a column nor {"value": "text"} nor {"column": "name", "as": "${Object.keys(shapes).join('" | "')}", "words": {"text": "what it means"}}: ${JSON.stringify(said)}.`,
    )
  })
}

function renamedBy(said: unknown): Omit<Renamed, 'column'> | undefined {
  if (!isObject(said)) return undefined
  const { value, column, as, words = {}, ...unknown } = said
  if (Object.keys(unknown).length > 0) return undefined
  if (typeof value === 'string' || typeof value === 'number')
    return Object.keys(said).length === 1
      ? { from: [], value: String(value), as: undefined, words: new Map() }
      : undefined
  const from: unknown[] = Array.isArray(column) ? column : [column]
  const isKnown = as === undefined || (typeof as === 'string' && Object.hasOwn(shapes, as))
  if (from.length === 0 || !from.every(isName) || !isKnown || !isObject(words)) return undefined
  if (!Object.values(words).every((word) => typeof word === 'string')) return undefined
  return {
    from: from.map((one) => one.toLowerCase()),
    value: '',
    as,
    words: new Map(Object.entries(words).map(([text, word]) => [text.toLowerCase(), String(word)])),
  }
}

/** All columns as they are, and those that are mapped under the names of the format. */
function mapped(record: SourceRecord, renamed: readonly Renamed[]): SourceRecord {
  if (renamed.length === 0) return record
  const result = { ...record }
  for (const to of renamed) {
    const value = valueOf(record, to)
    if (value !== undefined) result[to.column] = value
  }
  return result
}

/** Undefined where the record has none of the columns. */
function valueOf(record: SourceRecord, { from, value, as, words }: Renamed): string | null | undefined {
  if (from.length === 0) return value
  const [first = ''] = from
  if (from.length === 1 && as === undefined && words.size === 0) return record[first]
  const texts = from.flatMap((column) => record[column]?.trim() ?? [])
  if (texts.length === 0) return record[first]
  const text = texts.filter((one) => one !== '').join(' ')
  const word = words.get(text.toLowerCase()) ?? words.get('*') ?? text
  return as === undefined ? word : (shapes[as]?.(word) ?? word)
}

interface Rule {
  written: string
  holds: (record: SourceRecord) => boolean
}

type Condition = (text: string) => boolean

function filterOf(filter: unknown): Rule[] {
  return (Array.isArray(filter) ? filter : [filter]).map((rule: unknown): Rule => {
    if (!isObject(rule) || Object.keys(rule).length === 0)
      throw new Complaint(
        `source.filter has a rule that is not like {"dcontext": "internal"}: ${JSON.stringify(rule)}.`,
      )
    const conditions = Object.entries(rule).map(
      ([name, said]) => [name.toLowerCase(), conditionOf(name, said)] as const,
    )
    return {
      written: JSON.stringify(rule),
      holds: (record) => conditions.every(([column, holds]) => holds(textIn(record, column))),
    }
  })
}

function conditionOf(column: string, said: unknown): Condition {
  if (isValue(said)) return (text) => text === textOf(said)
  if (Array.isArray(said) && said.length > 0 && said.every(isValue)) {
    const texts = new Set(said.map(textOf))
    return (text) => texts.has(text)
  }
  const [word, ...others] = isObject(said) ? Object.entries(said) : []
  if (word !== undefined && others.length === 0) {
    const [kind, what] = word
    if (kind === 'like' && typeof what === 'string') return (text) => isLike(text, what)
    if (kind === 'not') {
      const holds = conditionOf(column, what)
      return (text) => !holds(text)
    }
  }
  throw new Complaint(
    `source.filter asks ${column} neither for a text, a list of texts, {"like": "Local/%"} nor {"not": …}: ${JSON.stringify(said)}.`,
  )
}

/** As like in SQL: % is any text, _ any character, \ takes their meaning from them. In time that grows with the text only. */
export function isLike(text: string, pattern: string): boolean {
  const tokens = Array.from(pattern.matchAll(/\\?[^]/gu)).map(([token]) => token)
  const characters = Array.from(text)
  let [at, token] = [0, 0]
  let [backAt, backToken] = [0, -1]
  while (at < characters.length) {
    const wanted = tokens[token]
    if (wanted === '%') [backAt, backToken, token] = [at, token, token + 1]
    else if (wanted !== undefined && (wanted === '_' || wanted.replace(/^\\(?=.)/su, '') === characters[at]))
      [at, token] = [at + 1, token + 1]
    else if (backToken >= 0) [backAt, at, token] = [backAt + 1, backAt + 1, backToken + 1]
    else return false
  }
  return tokens.slice(token).every((rest) => rest === '%')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isValue(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null
}

function textOf(value: string | number | null): string {
  return value === null ? '' : String(value)
}
