// Lists page by page, each page behind the last row of the one before; and one row by its id.

import { conditions } from '../search/calls.ts'
import type { Sought } from '../search/calls.ts'
import type { Role } from '../web/person.ts'
import { columnsOf, given, listOf, objectOf } from './fields.ts'
import type { Fields, Schema } from './fields.ts'
import type { Asked, Operation, Scope } from './operation.ts'
import { Problem } from './problem.ts'

const limitMost = 1_000
const limitUsual = 100

interface Described {
  id: string
  summary: string
  scope: Scope
  roles: readonly Role[]
  fields: Fields
}

/** A column rows are in the order of, as `from` names it, and the field that holds it. */
export interface Key {
  column: string
  field: string
  type: 'bigint' | 'text'
}

export interface Paging {
  text: (shown: string, where: readonly string[], most: number) => string
  /** The condition for what is behind the row whose keys begin with value `nr`. */
  behind: (nr: number) => string
}

export interface List extends Described {
  path: string
  /** What stands behind from, or how pages are asked for where that in the order of `keys` would not do. */
  from: string | ((asked: Asked) => Paging)
  /** No two rows have the same; the greatest first with `latestFirst`. */
  keys: readonly Key[]
  latestFirst?: boolean
  by?: Readonly<Record<string, Sought>>
  /** What else the address says. */
  params?: Schema
  query?: Readonly<Record<string, Schema>>
  /** Conditions in any case, and the first values, $1 …, for these and the fields. */
  where?: readonly string[]
  values?: (asked: Asked) => Promise<string[]>
}

export const idKey = (table: string): readonly Key[] => [
  { column: `${table}.id`, field: 'id', type: 'bigint' },
]

const page = {
  limit: {
    type: 'integer',
    minimum: 1,
    maximum: limitMost,
    description: `How many at most; ${limitUsual} if not given.`,
  },
  cursor: { type: 'string', pattern: '^[\\w-]{1,200}$', description: '`next` of the page before.' },
}

const cursorOf = (row: Readonly<Record<string, unknown>>, keys: readonly Key[]): string =>
  Buffer.from(JSON.stringify(keys.map(({ field }) => String(row[field])))).toString('base64url')

/** What stands in a cursor of ours; throws a Problem for any other. */
function keysIn(cursor: string, keys: readonly Key[]): string[] {
  try {
    const found = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown
    const fits = (text: unknown, at: number): boolean =>
      typeof text === 'string' &&
      (keys[at]?.type === 'text' ? !text.includes('\u0000') : /^\d{1,18}$/.test(text))
    if (Array.isArray(found) && found.length === keys.length && found.every(fits)) return found as string[]
  } catch {
    // Said below.
  }
  throw new Problem(400, 'The cursor is none: give `next` of the page before as it is.')
}

const wholeNumber = String.raw`^\d{1,9}$`

function schemaOf({ check: { source }, label: description }: Sought): Schema {
  if (source === wholeNumber) return { type: 'integer', minimum: 0, maximum: 999_999_999, description }
  return { type: 'string', pattern: source, description }
}

export function list({
  from,
  keys,
  latestFirst = false,
  by = {},
  query: more = {},
  where: always = [],
  values: first,
  ...described
}: List): Operation {
  const shown = columnsOf(described.fields)
  const sought = Object.fromEntries(Object.entries(by).map(([name, one]) => [name, schemaOf(one)]))
  const order = keys.map(({ column }) => `${column} ${latestFirst ? 'desc' : 'asc'}`).join(', ')
  const columns = keys.map(({ column }) => column).join(', ')
  const inOrder = (source: string): Paging => ({
    text: (columnsShown, where, most) =>
      `select ${columnsShown} from ${source}${where.length === 0 ? '' : ` where ${where.join(' and ')}`} order by ${order} limit ${most}`,
    behind: (nr) =>
      `(${columns}) ${latestFirst ? '<' : '>'} (${keys.map(({ type }, at) => `$${nr + at}::${type}`).join(', ')})`,
  })
  return {
    method: 'GET',
    ...described,
    query: given({ ...sought, ...more, ...page }),
    answer: objectOf({
      items: { schema: listOf(objectOf(described.fields)), cast: String },
      next: {
        schema: {
          type: ['string', 'null'],
          description: '`cursor` of the next page; null when there is none.',
        },
        cast: String,
      },
    }),
    async run(asked) {
      const { query, ask } = asked
      const limit = Number(query['limit'] ?? limitUsual)
      const { where, values } = conditions(by, query, await first?.(asked))
      where.push(...always)
      const paging = typeof from === 'string' ? inOrder(from) : from(asked)
      if (query['cursor'] !== undefined) {
        where.push(paging.behind(values.length + 1))
        values.push(...keysIn(query['cursor'], keys))
      }
      const rows = await ask<Record<string, unknown>>(
        `-- api: ${described.id}\n${paging.text(shown, where, limit + 1)}`,
        values,
      )
      const items = rows.slice(0, limit)
      const last = items.at(-1)
      return { items, next: rows.length > limit && last ? cursorOf(last, keys) : null }
    },
  }
}

export interface One extends Described {
  path: string
  /** What stands behind from and where; $1 is the id. */
  from: string
  /** What it is called where there is none. */
  what: string
}

const idSchema: Schema = { type: 'string', pattern: '^[0-9]{1,18}$' }
export const idParams = given({ id: idSchema }, ['id'])

export function one({ from, what, ...described }: One): Operation {
  const text = `-- api: ${described.id}\nselect ${columnsOf(described.fields)} from ${from}`
  return {
    method: 'GET',
    ...described,
    params: idParams,
    answer: objectOf(described.fields),
    problems: { 404: `There is no ${what} with this id.` },
    async run({ params, db }) {
      const { rows } = await db.query({ name: described.id, text, values: [params['id']] })
      if (!rows[0]) throw new Problem(404, `There is no ${what} ${params['id'] ?? ''}.`)
      return rows[0] as unknown
    },
  }
}
