// What may be chosen in a form: rows that others refer to, by name.

import type { Phrase } from '../../text/html.ts'
import type { Visit } from '../../web/page.ts'

export interface Choice {
  value: string
  text: string | Phrase
}

// By which column others refer to a row, and what it is called.
const referred: Readonly<Record<string, readonly [key: string, called: string]>> = {
  client: ['id', `t.name`],
  tarifplan: ['tarifnum', `t.name`],
  provider: ['id', `coalesce(nullif(t.name, ''), t.channel)`],
  source: ['id', `t.name`],
  number_list: ['id', `t.name`],
  account: ['id', `(select client.name from client where client.id = t.client_id)`],
}
const choicesMost = 500

/**
 * Rows of a table by name, `first` in front of them where something else may be chosen. Undefined where there are too many to show, or
 * no name is known: then the number is entered.
 */
export async function choicesOf(
  { ask }: Pick<Visit, 'ask'>,
  table: string,
  first?: Phrase,
): Promise<Choice[] | undefined> {
  const [key, called] = referred[table] ?? []
  if (key === undefined || called === undefined) return undefined
  const rows = await ask<Choice>(
    `-- web: what may be chosen
    select t.${key}::text as value, coalesce(${called}, '') || ' (' || t.${key} || ')' as text from ${table} t order by 2 limit ${choicesMost + 1}`,
  )
  if (rows.length > choicesMost) return undefined
  return first ? [{ value: '', text: first }, ...rows] : rows
}

/** Exchanges by their names, which programs and addresses know them by. */
export async function exchangeChoices({ ask }: Pick<Visit, 'ask'>, first: Phrase): Promise<Choice[]> {
  const rows = await ask<Choice>(
    '-- web: exchanges\nselect name as value, name as text from source order by name',
  )
  return [{ value: '', text: first }, ...rows]
}
