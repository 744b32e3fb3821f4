// Which calls were there: by any field and range, the latest first, a page at a time; and all of them as CSV.

import { Complaint } from '../errors/complaint.ts'
import { csvLine } from '../text/csv.ts'
import { html, withQuery } from '../text/html.ts'
import { field, table } from '../web/layout.ts'
import { everybody } from '../web/page.ts'
import type { Download, Page } from '../web/page.ts'

interface Row {
  id: string
  began: string
  status: string
  direction: string | null
  client_id: number | null
  client: string | null
  src: string
  number: string | null
  country: string | null
  duration: string
  billable_sec: string | null
  disposition: string
  total: string | null
  currency: string | null
  problem: string | null
}

const shownMost = 50

interface Searched {
  /** What there is to search by: its condition, in which $$ stands for the value. */
  where: string
  label: string
  check: RegExp
}

const fields: Readonly<Record<string, Searched>> = {
  from: {
    label: 'From (day)',
    where: 'calldate >= $$::timestamp at time zone {zone}',
    check: /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?$/,
  },
  to: {
    label: 'To (day)',
    where: `calldate < $$::timestamp at time zone {zone}`,
    check: /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?$/,
  },
  client: { label: 'Client (id)', where: 'client_id = $$::integer', check: /^\d{1,9}$/ },
  number: { label: 'Number begins', where: `number like $$ || '%'`, check: /^\d{1,15}$/ },
  src: { label: 'Caller', where: 'src = $$', check: /^.{1,80}$/ },
  country: { label: 'Country', where: 'country = $$', check: /^[A-Z]{2}$/ },
  source: { label: 'Exchange (id)', where: 'source_id = $$::integer', check: /^\d{1,9}$/ },
  provider: { label: 'Provider (id)', where: 'provider_id = $$::integer', check: /^\d{1,9}$/ },
  direction: {
    label: 'Direction',
    where: 'direction = $$::direction_of_call',
    check: /^(out|in|transit|internal)$/,
  },
  cause: { label: 'Cause', where: 'cause = $$', check: /^.{1,80}$/ },
  longer: { label: 'Seconds at least', where: 'billable_sec >= $$::bigint', check: /^\d{1,9}$/ },
  dearer: { label: 'Total at least', where: 'total >= $$::numeric', check: /^\d{1,9}(\.\d{1,8})?$/ },
}

const columns = `id::text, to_char(calldate at time zone {zone}, 'YYYY-MM-DD HH24:MI:SS') as began, status::text, direction::text, client_id, client, src, number, country, duration::text, billable_sec::text, disposition,
  trim_scale(total)::text as total, currency, problem`

/** The condition of what was searched for, and its values; throws a sentence for what cannot be searched for. */
export function conditions(
  query: Readonly<Record<string, string>>,
  zone: string,
): { where: string; values: string[]; columns: string } {
  const values = [zone]
  const parts: string[] = []
  for (const [name, { where, check, label }] of Object.entries(fields)) {
    const given = query[name]?.trim()
    if (!given) continue
    if (!check.test(given)) throw new Complaint(`"${given}" cannot be searched for as ${label}.`)
    values.push(given)
    parts.push(where.replace('$$', `$${values.length}`).replace('{zone}', '$1'))
  }
  return {
    where: parts.length === 0 ? '' : `and ${parts.join(' and ')}`,
    values,
    columns: columns.replace('{zone}', '$1'),
  }
}

