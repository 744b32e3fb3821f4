// All calls that were searched for, as files: page by page, so that a million rows need the memory of one.

import { csvLine } from '../../text/csv.ts'
import { workbook } from '../../text/workbook.ts'
import type { Cell } from '../../text/workbook.ts'
import { everybody } from '../../web/page.ts'
import type { Download, Visit } from '../../web/page.ts'
import { search } from './search.ts'
import type { Row } from './search.ts'

const piece = 2_000
const names = [
  ...['id', 'began', 'status', 'direction', 'client_id', 'client', 'src', 'number', 'country'],
  ...['duration', 'billable_sec', 'disposition', 'total', 'currency', 'problem'],
] as readonly (keyof Row)[]
const amounts: ReadonlySet<keyof Row> = new Set<keyof Row>([
  'id',
  'client_id',
  'duration',
  'billable_sec',
  'total',
])

async function* pages(visit: Visit): AsyncGenerator<Row[]> {
  let behind: string | null = null
  for (;;) {
    const { text, values } = search(visit, behind, piece)
    const rows: Row[] = await visit.ask<Row>(text, values)
    if (rows.length > 0) yield rows
    behind = rows.at(-1)?.id ?? null
    if (rows.length < piece || behind === null) return
  }
}

const textOf = (value: Row[keyof Row]): string => String(value ?? '')

async function* csv(visit: Visit): AsyncGenerator<string> {
  yield csvLine(names)
  for await (const rows of pages(visit))
    yield rows.map((row) => csvLine(names.map((name) => textOf(row[name])))).join('')
}

/** Amounts are texts, so that no reader rounds them. */
async function* json(visit: Visit): AsyncGenerator<string> {
  yield '['
  let comma = ''
  for await (const rows of pages(visit)) {
    yield comma + rows.map((row) => `\n${JSON.stringify(row)}`).join(',')
    comma = ','
  }
  yield '\n]\n'
}

async function* lines(visit: Visit): AsyncGenerator<Cell[]> {
  yield [...names]
  for await (const rows of pages(visit))
    for (const row of rows)
      yield names.map((name) => (amounts.has(name) ? { number: textOf(row[name]) } : textOf(row[name])))
}

const fileOf = (kind: string, type: string, pieces: Download['pieces']): Download => ({
  ...{ path: `/calls.${kind}`, roles: everybody, type, file: () => `calls.${kind}`, pieces },
  late: true,
})

export const callFiles: readonly Download[] = [
  fileOf('csv', 'text/csv; charset=utf-8', csv),
  fileOf('json', 'application/json; charset=utf-8', json),
  fileOf('xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', (visit) =>
    workbook('calls', lines(visit)),
  ),
]
