// Which plan a client has and had, and another from a day on.

import { Complaint } from '../../errors/complaint.ts'
import { html, phrase } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { field, sent, table } from '../../web/layout.ts'
import type { Page, Visit } from '../../web/page.ts'
import { choicesOf } from './choices.ts'

export async function planHistory({ ask, person }: Visit, client: string): Promise<Html> {
  const rows = await ask<{ plan: string; tarifnum: number; since: Date | null; until: Date | null }>(
    `-- web: plans of a client\nselect name as plan, tarifnum, lower(valid) as since, upper(valid) as until from client_tarif join tarifplan using (tarifnum) where client_id::text = $1 order by valid desc`,
    [client],
  )
  const moment = momentIn(person.time_zone)
  return html`${table(
      'Plans',
      rows,
      [
        {
          name: 'plan',
          cell: ({ plan, tarifnum }) => html`<a href="/tariffs/${tarifnum}">${plan || tarifnum}</a>`,
        },
        { name: 'since', cell: ({ since }) => (since ? moment(since) : phrase('always')) },
        { name: 'until', cell: ({ until }) => until && moment(until) },
      ],
      'It has no plan: its calls wait.',
    )}
    <p>
      <a href="/calls?client=${client}">Its calls</a>
      ${person.role === 'administrator' && html`· <a href="/clients/${client}/plan">Another plan from a day on</a>`}
    </p>`
}

/** A day on which another begins already would be passed over. */
const laterQuery = `-- web: is a plan entered for later?
select to_char(min(lower(valid)) at time zone $3, 'YYYY-MM-DD') as day from client_tarif where client_id::text = $1 and lower(valid) >= $2::timestamp at time zone $3`

const endQuery = `-- web: a plan ends
update client_tarif set valid = tstzrange(lower(valid), $2::timestamp at time zone $3) where client_id::text = $1 and valid @> ($2::timestamp at time zone $3)`

const beginQuery = `-- web: and another begins
insert into client_tarif (client_id, tarifnum, valid) values ($1::integer, $4::integer, tstzrange($2::timestamp at time zone $3, null))`

export const planFrom: Page = {
  path: '/clients/:key/plan',
  title: 'Clients',
  roles: ['administrator'],
  menu: false,
  async show(visit) {
    const { person, params } = visit
    return {
      question: 'Which plan does this client have from a day on?',
      body: html`<form method="post" class="fields">
          ${sent(person)}
          ${field({ name: 'plan', label: 'Plan', options: await choicesOf(visit, 'tarifplan'), required: true })}
          ${field({ name: 'from', label: `From this day on (${person.time_zone}); a day of before counts for calls not priced yet`, type: 'date', required: true })}
          <button class="first">From then on</button>
        </form>
        <p><a href="/clients/${params['key']}">← The client</a></p>`,
    }
  },
  async send({ ask, form, params, person }) {
    const client = params['key'] ?? ''
    const [from, plan] = [form['from'] ?? '', form['plan'] ?? '']
    if (!/^\d{4}-\d\d-\d\d$/.test(from)) throw new Complaint('A day such as 2026-12-01 is needed.')
    const [later] = await ask<{ day: string | null }>(laterQuery, [client, from, person.time_zone])
    if (later?.day != null)
      throw new Complaint(
        `A plan from ${later.day} on is entered already: take that back first, in its history or in table client_tarif.`,
      )
    await ask(endQuery, [client, from, person.time_zone])
    await ask(beginQuery, [client, from, person.time_zone, plan])
    return {
      to: `/clients/${client}`,
      said: `It has this plan from ${from} on. Calls that were priced already keep their price until they are priced again.`,
    }
  },
}
