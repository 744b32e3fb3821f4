// A row of a table: read, added, changed, deleted, put back. Two who change one at a time see what the other did.

import { Complaint } from '../../errors/complaint.ts'
import type { Visit } from '../../web/page.ts'
import type { Column } from './catalog.ts'
import type { Table } from './definition.ts'
import { editsOf } from './history.ts'
import { fieldsOf, readings, writing } from './values.ts'

export interface Row {
  /** By the names of the fields. */
  values: Record<string, string | null>
  called: string
  /** Another when the row is another. */
  state: string
}

const stateOf = `md5(to_jsonb(t)::text)`

/** Undefined when there is none. */
export async function rowOf(
  { ask, person }: Visit,
  { name, key, called }: Table,
  columns: readonly Column[],
  row: string,
): Promise<Row | undefined> {
  const fields = columns.flatMap((column) =>
    readings(column).map((reading, at) => [fieldsOf(column)[at], reading] as const),
  )
  const [found] = await ask<{ called: string; state: string; texts: (string | null)[] }>(
    `-- web: a row
    select ${called} as called, ${stateOf} as state, array[$2, ${fields.map(([, reading]) => reading).join(', ')}]::text[] as texts from ${name} t where t.${key}::text = $1`,
    [row, person.time_zone],
  )
  if (!found) return undefined
  // The zone stands in front: it is used whatever the columns are.
  const values: Row['values'] = Object.fromEntries(
    fields.map(([field], at) => [field ?? '', found.texts[at + 1] ?? null]),
  )
  return { values, called: found.called, state: found.state }
}

/** The columns and values of a form, and what is bound for them; the zone is $1. */
function written(
  columns: readonly Column[],
  form: Readonly<Record<string, string>>,
  zone: string,
  isNew: boolean,
): { set: [name: string, value: string][]; bound: string[] } {
  const bound = [zone]
  const bind = (text: string): string => `$${bound.push(text)}`
  const set = columns.flatMap((column) => {
    if (!(isNew ? column.mayInsert : column.mayUpdate)) return []
    const value = writing(column, form, bind, isNew)
    return value === undefined ? [] : [[column.name, value] as [string, string]]
  })
  return { set, bound }
}

/** Gives back the key of the new row. */
export async function addRow(
  { ask, form, person }: Visit,
  { name, key }: Table,
  columns: readonly Column[],
): Promise<string> {
  const missing = columns.find((column) => column.required && !form[column.name]?.trim())
  if (missing) throw new Complaint(`${missing.name.replaceAll('_', ' ')} is missing.`)
  const { set, bound } = written(columns, form, person.time_zone, true)
  const [made] = await ask<{ key: string }>(
    `-- web: a new row
    with zone as (select $1::text)
    insert into ${name} (${set.map(([column]) => column).join(', ')}) values (${set.map(([, value]) => value).join(', ')}) returning ${key}::text as key`,
    bound,
  )
  return made?.key ?? ''
}

/** Whether it was changed; not when it is another row than the form was made from, by its state. */
export async function changeRow(
  visit: Visit,
  { name, key }: Table,
  columns: readonly Column[],
  row: string,
  before: Row,
): Promise<boolean> {
  const { ask, form, person } = visit
  // What was not touched is not written: others may have.
  const touched = columns.filter((column) =>
    fieldsOf(column).some(
      (field) =>
        form[field] !== undefined &&
        form[field].trim().replaceAll('\r\n', '\n') !== (before.values[field] ?? ''),
    ),
  )
  const { set, bound } = written(touched, form, person.time_zone, false)
  if (set.length === 0) return true
  const changed = await ask(
    `-- web: a row is changed
    with zone as (select $1::text)
    update ${name} t set ${set.map(([column, value]) => `${column} = ${value}`).join(', ')} where t.${key}::text = $${bound.length + 1} and ${stateOf} = $${bound.length + 2} returning 1 as one`,
    [...bound, row, form['state'] ?? ''],
  )
  return changed.length > 0
}

export async function deleteRow({ ask }: Visit, { name, key }: Table, row: string): Promise<void> {
  await ask(`-- web: a row is deleted\ndelete from ${name} where ${key}::text = $1`, [row])
}

/** Puts a row back to what it was before its last edit. Throws a Complaint when there was another since. */
export async function undoLast(
  visit: Visit,
  table: Table,
  columns: readonly Column[],
  row: string,
): Promise<'gone' | 'back'> {
  const { ask, form } = visit
  const { name, key } = table
  // Two may undo at once: who comes second finds what the first did.
  await ask(`-- web: one edit at a time\nselect from ${name} where ${key}::text = $1 for update`, [row])
  const [last] = await editsOf(visit, table, row)
  if (!last || last.id !== form['edit'])
    throw new Complaint('It was changed again meanwhile: look at its history.')
  if (last.operation === 'insert') {
    await deleteRow(visit, table, row)
    return 'gone'
  }
  if (last.operation === 'delete') {
    const names = [key, ...columns.filter(({ mayInsert }) => mayInsert).map((column) => column.name)].join(
      ', ',
    )
    await ask(
      `-- web: a row that was deleted is put back
      insert into ${name} (${names}) overriding system value
      select ${names} from jsonb_populate_record(null::${name}, (select old_row from change_log where id = $1))`,
      [last.id],
    )
    return 'back'
  }
  const writable = columns.filter(({ mayUpdate }) => mayUpdate).map((column) => column.name)
  await ask(
    `-- web: a row is put back
    update ${name} t set ${writable.map((column) => `${column} = old.${column}`).join(', ')}
    from jsonb_populate_record(null::${name}, (select old_row from change_log where id = $2)) old where t.${key}::text = $1`,
    [row, last.id],
  )
  return 'back'
}

/** Calls that wait for this row as it stands now, by their problem. */
export async function waitingFor(
  { ask }: Visit,
  { name, key }: Table,
  row: string,
): Promise<{ problem: string; calls: string }[]> {
  return ask(
    `-- web: calls that wait for a row
    select problem, count(*)::text as calls from paidcalls
    where problem is not null and waits_for && (select array_agg(waiting) from ${name} t, waits_for_keys(t) waiting where t.${key}::text = $1)
    group by problem order by count(*) desc limit 10`,
    [row],
  )
}
