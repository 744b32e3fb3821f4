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

/** The last edits of a row, the newest first; none for who may not read the log. */
export async function editsOf({ ask }: Visit, { name, key }: Table, row: string): Promise<Edit[]> {
  const [may] = await ask<{ may: boolean }>(
    `-- web: may the log be read?\nselect has_table_privilege('change_log', 'select') as may`,
  )
  if (may?.may !== true) return []
  return ask<Edit>(
    `-- web: edits of a row
    select id::text, changed_at, coalesce(person, changed_by) as who, operation, old_row, new_row
    from change_log where table_name = $1 and table_name not in ('tarif', 'tarif_step') and coalesce(new_row, old_row) ->> '${key}' = $2 order by id desc limit ${shownMost}`,
    [name, row],
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
