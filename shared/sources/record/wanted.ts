// A source whose records cannot tell what a price needs is not read at all: read all the same, every call of it would be free.

import type { Format } from './format.ts'
import { proposedMapping } from './proposed-mapping.ts'

const namedMost = 60

/** A sentence with the columns there are and those that are wanted, when some are missing or source.mapping names one that is not there. */
export function lackOf(where: string, columns: readonly string[], format: Format): string | undefined {
  const there = new Set(columns.map((column) => column.toLowerCase()))
  const named = (format.named ?? []).filter((column) => !there.has(column))
  const has = `it has ${columns.slice(0, namedMost).join(', ')}${columns.length > namedMost ? ' …' : ''}`
  if (named.length > 0)
    return `source.mapping names ${named.join(', ')}. ${where} has no such column: ${has}.${proposal(columns, format)}`
  const missing = format.wants.filter((want) => !want.columns.some((column) => there.has(column)))
  if (missing.length === 0) return undefined
  const wanted = missing.map(({ what, columns: any }) => `${what} (${any.join(', ')})`).join(', ')
  return `${where} does not tell ${wanted}: ${has}. Let the exchange write what is missing, or say in source.mapping which column it is, or {"value": "…"}.${proposal(columns, format)}`
}

/** A sentence behind another, with the source.mapping that these columns may need; '' when none is recognised. */
export function proposal(columns: readonly string[], format: Format): string {
  const proposed = proposedMapping(columns, format)
  return proposed === undefined ? '' : ` Perhaps mapping = '${proposed}'.`
}
