// JSON of a call becomes a record.

import type { SourceRecord } from '../record/reader.ts'
import { recordOf } from '../record/record.ts'

/** The object, or each of a list of them; undefined for text that is neither. */
export function recordsOfJson(text: string): SourceRecord[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const objects = Array.isArray(value) ? value : [value]
  return objects.length > 0 && objects.every(isObject) ? objects.map(recordOfTree) : undefined
}

/**
 * Columns by the names in an object, in small letters: variables of FreeSWITCH as they are, then who called whom by its last profile,
 * then what stands deeper, as outer.inner.
 */
export function recordOfTree(tree: Record<string, unknown>): SourceRecord {
  const cells = new Map<string, string | null>()
  const put = (name: string, value: unknown): void => {
    const column = name.toLowerCase()
    if (!cells.has(column)) cells.set(column, textOf(value))
  }
  const flow = Array.isArray(tree['callflow']) ? (tree['callflow'] as unknown[])[0] : tree['callflow']
  const { variables, callflow, ...others } = tree
  for (const part of [variables, isObject(flow) ? flow['caller_profile'] : undefined])
    if (isObject(part))
      for (const [name, value] of Object.entries(part)) if (!isObject(value)) put(name, value)
  if (callflow !== undefined && !isObject(flow)) put('callflow', callflow)
  const pending = Object.entries(others)
  for (let next = pending.shift(); next; next = pending.shift()) {
    const [name, value] = next
    if (isObject(value))
      pending.unshift(
        ...Object.entries(value).map(([inner, below]) => [`${name}.${inner}`, below] as [string, unknown]),
      )
    else put(name, value)
  }
  const names = [...cells.keys()]
  return recordOf(names, (at) => cells.get(names[at] ?? '') ?? null)
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\u0000', '\ufffd')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
