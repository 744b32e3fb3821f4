// What an answer holds, once: from it come the query's columns, the check of the answer and the document. Pure.

export type Schema = Readonly<Record<string, unknown>>

export interface Field {
  schema: Schema
  /** The column in SQL as it is answered, of the expression that holds it. */
  cast: (column: string) => string
  /** Where it is not the column of its own name. */
  of?: string
}

export type Fields = Readonly<Record<string, Field>>

const described = (description: string): Schema => (description === '' ? {} : { description })
const plain = (column: string): string => column
const asText = (column: string): string => `${column}::text`

export const whole = (description: string): Field => ({
  schema: { type: 'integer', ...described(description) },
  cast: plain,
})
/** Ids that may grow beyond what JavaScript counts exactly. */
export const bigId = (description: string): Field => ({
  schema: { type: 'string', pattern: '^[0-9]+$', ...described(description) },
  cast: asText,
})
/** Exact, so never a number of JSON. */
export const money = (description: string): Field => ({
  schema: { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]+)?$', ...described(description) },
  cast: (column) => `trim_scale(${column})::text`,
})
export const moment = (description: string): Field => ({
  schema: { type: 'string', format: 'date-time', ...described(description) },
  cast: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
})
export const day = (description: string): Field => ({
  schema: { type: 'string', format: 'date', ...described(description) },
  cast: asText,
})
export const word = (description: string, words?: readonly string[]): Field => ({
  schema: { type: 'string', ...described(description), ...(words && { enum: words }) },
  cast: asText,
})
export const flag = (description: string): Field => ({
  schema: { type: 'boolean', ...described(description) },
  cast: plain,
})
export const words = (description: string): Field => ({
  schema: { type: 'array', items: { type: 'string' }, ...described(description) },
  cast: plain,
})

/** The same where there may be nothing. */
export function orNull({ schema, ...field }: Field): Field {
  const listed = schema['enum'] as readonly string[] | undefined
  return {
    ...field,
    schema: { ...schema, type: [schema['type'], 'null'], ...(listed && { enum: [...listed, null] }) },
  }
}

/** The same of another expression than the column of its name. */
export const of = (expression: string, field: Field): Field => ({ ...field, of: expression })

/** Part of a select. */
export function columnsOf(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, { cast, of: expression }]) => `${cast(expression ?? name)} as ${name}`)
    .join(', ')
}

/** An object with these and nothing else. */
export function objectOf(fields: Fields): Schema {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
}

/** What is given in an address or a body: what is not named in it is refused. */
export function given(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 && { required }) }
}

export const listOf = (items: Schema): Schema => ({ type: 'array', items })
