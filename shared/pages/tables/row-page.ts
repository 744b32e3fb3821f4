// The page of one row: what it says, what changing it sets going, who changed it before, and what belongs to it.

import { Complaint } from '../../errors/complaint.ts'
import { html, phrase } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { field, plainTable, sent } from '../../web/layout.ts'
import type { Done, Page, ShownOnce, Visit } from '../../web/page.ts'
import { columnsOf, rightsOf } from './catalog.ts'
import type { Column } from './catalog.ts'
import { childPart, undoChild } from './children.ts'
import { choicesOf } from './choices.ts'
import type { Table } from './definition.ts'
import { editsOf, historyPart } from './history.ts'
import { addRow, changeRow, deleteRow, rowOf, undoLast, waitingFor } from './row.ts'
import type { Row } from './row.ts'
import { fieldsOf, isRange } from './values.ts'

const yesOrNo = [
  { value: 'true', text: phrase('yes') },
  { value: 'false', text: phrase('no') },
]

/** What another row is called, and not that it is its number. */
const labelOf = ({ name, refersTo }: Column): string =>
  refersTo === 'tarifplan' && name !== 'base'
    ? 'plan'
    : name.replace(refersTo === null ? '' : /_id$/, '').replaceAll('_', ' ')

async function fieldOf(
  visit: Visit,
  { lines }: Table,
  column: Column,
  values: Readonly<Record<string, string | null | undefined>>,
): Promise<Html> {
  const label = labelOf(column)
  if (isRange(column)) {
    const [from = '', until = ''] = fieldsOf(column)
    return html`${field({ name: from, label: `${label} from`, value: values[from], note: column.meaning })}
    ${field({ name: until, label: `${label} until`, value: values[until] })}`
  }
  const chosen =
    column.type === 'boolean'
      ? yesOrNo
      : (column.choices?.map((choice) => ({ value: choice, text: choice })) ??
        (column.refersTo === null ? undefined : await choicesOf(visit, column.refersTo)))
  const none = column.required || column.type === 'boolean' ? [] : [{ value: '', text: '–' }]
  return field({
    ...{ name: column.name, label, value: values[column.name], note: column.meaning },
    ...{ required: column.required, lines: lines?.includes(column.name) === true },
    ...(chosen && { options: [...none, ...chosen] }),
  })
}

interface Form {
  columns: readonly Column[]
  values: Readonly<Record<string, string | null | undefined>>
  state?: string | undefined
  buttons: Html
}

async function formOf(visit: Visit, table: Table, { columns, values, state, buttons }: Form): Promise<Html> {
  const fields: Html[] = []
  for (const column of columns) fields.push(await fieldOf(visit, table, column, values))
  return html`<form method="post" class="fields row">
    ${sent(visit.person, state === undefined ? {} : { state })} ${fields}
    <div class="fields">${buttons}</div>
  </form>`
}

const save = html`<button class="first" name="do" value="save">Save</button>`

