// What an administrator says of the records of one source: source.mapping, which of its columns is which of the format's, and
// source.filter, which of them are no calls. Both make another format of a format, so that reading, counting and judging
// follow them without knowing.
//
// By what a record is known (identity) follows neither: an edit of a rule must not make new records of old ones.

import { Complaint } from '../errors/complaint.ts'
import type { Format } from './record/format.ts'
import type { SourceRecord } from './record/reader.ts'
import { textIn } from './record/record.ts'

/** Throws a Complaint for what is no mapping or no filter. */
export function withRules(format: Format, mapping: unknown, filter: unknown): Format {
  const renamed = mappingOf(mapping)
  const rules = filterOf(filter)
  if (renamed.length === 0 && rules.length === 0) return format
  const { join } = format
  const there = (columns: readonly string[]): string[] =>
    columns.flatMap((column) => [
      ...renamed.flatMap((to) => (to.column === column && 'from' in to ? [to.from] : [])),
      column,
    ])
  return {
    ...format,
    began: there(format.began),
    billsec: there(format.billsec),
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

type Renamed = { column: string; from: string } | { column: string; value: string }

function mappingOf(mapping: unknown): Renamed[] {
  if (!isObject(mapping))
    throw new Complaint('source.mapping is no object such as {"calldate": "begin_time"}.')
  return Object.entries(mapping).map(([name, said]): Renamed => {
    const column = name.toLowerCase()
    if (typeof said === 'string' && said !== '') return { column, from: said.toLowerCase() }
    const value = isObject(said) && Object.keys(said).join() === 'value' ? said['value'] : undefined
    if (typeof value === 'string' || typeof value === 'number') return { column, value: String(value) }
    throw new Complaint(
      `source.mapping says of ${name} neither the name of a column nor {"value": "text"}: ${JSON.stringify(said)}.`,
    )
  })
}

/** All columns as they are, and those that are mapped under the names of the format. */
function mapped(record: SourceRecord, renamed: readonly Renamed[]): SourceRecord {
  if (renamed.length === 0) return record
  const result = { ...record }
  for (const to of renamed) {
    const value = 'value' in to ? to.value : record[to.from]
    if (value !== undefined) result[to.column] = value
  }
  return result
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

function isValue(value: unknown): value is string | number | null {
  return typeof value === 'string' || typeof value === 'number' || value === null
}

function textOf(value: string | number | null): string {
  return value === null ? '' : String(value)
}
