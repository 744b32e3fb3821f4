// What a minute costs a client, by what a number begins with.

import { html, withQuery } from '../../text/html.ts'
import { field, table } from '../../web/layout.ts'
import type { Page } from '../../web/page.ts'
import { clientOnly, pageMost } from './who.ts'

/** Prices of codes that begin so, or that begin a number, behind a code. */
export const ratesQuery = `-- portal: rates\nselect code, description, trim_scale(price)::text as price, trim_scale(connect_fee)::text as connect_fee, currency from portal_rates($1, $2)`

export const rates: Page = {
  path: '/portal/rates',
  title: 'Rates',
  roles: clientOnly,
  menu: true,
  async show({ ask, query }) {
    const digits = (query['number'] ?? '').replace(/\D/g, '').slice(0, 15)
    const behind = (query['behind'] ?? '').replace(/\D/g, '').slice(0, 15)
    const rows = await ask<{
      code: string
      description: string
      price: string
      connect_fee: string
      currency: string
    }>(ratesQuery, [digits, behind])
    const last = rows[pageMost - 1]
    return {
      question: 'What does a minute cost, by what a number begins with? The longest that fits counts.',
      body: html`<form class="fields" method="get">
          ${field({ name: 'number', label: 'A number, or how it begins', value: digits, type: 'search' })}
          <button class="first">Show</button> <a href="/portal/rates.csv">CSV</a>
        </form>
        ${table(
          'Prices a minute, outside hours of their own',
          rows.slice(0, pageMost),
          [
            { name: 'code', cell: ({ code }) => code || '*' },
            { name: 'description', cell: ({ description }) => description },
            { name: 'a minute', cell: ({ price, currency }) => `${price} ${currency}`, right: true },
            { name: 'a call', cell: ({ connect_fee }) => connect_fee !== '0' && connect_fee, right: true },
          ],
          'Your plan has no such price.',
        )}
        ${rows.length > pageMost && last && html`<p><a href="${withQuery('/portal/rates', { number: digits, behind: last.code })}">More</a></p>`}`,
    }
  },
}
