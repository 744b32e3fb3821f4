// Statements: what was billed, what would be billed today, and making, issuing and taking back.

import { Complaint } from '../../errors/complaint.ts'
import { html, phrase } from '../../text/html.ts'
import { field, linesOf, sent, table } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'
import type { People } from '../../web/people.ts'
import { createRuns } from './runs.ts'

interface StatementRow {
  id: string
  status: string
  number: string | null
  client_id: number
  client: string
  month: string
  calls: string
  saved: string
  total: string
  currency: string
  due_at: string | null
  problem: string | null
}

const rowsQuery = `-- web: statements
select id::text, status, number, client_id, client, to_char(month, 'YYYY-MM') as month, calls::text, trim_scale(saved)::text as saved, trim_scale(total)::text as total, currency, due_at::text, problem
from statements
where ($1 = '' or to_char(month, 'YYYY-MM') = $1) and ($2 = '' or client_id::text = $2 or client ilike '%' || $2 || '%' or number = $2) and ($3 = '' or id < $3::bigint)
order by id desc limit 101`

const pageMost = 100

const lastMonth = (): string => {
  const day = new Date()
  day.setUTCDate(0)
  return day.toISOString().slice(0, 7)
}

export function createStatements(people: People): Page {
  const runs = createRuns(people)

  function making({ person }: Visit) {
    const said = runs.of(person.name)
    return html`${said && html`<p class="said" role="status">${linesOf(said)}</p>`}
      <details>
        <summary><strong>Make statements</strong></summary>
        <form method="post" class="fields">
          ${sent(person)} ${field({ name: 'month', label: 'Month', value: lastMonth(), required: true })}
          ${field({ name: 'client', label: 'Only of client number; empty: of all' })}
          ${field({
            ...{ name: 'waiting', label: 'Calls that still wait', value: 'no' },
            options: [
              { value: 'no', text: phrase('are a reason not to issue') },
              { value: 'yes', text: phrase('come as late calls next month') },
            ],
          })}
          <button class="first" name="do" value="draft">Draft</button>
          <button name="do" value="issue">Issue: final, with numbers</button>
        </form>
      </details>`
  }

  return {
    path: '/statements',
    title: 'Statements',
    roles: workers,
    senders: ['bookkeeper'],
    menu: true,
    async show(visit) {
      const { ask, query, person } = visit
      const { month = '', q = '' } = query
      const behind = /^\d{1,18}$/.test(query['behind'] ?? '') ? query['behind'] : ''
      const rows = await ask<StatementRow>(rowsQuery, [month, q.trim(), behind])
      const last = rows[pageMost - 1]
      return {
        question: 'What was billed to whom, what did the plan save, and what would be billed today?',
        body: html`${person.role === 'bookkeeper' && making(visit)}
          <form class="fields" method="get">
            ${field({ name: 'month', label: 'Month, such as 2026-10', value: month })}
            ${field({ name: 'q', label: 'Client or number of a statement', value: q, type: 'search' })}
            <button class="first">Search</button>
          </form>
          ${table(
            'Statements',
            rows.slice(0, pageMost),
            [
              {
                name: 'number',
                cell: ({ id, number }) => html`<a href="/statements/${id}">${number ?? phrase('draft')}</a>`,
              },
              { name: 'month', cell: (row) => row.month },
              {
                name: 'client',
                cell: ({ client, client_id }) => html`<a href="/clients/${client_id}">${client}</a>`,
              },
              { name: 'calls', cell: ({ calls }) => calls, right: true },
              { name: 'saved', cell: ({ saved, currency }) => `${saved} ${currency}`, right: true },
              { name: 'to pay', cell: ({ total, currency }) => `${total} ${currency}`, right: true },
              { name: 'due', cell: ({ due_at }) => due_at },
              {
                name: '',
                cell: ({ status, problem }) =>
                  html`${status === 'void' && phrase('void')}<span class="bad">${problem}</span>`,
              },
            ],
            'There is no statement.',
          )}
          ${rows.length > pageMost && last && html`<p><a href="/statements?month=${month}&q=${q}&behind=${last.id}">Older</a></p>`}`,
      }
    },
    async send({ form, person }) {
      const { month = '', client = '' } = form
      if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Complaint('A month such as 2026-10 is needed.')
      if (client !== '' && !/^\d{1,9}$/.test(client))
        throw new Complaint(`${client} is no number of a client.`)
      const said = await runs.begin(person, {
        ...{ month: `${month}-01`, client: client === '' ? null : Number(client) },
        ...{ draft: form['do'] !== 'issue', withWaiting: form['waiting'] === 'yes' },
      })
      return { to: `/statements?month=${month}`, said }
    },
  }
}