export function createRowPage(table: Table): Page {
  const pathOf = (key: string): string => `${table.path}/${encodeURIComponent(key)}`

  async function newRow(visit: Visit) {
    const { mayInsert } = await rightsOf(visit, table)
    if (!mayInsert) throw new Complaint('This role may not add one.')
    const columns = (await columnsOf(visit, table)).filter((column) => column.mayInsert)
    return {
      question: `A new one: ${table.question.charAt(0).toLowerCase()}${table.question.slice(1)}`,
      body: await formOf(visit, table, { columns, values: visit.query, buttons: save }),
    }
  }

  /** `typed`: what somebody entered whom another came before. */
  async function oldRow(
    visit: Visit,
    key: string,
    row: Row,
    typed?: { said: string; values: Visit['form'] },
  ) {
    const columns = await columnsOf(visit, table)
    const writable = columns.filter(({ mayUpdate }) => mayUpdate)
    const { mayDelete } = await rightsOf(visit, table)
    const children: Html[] = []
    for (const child of table.children ?? []) children.push(await childPart(visit, child, key))
    const buttons = html`${save}
    ${table.heals === true && html`<button name="do" value="look">What would it set going?</button>`}
    ${(table.actions ?? []).map(({ name, button }) => html`<button name="do" value="${name}">${phrase(button)}</button>`)}
    ${mayDelete && html`<button name="do" value="delete">Delete</button>`}`
    const edits = await editsOf(visit, table, key)
    const read = columns.filter(({ mayUpdate }) => !mayUpdate)
    return {
      title: row.called,
      question: table.question,
      body: html`${typed && html`<p class="bad" role="alert">${typed.said}</p>`}
      ${
        writable.length > 0
          ? await formOf(visit, table, {
              ...{
                columns: writable,
                values: { ...row.values, ...typed?.values },
                state: row.state,
                buttons,
              },
            })
          : ''
      }
      ${
        read.length > 0 &&
        plainTable(
          'What it says',
          [
            Object.fromEntries(
              read.flatMap((column) => fieldsOf(column).map((name) => [name, row.values[name]])),
            ),
          ],
          '',
        )
      }
      ${table.beside && (await table.beside(visit, key))} ${children}
      ${historyPart(edits, visit, writable.length > 0)}`,
    }
  }

  async function rowHere(visit: Visit, columns: readonly Column[]): Promise<[key: string, row: Row]> {
    const key = visit.params['key'] ?? ''
    const row = await rowOf(visit, table, columns, key)
    if (!row)
      throw new Complaint(`There is no ${table.name.replaceAll('_', ' ')} ${key}; it may have been deleted.`)
    return [key, row]
  }

  return {
    path: `${table.path}/:key`,
    title: table.title,
    roles: table.roles,
    menu: false,
    async show(visit) {
      if (visit.params['key'] === 'new') return newRow(visit)
      const [key, row] = await rowHere(visit, await columnsOf(visit, table))
      return oldRow(visit, key, row)
    },
    async send(visit): Promise<Done | ShownOnce> {
      const { db, form, params } = visit
      const columns = await columnsOf(visit, table)
      if (params['key'] === 'new') return { to: pathOf(await addRow(visit, table, columns)), said: 'Added.' }
      const [key, row] = await rowHere(visit, columns)
      const action = form['do'] ?? ''
      if (action === 'delete') {
        await deleteRow(visit, table, key)
        return { to: table.list ? table.path : '/', said: `${row.called} is deleted.` }
      }
      if (action === 'undo') {
        const became = await undoLast(visit, table, columns, key)
        return became === 'gone'
          ? { to: table.list ? table.path : '/', said: `${row.called} is gone again.` }
          : {
              to: pathOf(key),
              said: 'It is as it was before. What calls were priced by meanwhile stays on record.',
            }
      }
      if (action === 'undo-row') return { to: pathOf(key), said: await undoChild(visit, table) }
      const own = table.actions?.find(({ name }) => name === action)
      if (own) return { to: pathOf(key), said: await own.run(visit, key) }
      const looks = action === 'look' && table.heals === true
      if (looks) await db.query('savepoint before')
      const isChanged = await changeRow(visit, table, columns, key, row)
      if (!isChanged) {
        const [last] = await editsOf(visit, table, key)
        const said = `${last?.who ?? 'Somebody'} changed it while you did: nothing of yours is saved yet. Look at what is below, and save again.`
        return { shown: await oldRow(visit, key, row, { said, values: form }) }
      }
      if (!looks) return { to: pathOf(key), said: 'Saved. It counts from now on.' }
      const waiting = await waitingFor(visit, table, key)
      await db.query('rollback to savepoint before')
      return {
        shown: {
          title: row.called,
          question: 'Which calls would look again? Nothing is saved yet.',
          body: html`${plainTable('Calls that wait for this', waiting, 'No call waits for this.')}
          ${await formOf(visit, table, { columns: columns.filter(({ mayUpdate }) => mayUpdate), values: { ...row.values, ...form }, state: row.state, buttons: save })}`,
        },
      }
    },
  }
}
