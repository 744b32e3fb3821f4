// What a client was warned of.

import { html, phrase } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { table } from '../../web/layout.ts'
import type { Page, Visit } from '../../web/page.ts'
import { clientOnly } from './who.ts'

interface Alert {
  opened_at: Date
  closed_at: Date | null
  message: string
}

/** The last first; null: none. */
export async function alertsOf({ ask, person }: Visit, most: number): Promise<Html | null> {
  const rows = await ask<Alert>(
    `-- portal: alerts\nselect opened_at, closed_at, message from portal_alerts order by opened_at desc limit $1`,
    [most],
  )
  const moment = momentIn(person.time_zone)
  return rows.length === 0
    ? null
    : table(
        'Alerts',
        rows,
        [
          { name: 'since', cell: ({ opened_at }) => moment(opened_at) },
          {
            name: 'until',
            cell: ({ closed_at }) => (closed_at === null ? phrase('still so') : moment(closed_at)),
          },
          { name: 'what', cell: ({ message }) => message },
        ],
        '',
      )
}

export const alerts: Page = {
  path: '/portal/alerts',
  title: 'Alerts',
  roles: clientOnly,
  menu: true,
  async show(visit) {
    return {
      question: 'What was I warned of within 90 days?',
      body: (await alertsOf(visit, 200)) ?? html`<p class="none">Of nothing.</p>`,
    }
  },
}
