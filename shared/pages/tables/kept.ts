// What else is kept by hand, and the accounts.

import { html } from '../../text/html.ts'
import { table } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page } from '../../web/page.ts'
import { rightsOf } from './catalog.ts'

const kept: readonly [path: string, what: string, question: string, roles: string][] = [
  ['/prefixes', 'Prefixes', 'which dialled digits mean something of their own?', 'administrator operator'],
  ['/lists', 'Lists', 'which numbers are refused, or allowed?', 'administrator operator'],
  ['/recipients', 'Recipients', 'who is told of alerts?', 'administrator operator'],
  ['/taxes', 'Taxes', 'which taxes are charged?', 'administrator bookkeeper'],
  ['/keep', 'How long numbers are kept', 'how long is it kept who called whom?', 'administrator'],
  ['/disputes', 'Disputed calls', 'which calls are disputed?', 'administrator bookkeeper'],
  ['/issuer/true', 'Issuer', 'who sends the statements?', 'administrator bookkeeper'],
]

export const tables: Page = {
  path: '/tables',
  title: 'Tables',
  roles: workers,
  menu: true,
  show({ person }) {
    return Promise.resolve({
      question: 'What else is kept by hand?',
      body: html`<ul>
        ${kept
          .filter(([, , , roles]) => roles.split(' ').includes(person.role))
          .map(([path, what, question]) => html`<li><a href="${path}">${what}</a>: ${question}</li>`)}
      </ul>`,
    })
  },
}

interface AccountRow {
  id: number
  client: string
  currency: string
  kind: string
  balance: string
  reserved: string
  available: string | null
  days_left: string | null
  hold: string | null
}

export const accounts: Page = {
  path: '/accounts',
  title: 'Accounts',
  roles: workers,
  menu: true,
  async show(visit) {
    const rows = await visit.ask<AccountRow>(
      `-- web: accounts
      select id, client, currency, kind, trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved, trim_scale(available)::text as available, days_left::text, hold
      from accounts order by hold is null, available nulls last limit 200`,
    )
    const { mayInsert } = await rightsOf(visit, { name: 'account' })
    return {
      question: 'Who has how much left, and who may not call?',
      body: html`${mayInsert && html`<p><a href="/accounts/new">Open one</a></p>`}
      ${table(
        'Accounts, those that are held and those with the least first',
        rows,
        [
          {
            name: 'client',
            cell: ({ id, client }) => html`<a href="/accounts/${id}">${client}</a>`,
          },
          { name: 'kind', cell: ({ kind }) => kind },
          { name: 'balance', cell: ({ balance, currency }) => `${balance} ${currency}`, right: true },
          { name: 'reserved', cell: ({ reserved }) => reserved, right: true },
          { name: 'available', cell: ({ available }) => available, right: true },
          { name: 'days left', cell: ({ days_left }) => days_left, right: true },
          { name: 'held', cell: ({ hold }) => hold !== null && html`<span class="bad">${hold}</span>` },
        ],
        'Nobody has an account: clients are billed afterwards.',
      )}`,
    }
  },
}
