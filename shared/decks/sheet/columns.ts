// Which column of a rate deck is which: by its header, or as its reader says.

import { Complaint } from '../../errors/complaint.ts'
import { printable } from '../../text/printable.ts'
import { amountIn, codesIn, shown } from './cells.ts'

/**
 * What a deck may say of a code; `prefix` only where the code follows a dialled prefix, `increments` is both seconds in one. `country_code`
 * stands in front of each code and `date` says when a line begins to hold: these only where their columns are named.
 */
export const fields = [
  'prefix',
  'code',
  'price',
  'description',
  'connect_fee',
  'first_sec',
  'step_sec',
  'increments',
  'max_charge',
  'country_code',
  'date',
] as const
export type Field = (typeof fields)[number]

export interface Columns {
  /** Where each field stands, from 0. */
  at: Partial<Record<Field, number>>
  /** How many columns every line has. */
  width: number
  /** Whether the first line is a header. */
  header: boolean
  /** Columns nothing is taken from; none without a header. */
  unused: { name: string; column: number }[]
}

// The earlier of a list is the surer name. Punctuation and capitals do not count, nor a table in front (rate_line.rate).
const names: Readonly<Record<Field, readonly RegExp[]>> = {
  prefix: [/^dial(l?ing)? prefix$/, /^prefix$/, /^префикс$/],
  code: [
    /^e ?164( codes?)?$/,
    /^((dial|dial(l?ing)|dest|destination|number|area|location) ?)?codes?$/,
    /^((dial|dial(l?ing)|dest|destination|number) )?prefix(es)?$/,
    /^(код|коды|префикс|префиксы)$/,
  ],
  price: [
    /^(price|rate)$/,
    /^(new |current )?(price|rate|cost|tariff|charge|цена|тариф|стоимость)( (?!.*\b(id|name|plan|type|date|from|increment|group)\b).*)?$/,
  ],
  description: [
    /^(description|описание)$/,
    /^((dest|destination|location) name|dest|destination|location|place|name|направление|название)$/,
    /^(country|region|страна)$/,
  ],
  connect_fee: [/^(call )?(connect|connection|set ?up)( (fee|charge|price|cost|rate))?( [a-z]{3})?$/],
  first_sec: [
    /^(first|initial|minimum|min)( (sec|secs|second|seconds|increment|interval|duration|pulse|period|time))?( (s|sec|secs|seconds))?$/,
    /^interval 1$/,
  ],
  step_sec: [
    /^(step|next|subsequent|further|additional)( (sec|secs|second|seconds|increment|interval|pulse|period|time))?( (s|sec|secs|seconds))?$/,
    /^interval n$/,
  ],
  increments: [/^(pulse|increments?|billing( increments?)?|interval)$/],
  max_charge: [/^max(imum)? charge$/],
  country_code: [],
  date: [],
}

/** A heading in small letters, without punctuation and the name of a table in front. */
export function normalized(name: string): string {
  return name
    .trim()
    .replace(/^[a-z_]+\.(?=[a-z_]+$)/i, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/**
 * Finds the columns in the first line of a deck. `given` names columns of the header or, from 1, their numbers.
 * Throws a Complaint where code or price is not found, or where two columns could be the same thing.
 */
export function columnsOf(
  firstLine: readonly string[],
  given: Partial<Record<Field, string>>,
  codeFollowsPrefix: boolean,
): Columns {
  const at: Partial<Record<Field, number>> = {}
  const says = `its first line says ${firstLine.slice(0, 12).map(shown).join(', ')}`
  let byName = false
  for (const field of fields) {
    const name = given[field]
    if (name === undefined) continue
    const named = firstLine.findIndex((cell) => cell.trim().toLowerCase() === name.trim().toLowerCase())
    if (named < 0 && !(/^[1-9]\d{0,3}$/.test(name) && Number(name) <= firstLine.length)) {
      throw new Complaint(`There is no column ${printable(name)}: ${says}.`)
    }
    byName ||= named >= 0
    at[field] = named >= 0 ? named : Number(name) - 1
  }
  for (const field of fields) {
    if (at[field] !== undefined || (field === 'prefix' && !codeFollowsPrefix)) continue
    const taken = Object.values(at)
    const ranks = names[field].slice(field === 'code' && codeFollowsPrefix ? 1 : 0)
    const found = ranks
      .map((pattern) =>
        firstLine.flatMap((cell, column) =>
          pattern.test(normalized(cell)) && !taken.includes(column) ? [column] : [],
        ),
      )
      .find((columns) => columns.length > 0)
    if (found && found.length > 1) {
      const which = found.map((column) => shown(firstLine[column] ?? '')).join(' or ')
      throw new Complaint(`Which column is the ${wordFor(field)}, ${which}? Say it with ${optionFor(field)}.`)
    }
    if (found?.[0] === undefined) continue
    at[field] = found[0]
    byName = true
  }
  const wanted: Field[] = codeFollowsPrefix ? ['prefix', 'code', 'price'] : ['code', 'price']
  for (const field of wanted) {
    if (at[field] === undefined) {
      throw new Complaint(
        `No column is known as the ${wordFor(field)}: ${says}. Say which one is, by its name or number, with ${optionFor(field)}.`,
      )
    }
  }
  // Where all columns were given by number, the first line may be a price already.
  const header = byName || !isPrice(firstLine[at.code ?? -1], firstLine[at.price ?? -1])
  const unused = header
    ? firstLine
        .map((name, column) => ({ name, column }))
        .filter(({ column }) => !Object.values(at).includes(column))
    : []
  return { at, width: firstLine.length, header, unused }
}

function isPrice(code = '', price = ''): boolean {
  return 'value' in codesIn(code) && 'value' in amountIn(price, 'price')
}

/** The option that names the column of a field: --price-column. */
export function optionFor(field: Field): string {
  return `--${field.replace(/_sec$/, '').replace('_', '-').replace('increments', 'increment')}-column`
}

function wordFor(field: Field): string {
  return field.replace('_', ' ')
}
