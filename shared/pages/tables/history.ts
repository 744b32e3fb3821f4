// Who changed a row, when and what: from change_log.

import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { sent, table } from '../../web/layout.ts'
import type { Visit } from '../../web/page.ts'
import type { Table } from './definition.ts'

export interface Edit {
  id: string
  changed_at: Date
  who: string
  operation: 'insert' | 'update' | 'delete'
  old_row: Record<string, unknown> | null
  new_row: Record<string, unknown> | null
}

const shownMost = 20

async function mayReadLog({ ask }: Visit): Promise<boolean> {
  const [may] = await ask<{ may: boolean }>(
    `-- web: may the log be read?\nselect has_table_privilege('change_log', 'select') as may`,
  )
  return may?.may === true
}

/** The last edits of a row, the newest first; none for who may not read the log. */
export async function editsOf(visit: Visit, { name, key }: Table, row: string): Promise<Edit[]> {
  if (!(await mayReadLog(visit))) return []
  return visit.ask<Edit>(
    `-- web: edits of a row
    select id::text, changed_at, coalesce(person, changed_by) as who, operation, old_row, new_row
    from change_log where table_name = $1 and table_name not in ('tarif', 'tarif_step') and coalesce(new_row, old_row) ->> '${key}' = $2 order by id desc limit ${shownMost}`,
    [name, row],
  )
}

export interface EditOfChild extends Edit {
  /** The key of the row that was edited, and whether this was its last edit. */
  row: string
  last: boolean
}

const editedMost = 50

/** The last edits of all rows that belong or belonged to a row by a column, the newest first; none for who may not read the log. */
export async function editsOfChildren(
  visit: Visit,
  { name, key }: Table,
  by: string,
  parent: string,
): Promise<EditOfChild[]> {
  if (!(await mayReadLog(visit))) return []
  return visit.ask<EditOfChild>(
    `-- web: edits of rows
    select id::text, changed_at, coalesce(person, changed_by) as who, operation, old_row, new_row, coalesce(new_row, old_row) ->> '${key}' as row,
      not exists (
        select from change_log later where later.table_name = $1 and later.table_name not in ('tarif', 'tarif_step')
          and coalesce(later.new_row, later.old_row) ->> 'id' = coalesce(edit.new_row, edit.old_row) ->> 'id' and later.id > edit.id) as last
    from change_log edit
    where table_name = $1 and table_name not in ('tarif', 'tarif_step') and $2 in (old_row ->> '${by}', new_row ->> '${by}') order by id desc limit ${editedMost}`,
    [name, parent],
  )
}

const text = (value: unknown): string =>
  value === null || value === undefined || value === ''
    ? '–'
    : typeof value === 'string'
      ? value
      : JSON.stringify(value)

/** `price: 0.05 → 0.07`, what differs between the two. */
export function changesIn({ operation, old_row, new_row }: Edit): string {
  if (operation !== 'update') return operation === 'insert' ? 'added' : 'deleted'
  const names = Object.keys(new_row ?? {}).filter(
    (name) => JSON.stringify(new_row?.[name]) !== JSON.stringify(old_row?.[name]),
  )
  return names
    .map((name) => `${name.replaceAll('_', ' ')}: ${text(old_row?.[name])} → ${text(new_row?.[name])}`)
    .join('; ')
}

export function historyPart(edits: readonly Edit[], { person }: Visit, mayUndo: boolean): Html {
  const moment = momentIn(person.time_zone, 'medium')
  return table(
    'History',
    edits,
    [
      { name: 'when', cell: ({ changed_at }) => moment(changed_at) },
      { name: 'who', cell: ({ who }) => who },
      { name: 'what', cell: changesIn },
      {
        name: '',
        cell: (edit) =>
          mayUndo &&
          edit === edits[0] &&
          edit.operation !== 'delete' &&
          html`<form method="post">
            ${sent(person, { edit: edit.id })}<button name="do" value="undo">Undo</button>
          </form>`,
      },
    ],
    'Nobody has changed it.',
  )
}

/** `called`: the columns by which a row is called. */
export function childHistoryPart(
  edits: readonly EditOfChild[],
  { person }: Visit,
  { name, called }: { name: string; called: readonly string[] },
  mayUndo: boolean,
): Html {
  if (edits.length === 0) return html``
  const moment = momentIn(person.time_zone, 'medium')
  return table(
    'History of these',
    edits,
    [
      { name: 'when', cell: ({ changed_at }) => moment(changed_at) },
      { name: 'who', cell: ({ who }) => who },
      {
        name: 'which',
        cell: ({ new_row, old_row }) =>
          called
            .flatMap((column) => {
              const value = (old_row ?? new_row)?.[column]
              return typeof value === 'string' ? value : []
            })
            .join(' '),
      },
      { name: 'what', cell: changesIn },
      {
        name: '',
        cell: ({ id, row, last }) =>
          mayUndo &&
          last &&
          html`<form method="post">
            ${sent(person, { of: name, row, edit: id })}<button name="do" value="undo-row">Undo</button>
          </form>`,
      },
    ],
    '',
  )
}
