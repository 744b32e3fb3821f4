// A client's own calls of any day.

import { html, withQuery } from '../../text/html.ts'
import { field, table } from '../../web/layout.ts'
import type { Page, Visit } from '../../web/page.ts'
import { clientOnly, daysOf, pageMost } from './who.ts'

export interface CallRow {
  id: string
  at: string
  began: string
  src: string | null
  number: string | null
  country: string | null
  billable_sec: string
  price: string | null
  total: string | null
  saved: string | null
  currency: string | null
}

const callsQuery = `-- portal: calls
select id::text, calldate::text as at, to_char(calldate at time zone $1, 'YYYY-MM-DD HH24:MI:SS') as began, src, number, country, billable_sec::text, trim_scale(price)::text as price, trim_scale(total)::text as total, trim_scale(saved)::text as saved, currency
from portal_calls($2::timestamp at time zone $1, ($3::date + 1)::timestamp at time zone $1, $4, nullif($5, '')::timestamptz, nullif($6, '')::bigint, $7)`

/** What is sought, as it stands in addresses. */
export const soughtBy = (visit: Visit): { from: string; until: string; number: string } => ({
  ...daysOf(visit),
  number: (visit.query['number'] ?? '').replace(/\D/g, ''),
})

/** The last first, those behind a moment and a call. */
export function callsBehind(
  visit: Visit,
  { at, id }: { at: string; id: string },
  most: number,
): Promise<CallRow[]> {
  const { from, until, number } = soughtBy(visit)
  return visit.ask<CallRow>(callsQuery, [visit.person.time_zone, from, until, number, at, id, most])
}

const behindOf = ({ query }: Visit): { at: string; id: string } =>
  /^\d{4}-\d\d-\d\d [\d:.+]{8,30}$/.test(query['at'] ?? '') && /^\d{1,18}$/.test(query['id'] ?? '')
    ? { at: query['at'] ?? '', id: query['id'] ?? '' }
    : { at: '', id: '' }

export const calls: Page = {
  path: '/portal/calls',
  title: 'Calls',
  roles: clientOnly,
  menu: true,
  async show(visit) {
    const sought = soughtBy(visit)
    const rows = await callsBehind(visit, behindOf(visit), pageMost + 1)
    const last = rows[pageMost - 1]
    return {
      question: 'Which calls were there, and what did each cost?',
      body: html`<form class="fields" method="get">
          ${field({ name: 'from', label: 'From', type: 'date', value: sought.from })}
          ${field({ name: 'until', label: 'Until, this day too', type: 'date', value: sought.until })}
          ${field({ name: 'number', label: 'Called number begins with', value: sought.number, type: 'search' })}
          <button class="first">Search</button>
          <a href="${withQuery('/portal/calls.csv', sought)}" aria-label="All of them as CSV">CSV</a>
        </form>
        ${table(
          'Calls',
          rows.slice(0, pageMost),
          [
            { name: 'began', cell: ({ began }) => began },
            { name: 'caller', cell: ({ src }) => src },
            { name: 'called', cell: (row) => row.number },
            { name: 'country', cell: ({ country }) => country },
            { name: 'seconds', cell: ({ billable_sec }) => billable_sec, right: true },
            { name: 'a minute', cell: ({ price }) => price, right: true },
            {
              name: 'costs',
              cell: ({ total, currency }) => total !== null && `${total} ${currency ?? ''}`,
              right: true,
            },
            { name: 'saved', cell: ({ saved }) => saved, right: true },
          ],
          'There is none.',
        )}
        ${rows.length > pageMost && last && html`<p><a href="${withQuery('/portal/calls', { ...sought, at: last.at, id: last.id })}">Older</a></p>`}`,
    }
  },
}