/** Calls of any age, the latest first, behind the id of the last that was shown; where the view of all calls is not for this role that of readers. */
export function callsQuery(
  isReader: boolean,
  shown: string,
  where: string,
  cursor: string | null,
  at: number,
  most: number,
): string {
  const behind = cursor === null ? '' : `and id < $${at}::bigint`
  const from = isReader
    ? `(select id, status, calldate, direction, client_id, client, src, number, country, null::bigint as duration, billable_sec, '' as disposition, total, currency, null::text as problem, null::integer as source_id, null::integer as provider_id, null::text as cause from client_calls)`
    : `(select id, status, calldate, direction, client_id, client, src, number, country, duration, billable_sec, disposition, total, currency, problem, source_id, provider_id, cause from paidcalls
      union all select id, status, calldate, direction, client_id, client, src, number, country, duration, billable_sec, disposition, total, currency, problem, source_id, provider_id, cause from archived_call)`
  return `-- web: calls\nselect ${shown} from ${from} call where true ${where} ${behind} order by call.id desc limit ${most}`
}

const cursorOf = (text: string | undefined): string | null =>
  /^\d{1,18}$/.test(text ?? '') ? (text ?? null) : null

export const calls: Page = {
  path: '/calls',
  title: 'calls',
  roles: everybody,
  menu: true,
  async show({ ask, person, query }) {
    const { where, values, columns: shown } = conditions(query, person.time_zone)
    const cursor = cursorOf(query['behind'])
    const rows = await ask<Row>(
      callsQuery(person.role === 'reader', shown, where, cursor, values.length + 1, shownMost + 1),
      [...values, ...(cursor === null ? [] : [cursor])],
    )
    const page = rows.slice(0, shownMost)
    const searched = Object.fromEntries(Object.keys(fields).map((name) => [name, query[name]]))
    return {
      question: 'Which calls were there? By any of these, the last that was read first.',
      body: html`<form class="fields" method="get">
          ${Object.entries(fields).map(([name, { label }]) => field({ name, label, value: query[name], type: 'search' }))}
          <button class="first">Search</button>
          <a href="${withQuery('/calls.csv', searched)}">CSV</a>
        </form>
        ${table(
          'Calls',
          page,
          [
            { name: 'began', cell: ({ id, began }) => html`<a href="/calls/${id}">${began}</a>` },
            {
              name: 'client',
              cell: ({ client, client_id }) => client_id !== null && `${client ?? ''} (${client_id})`,
            },
            { name: 'caller', cell: ({ src }) => src },
            { name: 'called', cell: ({ number }) => number },
            { name: 'country', cell: ({ country }) => country },
            { name: '', cell: ({ direction }) => direction },
            { name: 'seconds', cell: ({ billable_sec, duration }) => billable_sec ?? duration, right: true },
            {
              name: 'total',
              cell: ({ total, currency }) => total !== null && `${total} ${currency ?? ''}`,
              right: true,
            },
            {
              name: '',
              cell: ({ problem, disposition }) =>
                problem === null ? disposition : html`<span class="bad">${problem}</span>`,
            },
          ],
          'No call is like that.',
        )}
        ${rows.length > shownMost && html`<p><a href="${withQuery('/calls', { ...searched, behind: page.at(-1)?.id })}">Older</a></p>`}`,
    }
  },
}

const piece = 2_000

/** Page by page, so that a million rows need the memory of one. */
export const callsCsv: Download = {
  path: '/calls.csv',
  roles: everybody,
  type: 'text/csv; charset=utf-8',
  file: () => 'calls.csv',
  async *pieces({ ask, person, query }) {
    const { where, values, columns: shown } = conditions(query, person.time_zone)
    const names = [
      'id',
      'began',
      'status',
      'direction',
      'client_id',
      'client',
      'src',
      'number',
      'country',
      'duration',
      'billable_sec',
      'disposition',
      'total',
      'currency',
      'problem',
    ] as const
    yield csvLine([...names])
    let cursor: string | null = null
    for (;;) {
      const rows: Row[] = await ask<Row>(
        callsQuery(person.role === 'reader', shown, where, cursor, values.length + 1, piece),
        [...values, ...(cursor === null ? [] : [cursor])],
      )
      yield rows.map((row) => csvLine(names.map((name) => String(row[name] ?? '')))).join('')
      cursor = rows.at(-1)?.id ?? null
      if (rows.length < piece || cursor === null) return
    }
  },
}
