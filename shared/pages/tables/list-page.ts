// The rows of a table, a page at a time.

import { html, withQuery } from '../../text/html.ts'
import type { Page } from '../../web/page.ts'
import { rightsOf } from './catalog.ts'
import { rowsOf, rowsTable } from './children.ts'
import type { List, Table } from './definition.ts'

const pageMost = 100

export function createListPage(table: Table, { question, columns, menu }: List): Page {
  return {
    path: table.path,
    title: table.title,
    roles: table.roles,
    menu,
    async show(visit) {
      const after = visit.query['after'] ?? ''
      const rows = await rowsOf(
        visit,
        table,
        columns,
        `($1::text = '' or t.${table.key}::text::bigint > $1::text::bigint)`,
        [/^\d{1,18}$/.test(after) ? after : ''],
      )
      const { mayInsert } = await rightsOf(visit, table)
      const last = rows[pageMost - 1]
      return {
        question,
        body: html`${mayInsert && html`<p><a href="${table.path}/new">Add one</a></p>`}
        ${rowsTable('Rows', table, rows, 'There is none yet.')}
        ${rows.length > pageMost && last && html`<p><a href="${withQuery(table.path, { after: last.key })}">More</a></p>`}`,
      }
    },
  }
}
