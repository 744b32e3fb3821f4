// Why does this call cost what it costs? The record as read, what each stage found, all decisions, and pricing it again.

import { Complaint } from '../../errors/complaint.ts'
import { oneCall } from '../../search/calls.ts'
import { Beside, html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { plainTable, sent } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'

const idOf = ({ params }: Visit): string => {
  const id = params['id'] ?? ''
  if (!/^\d{1,18}$/.test(id)) throw new Complaint(`"${id}" is no call.`)
  return id
}

const callQuery = `-- web: a call
select status::text, problem, calldate, answered_at, direction::text, src, dst, channel, dstchannel, accountcode, caller, number, kind, country, client_id, client, provider_id, source_id, cdr_id::text, disposition, cause,
  duration::text, billsec::text, billable_sec::text, trim_scale(price)::text as price, trim_scale(total)::text as total, currency, trim_scale(master_total)::text as master_total, trim_scale(cost)::text as cost, cost_currency, decisions, imported_at, priced_at, attempts
from ${oneCall}`

export const call: Page = {
  path: '/calls/:id',
  title: 'Calls',
  roles: workers,
  senders: ['administrator', 'operator'],
  menu: false,
  async show(visit) {
    const { ask, person } = visit
    const id = idOf(visit)
    const [found] = await ask<Record<string, unknown>>(callQuery, [id])
    if (!found) throw new Complaint(`There is no call ${id}, or it was detached with its months.`)
    const receipt = await ask<Record<string, unknown>>(
      `-- web: its receipt\nselect decision, item, value, explanation from receipt($1)`,
      [id],
    )
    const [record] =
      person.role === 'bookkeeper'
        ? []
        : await ask<{ record: unknown }>('-- web: its record\nselect record from cdr where id = $1', [
            found['cdr_id'],
          ])
    const moment = momentIn(person.time_zone, 'medium')
    const facts = Object.entries(found)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => ({
        fact: name.replaceAll('_', ' '),
        value: value instanceof Date ? moment(value) : String(value as string | number),
      }))
    const mends = person.role === 'administrator' || person.role === 'operator'
    return {
      title: `Call ${id}`,
      question: 'What became of this call, and why does it cost what it costs?',
      body: html`${found['problem'] !== null && html`<p class="bad">It waits: ${found['problem'] as string}${new Beside(found['problem'] as string)}</p>`}
      ${
        mends &&
        found['problem'] !== null &&
        html`<form method="post" class="fields">
          ${sent(person)}<button name="do" value="try" class="first">Try again</button>
        </form>`
      }
      ${plainTable('Receipt', receipt, 'It has no price yet.')}
      ${found['client_id'] !== null && html`<p><a href="/calls/${id}/plans">Under another plan</a></p>`}
      ${
        person.role === 'administrator' &&
        found['status'] === 'tarif defined' &&
        html`<form method="post" class="fields">
          ${sent(person)}
          <label>Why<input name="why" required /></label><button name="do" value="rerate">Price again</button>
        </form>`
      }
      ${plainTable('What is known of it', facts, '')}
      ${
        record &&
        html`<h2>The record as it was read</h2>
          <pre>${JSON.stringify(record.record).replaceAll('","', '", "')}</pre>`
      }`,
    }
  },
  async send(visit) {
    const { ask, form } = visit
    const id = idOf(visit)
    if (form['do'] === 'rerate') {
      const [call] = await ask<{ client_id: number | null; calldate: Date }>(
        '-- web: whose and when\nselect client_id, calldate from paidcalls where id = $1 union all select client_id, calldate from archived_call where id = $1',
        [id],
      )
      if (!call || call.client_id === null) throw new Complaint(`There is no call ${id} of a client.`)
      await ask(
        `-- web: price again\nselect rerate($1, $2, $2::timestamptz + interval '1 microsecond', $3)`,
        [call.client_id, call.calldate, (form['why'] ?? '').trim() || 'asked for at its page'],
      )
      return { to: `/calls/${id}`, said: 'It is on its way to another price.' }
    }
    await ask(
      '-- web: try again\nupdate paidcalls set problem = null where id = $1 and problem is not null',
      [id],
    )
    return { to: `/calls/${id}`, said: 'It is tried again.' }
  },
}
