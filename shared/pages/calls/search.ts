// Which calls were there: by any field and range, the latest first, a page at a time.

import { behindCall, callsQuery, conditions, estimateQuery, sought } from '../../search/calls.ts'
import type { Sought } from '../../search/calls.ts'
import { html, withQuery } from '../../text/html.ts'
import { field, table } from '../../web/layout.ts'
import { everybody } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'

/** A call as it is shown and handed out. */
export interface Row {
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

const day = /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2})?$/

/** The first value is the zone of the person. */
const fields: Readonly<Record<string, Sought>> = {
  from: { label: 'From (day)', where: 'calldate >= $$::timestamp at time zone $1', check: day },
  to: { label: 'To (day)', where: 'calldate < $$::timestamp at time zone $1', check: day },
  ...sought,
}

const columns = `id::text, to_char(calldate at time zone $1, 'YYYY-MM-DD HH24:MI:SS') as began, status::text, direction::text, client_id, client, src, number, country, duration::text, billable_sec::text, disposition,
  trim_scale(total)::text as total, currency, problem`

/** What is to be asked for what was searched for, behind the call that was shown last; throws a sentence for what cannot be searched for. */
export function search(
  { person, query }: Visit,
  behind: string | null,
  most: number,
): { text: string; values: string[] } {
  const isReader = person.role === 'reader'
  const { where, values } = conditions(fields, query, [person.time_zone])
  if (behind !== null) where.push(behindCall(isReader, values.push(behind)))
  return { text: `-- web: calls\n${callsQuery(isReader, columns, where, most)}`, values }
}

/** About how many calls are like that, as the server guesses; null: it is not to say. */
async function about({ person, query, ask }: Visit): Promise<number | null> {
  if (person.role === 'reader') return null
  const { where, values } = conditions(fields, query, [person.time_zone])
  // A value that stands nowhere would be refused.
  where.push('$1::text is not null')
  const [row] = await ask<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(
    `-- web: about how many calls?\n${estimateQuery(where)}`,
    values,
  )
  return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? null
}

/** To two digits: more would be believed. */
const rough = (count: number): string => Number(count.toPrecision(2)).toLocaleString('en')

const cursorOf = (text: string | undefined): string | null =>
  /^\d{1,18}$/.test(text ?? '') ? (text ?? null) : null

export const calls: Page = {
  path: '/calls',
  title: 'Calls',
  roles: everybody,
  menu: true,
  late: true,
  async show(visit) {
    const { ask, query } = visit
    const { text, values } = search(visit, cursorOf(query['behind']), shownMost + 1)
    const rows = await ask<Row>(text, values)
    const page = rows.slice(0, shownMost)
    const count = rows.length > shownMost ? await about(visit) : null
    const searched = Object.fromEntries(Object.keys(fields).map((name) => [name, query[name]]))
    return {
      question: 'Which calls were there? By any of these, the last that began first.',
      body: html`<form class="fields" method="get">
          ${Object.entries(fields).map(([name, { label }]) => field({ name, label, value: query[name], type: 'search' }))}
          <button class="first">Search</button>
          ${['csv', 'xlsx', 'json'].map((kind) => html`<a href="${withQuery(`/calls.${kind}`, searched)}">${kind.toUpperCase()}</a> `)}
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
        ${count !== null && html`<p>About ${rough(count)} calls are like that, as the server estimates.</p>`}
        ${rows.length > shownMost && html`<p><a href="${withQuery('/calls', { ...searched, behind: page.at(-1)?.id })}">Older</a></p>`}`,
    }
  },
}
