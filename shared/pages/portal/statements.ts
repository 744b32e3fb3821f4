// What was billed to a client, and what it paid.

import { html, phrase } from '../../text/html.ts'
import { plainTable, table } from '../../web/layout.ts'
import type { Page } from '../../web/page.ts'
import { clientOnly } from './who.ts'

export const statements: Page = {
  path: '/portal/statements',
  title: 'Statements',
  roles: clientOnly,
  menu: true,
  async show({ ask }) {
    const rows = await ask<{
      id: string
      number: string
      status: string
      month: string
      saved: string
      total: string
      currency: string
      due_at: string | null
    }>(
      `-- portal: statements\nselect id::text, number, status, to_char(month, 'YYYY-MM') as month, trim_scale(saved)::text as saved, trim_scale(total)::text as total, currency, due_at::text from portal_statements order by id desc limit 200`,
    )
    const payments = await ask<Record<string, unknown>>(
      `-- portal: payments\nselect to_char(paid_at at time zone 'UTC', 'YYYY-MM-DD') as paid, trim_scale(amount)::text as amount, reference from portal_payments order by paid_at desc limit 100`,
    )
    return {
      question: 'What was billed, what was saved, and what was paid?',
      body: html`${table(
        'Statements',
        rows,
        [
          { name: 'number', cell: ({ number }) => number },
          { name: 'month', cell: ({ month }) => month },
          { name: 'saved', cell: ({ saved, currency }) => `${saved} ${currency}`, right: true },
          { name: 'to pay', cell: ({ total, currency }) => `${total} ${currency}`, right: true },
          { name: 'due', cell: ({ due_at }) => due_at },
          { name: '', cell: ({ status }) => status === 'void' && phrase('void') },
          {
            name: '',
            cell: ({ id, number }) =>
              html`<a href="/portal/statements/${id}/pdf" aria-label="${number} as PDF">PDF</a>
                <a href="/portal/statements/${id}/csv" aria-label="${number} as CSV">CSV</a>`,
          },
        ],
        'No statement yet.',
      )}
      ${payments.length > 0 && plainTable('Payments', payments, '')}`,
    }
  },
}
