// Rows of other tables that belong to a row.

import { Complaint } from '../../errors/complaint.ts'
import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { table as shownTable } from '../../web/layout.ts'
import type { Visit } from '../../web/page.ts'
import { columnsOf, rightsOf } from './catalog.ts'
import type { Child, Table } from './definition.ts'
import { childHistoryPart, editsOfChildren } from './history.ts'
import { undoLast } from './row.ts'
import { fieldsOf, readings } from './values.ts'

const shownMost = 100

type Texts = Record<string, string | null> & { key: string }

/** Rows as texts, by their columns, those behind `after` by the key. */
export async function rowsOf(
  visit: Visit,
  table: Table,
  shown: readonly string[],
  condition: string,
  values: readonly unknown[],
): Promise<Texts[]> {
  const { ask, person } = visit
  const columns = await columnsOf(visit, { ...table, columns: shown })
  const fields = columns.flatMap((column) =>
    readings(column).map((reading, at) => `${reading} as "${fieldsOf(column)[at] ?? ''}"`),
  )
  return ask<Texts>(
    `-- web: rows of a table\nselect t.${table.key}::text as key, $1::text is null as none, $2::text is null as nowhere, ${fields.join(', ')} from ${table.name} t where ${condition} order by t.${table.key} limit ${shownMost + 1}`,
    [values[0] ?? null, person.time_zone, ...values.slice(1)],
  )
}

/** A table of rows whose first column leads to their pages. */
export function rowsTable(caption: string, table: Table, rows: readonly Texts[], none: string): Html {
  const names = Object.keys(rows[0] ?? {}).filter((name) => !['key', 'none', 'nowhere'].includes(name))
  return shownTable(
    caption,
    rows.slice(0, shownMost),
    names.map((name, at) => ({
      name: name.replaceAll('_', ' ').replace('.', ' '),
      cell: (row: Texts) =>
        at === 0
          ? html`<a href="${table.path}/${encodeURIComponent(row.key)}">${row[name] ?? row.key}</a>`
          : row[name],
    })),
    none,
  )
}

export async function childPart(
  visit: Visit,
  { of, by, caption, columns, called }: Child,
  key: string,
): Promise<Html> {
  const table = of()
  const { mayRead, mayInsert, mayDelete } = await rightsOf(visit, table)
  if (!mayRead) return html``
  const rows = await rowsOf(visit, table, columns, `t.${by}::text = $1`, [key])
  return html`${rowsTable(caption, table, rows, `${caption}: none.`)}
  ${mayInsert && html`<p><a href="${table.path}/new?${by}=${key}">Add</a></p>`}
  ${
    called &&
    childHistoryPart(
      await editsOfChildren(visit, table, by, key),
      visit,
      { name: table.name, called },
      mayInsert && mayDelete,
    )
  }`
}

/** Undoes the last edit of one of the rows that belong to a row. Throws a Complaint when it is not the last any more. */
export async function undoChild(visit: Visit, { children = [] }: Table): Promise<string> {
  const { form } = visit
  const table = children.find(({ of, called }) => called && of().name === form['of'])?.of()
  if (!table) throw new Complaint('This cannot be undone here.')
  await undoLast(visit, table, await columnsOf(visit, table), form['row'] ?? '')
  return 'It is as it was before.'
}
