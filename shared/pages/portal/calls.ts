// A client's own calls of the last days.

import { html, withQuery } from '../../text/html.ts'
import { field, table } from '../../web/layout.ts'
import type { Page } from '../../web/page.ts'
import { clientOnly, pageMost } from './who.ts'

interface CallRow {
  id: string
  ended: string
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

/** Calls that ended before a moment and a number, the last first. */
export const callsQuery = `-- portal: calls
select id::text, ended_at::text as ended, to_char(calldate at time zone $1, 'YYYY-MM-DD HH24:MI:SS') as began, src, number, country, billable_sec::text, trim_scale(price)::text as price, trim_scale(total)::text as total, trim_scale(saved)::text as saved, currency
from portal_calls where ($2 = '' or (ended_at, id) < (nullif($2, '')::timestamptz, nullif($3, '')::bigint)) and ($4 = '' or number like $4 || '%') order by ended_at desc, id desc limit $5`

export const calls: Page = {
  path: '/portal/calls',
  title: 'Calls',
  roles: clientOnly,
  menu: true,
  async show({ ask, query, person }) {
    const number = (query['number'] ?? '').replace(/\D/g, '')
    const rows = await ask<CallRow>(callsQuery, [
      person.time_zone,
      ...(/^\d{4}-\d\d-\d\d [\d:.+]{8,30}$/.test(query['ended'] ?? '') && /^\d{1,18}$/.test(query['id'] ?? '')
        ? [query['ended'], query['id']]
        : ['', '']),
      ...[number, pageMost + 1],
    ])
    const last = rows[pageMost - 1]
    return {
      question: 'Which calls were there in the last 16 days? Those of before are on the statements.',
      body: html`<form class="fields" method="get">
          ${field({ name: 'number', label: 'Called number begins with', value: number, type: 'search' })}
          <button class="first">Search</button> <a href="/portal/calls.csv">CSV</a>
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
        ${rows.length > pageMost && last && html`<p><a href="${withQuery('/portal/calls', { number, ended: last.ended, id: last.id })}">Older</a></p>`}`,
    }
  },
}
