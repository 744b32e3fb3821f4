// Is every exchange read, and a new one.

import { Complaint } from '../../errors/complaint.ts'
import { html } from '../../text/html.ts'
import { field, plainTable, sent, table } from '../../web/layout.ts'
import type { Page } from '../../web/page.ts'
import { exchangeFields } from './exchange-parts.ts'
import { exchangeValues } from './exchange.ts'

interface SourceRow {
  source: string
  state: string
  failure: string | null
  lag: string | null
  last_record: string | null
  records: string
  rejected: string
  left_out: string
  remark: string | null
}

const pathOf = (name: string): string => `/sources/${encodeURIComponent(name)}`

export const exchanges: Page = {
  path: '/sources',
  title: 'Exchanges',
  roles: ['administrator', 'operator'],
  senders: ['administrator'],
  menu: true,
  async show({ ask, person }) {
    const rows = await ask<SourceRow>(
      `-- web: exchanges\nselect source, state, failure, lag::text, to_char(last_record_at at time zone $1, 'YYYY-MM-DD HH24:MI:SS') as last_record, records::text, rejected::text, left_out::text, remark from sources`,
      [person.time_zone],
    )
    const processes = await ask<Record<string, unknown>>(
      '-- web: processes\nselect stage, host, pid::text, lanes::text, calls::text, per_second::text, silent_since::text from workers',
    )
    const isAdministrator = person.role === 'administrator'
    return {
      question: 'Is every exchange read, how far behind is it, and who is at work?',
      body: html`${table(
        'Exchanges',
        rows,
        [
          {
            name: 'exchange',
            cell: ({ source }) =>
              isAdministrator ? html`<a href="${pathOf(source)}">${source}</a>` : source,
          },
          { name: 'state', cell: ({ state }) => state },
          { name: 'failure', cell: ({ failure }) => failure },
          { name: 'lag', cell: ({ lag }) => lag },
          { name: 'last record', cell: ({ last_record }) => last_record },
          { name: 'records', cell: ({ records }) => records, right: true },
          { name: 'rejected', cell: ({ rejected }) => rejected, right: true },
          { name: 'left out', cell: ({ left_out }) => left_out, right: true },
          { name: 'remark', cell: ({ remark }) => remark },
        ],
        'There is no exchange yet.',
      )}
      ${rows.length > 0 && html`<p><a href="/reconciliation">What each holds, beside what is here</a></p>`}
      ${
        isAdministrator &&
        html`<details ${rows.length === 0 && html`open`}>
          <summary><strong>Add an exchange</strong></summary>
          <form method="post" class="fields">
            ${sent(person)} ${field({ name: 'name', label: 'Its name, such as office', required: true })}
            ${exchangeFields({}, person.time_zone)}
            <button class="first" name="do" value="add">Add it</button>
          </form>
        </details>`
      }
      ${plainTable('Processes', processes, 'No process is at work.')}`,
    }
  },
  async send({ ask, form }) {
    const name = (form['name'] ?? '').trim()
    if (name === '') throw new Complaint('An exchange needs a name.')
    await ask(
      `-- web: an exchange\ninsert into source (name, format, time_zone, country, area_code, outside_line, extension_digits) values ($1, $2, $3, $4, $5, $6, $7)`,
      [name, ...exchangeValues(form)],
    )
    return { to: pathOf(name), said: `${name} is there. Next: its records.` }
  },
}
