// Between the columns of a row and the fields of a form. Pure.

import type { Column } from './catalog.ts'

const isMoment = ({ type }: Column): boolean => type === 'timestamp with time zone'
export const isRange = ({ type }: Column): boolean => type === 'tstzrange' || type === 'daterange'
const isArray = ({ type }: Column): boolean => type.endsWith('[]')

/** The names of the fields of a column: a range has two. */
export const fieldsOf = (column: Column): readonly string[] =>
  isRange(column) ? [`${column.name}.from`, `${column.name}.until`] : [column.name]

/** How the fields of a column are read from the row `t`, as expressions over it; $2 is the time zone of who looks. */
export function readings(column: Column): readonly string[] {
  const name = `t.${column.name}`
  if (column.type === 'tstzrange')
    return [`(lower(${name}) at time zone $2)::text`, `(upper(${name}) at time zone $2)::text`]
  if (isRange(column)) return [`lower(${name})::text`, `upper(${name})::text`]
  if (isMoment(column)) return [`(${name} at time zone $2)::text`]
  if (isArray(column)) return [`array_to_string(${name}, ', ')`]
  return [column.type === 'numeric' ? `trim_scale(${name})::text` : `${name}::text`]
}

/**
 * The value of a column from the fields of a form, as an expression; `bind` takes a text and gives back its parameter, the first of
 * which is the time zone. Undefined: the form does not say it, or it is left to the default.
 */
export function writing(
  column: Column,
  form: Readonly<Record<string, string>>,
  bind: (text: string) => string,
  isNew: boolean,
): string | undefined {
  const texts = fieldsOf(column).map((field) => form[field]?.trim().replaceAll('\r\n', '\n'))
  if (texts.every((text) => text === undefined)) return undefined
  const given = texts.map((text) => (text ? bind(text) : undefined))
  const [first, second] = given
  const instant = (parameter: string | undefined): string =>
    parameter === undefined ? 'null' : `${parameter}::text::timestamp at time zone $1::text`
  if (column.type === 'tstzrange') return `tstzrange(${instant(first)}, ${instant(second)})`
  if (isRange(column)) return `daterange(${first ?? 'null'}::text::date, ${second ?? 'null'}::text::date)`
  if (first === undefined) {
    // A new row has what the table says; one that is there loses what it had.
    if (isNew) return undefined
    return column.empty ? 'null' : column.type === 'text' ? `''` : 'default'
  }
  if (isMoment(column)) return instant(first)
  if (isArray(column)) return `string_to_array(${first}::text, ',')::${column.type}`
  return `${first}::text::${column.type}`
}
