// What is said at the prompt of a price list: how its file is read, and what is done with it.

import { parseArgs } from 'node:util'

import type { Database } from '../database/connect.ts'
import { Complaint } from '../errors/complaint.ts'
import { printable } from '../text/printable.ts'
import { savedMapping, saveMapping } from './mapping.ts'
import type { Said } from './mapping.ts'
import type { FileOptions } from './read.ts'
import { fields, optionFor } from './sheet/columns.ts'
import { units } from './sheet/unit.ts'

export const usage = `Say what to do:
  npm run deck -- load FILE.csv --plan 3 --from 2026-12-01 [--dry-run] [--raise 20] [--strict] [--keep-gone]
  npm run deck -- undo --plan 3 [--dry-run]
  npm run deck -- rehearse FILE.csv --plan 3 --calls-since 2026-11-01 [--keep-gone]
  npm run --silent deck -- export --plan 3 [--at 2026-12-01] > deck.csv
  npm run --silent deck -- diff 3 4 [--at 2026-12-01] > differences.csv
of a FILE.csv or FILE.xlsx: [--sheet NAME] [--code-follows-prefix] [--code-prefix 1] [--delimiter ';'] [--ignore "Heading"]… [--price-per second] [--date-order day]
  [--save-mapping NAME] [--mapping NAME] and columns by name or number where the header does not tell:
  ${fields.map(optionFor).join(' ')}`

/** Options that name a column, without the dashes; and what may be said of what prices are prices of. */
export const columnOptions = fields.map((field) => optionFor(field).slice(2))
export const unitNames = [...units.keys()]

// How a file is read: what a mapping keeps.
const ofFiles = [
  'delimiter',
  'code-prefix',
  'price-per',
  'date-order',
  'sheet',
  'code-follows-prefix',
  'ignore',
  ...columnOptions,
]

/** What was said at the prompt. */
export interface Given {
  words: string[]
  text: (name: string) => string | undefined
  flag: (name: string) => boolean
  /** What was said of an option that may be given several times. */
  all: (name: string) => string[]
  said: Said
}

const texts = [
  'plan',
  'from',
  'at',
  'calls-since',
  'raise',
  'mapping',
  'save-mapping',
  ...ofFiles.filter((name) => !['code-follows-prefix', 'ignore'].includes(name)),
]
const flags = ['strict', 'keep-gone', 'dry-run', 'code-follows-prefix']

/** Throws a Complaint with the usage for what is no option. */
export function readArguments(written: string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: written,
      allowPositionals: true,
      options: Object.fromEntries([
        ...texts.map((name) => [name, { type: 'string' as const }]),
        ...flags.map((name) => [name, { type: 'boolean' as const }]),
        ['ignore', { type: 'string' as const, multiple: true }],
      ]) as Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>,
    })
    return givenBy(
      positionals,
      Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, Array.isArray(value) ? value.map(String) : value]],
        ),
      ),
    )
  } catch (error) {
    throw new Complaint(`${printable(error instanceof Error ? error.message : String(error))}\n${usage}`)
  }
}

/** As if said at a prompt: the words, and the options by their names. */
export function givenBy(words: string[], said: Said): Given {
  return {
    words,
    said,
    text: (name) => {
      const value = said[name]
      return typeof value === 'string' ? value : undefined
    },
    flag: (name) => said[name] === true,
    all: (name) => [said[name] ?? []].flat().map(String),
  }
}

/** With what is saved by the name of --mapping; what is said now counts before it. */
export async function withMapping(db: Database, given: Given): Promise<Given> {
  const name = given.text('mapping')
  return name === undefined
    ? given
    : givenBy(given.words, { ...(await savedMapping(db, name)), ...given.said })
}

/** Keeps how the file is read by the name of --save-mapping; gives back that name, or undefined. */
export async function keepMapping(db: Database, { text, said }: Given): Promise<string | undefined> {
  const name = text('save-mapping')
  if (name !== undefined)
    await saveMapping(
      db,
      name,
      Object.fromEntries(Object.entries(said).filter(([option]) => ofFiles.includes(option))),
    )
  return name
}

/** The number of a plan. Throws a Complaint. */
export function planIn(written: string | undefined): number {
  if (written !== undefined && /^\d{1,9}$/.test(written)) return Number(written)
  throw new Complaint(
    written === undefined
      ? `Which plan? Say --plan 3.\n${usage}`
      : `${printable(written)} is no number of a plan.`,
  )
}

/** The file and how it is read. Throws a Complaint for what is said wrong. */
export function fileIn({ words, text, flag, all }: Given): FileOptions {
  const [, path, ...more] = words
  if (path === undefined || more.length > 0) throw new Complaint(`Which file? Name one.\n${usage}`)
  const delimiter = text('delimiter') === '\\t' || text('delimiter') === 'tab' ? '\t' : text('delimiter')
  if (delimiter !== undefined && (delimiter.length !== 1 || /["\r\n\w]/.test(delimiter))) {
    throw new Complaint(`--delimiter is one sign such as ; or tab, not ${printable(delimiter)}.`)
  }
  const given: FileOptions['given'] = {}
  for (const field of fields) {
    const column = text(optionFor(field).slice(2))
    if (column !== undefined) given[field] = column
  }
  const codeBegins = text('code-prefix') ?? ''
  if (!/^([1-9]\d{0,5})?$/.test(codeBegins))
    throw new Complaint(
      `--code-prefix is what stands in front of each code, such as 1, not ${printable(codeBegins)}.`,
    )
  const [per, order] = [text('price-per'), text('date-order')]
  const pricesPer = per === undefined ? undefined : units.get(per.replaceAll('-', ' '))
  if (per !== undefined && !pricesPer)
    throw new Complaint(`--price-per is one of ${unitNames.join(', ')}, not ${printable(per)}.`)
  if (order !== undefined && order !== 'day' && order !== 'month')
    throw new Complaint(`--date-order is day or month, whichever comes first, not ${printable(order)}.`)
  return {
    path,
    delimiter,
    given,
    codeFollowsPrefix: flag('code-follows-prefix'),
    ignored: all('ignore'),
    codeBegins,
    pricesPer,
    dateOrder: order,
    sheet: text('sheet'),
  }
}
