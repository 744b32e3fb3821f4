// Which calls are going on: those money is held for, and those of which some records have come.

import { html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { table } from '../../web/layout.ts'
import { office } from '../../web/page.ts'
import type { Page } from '../../web/page.ts'

const shownMost = 200

interface Held {
  id: string
  client: string
  client_id: number
  source: string
  number: string | null
  country: string | null
  amount: string
  currency: string
  seconds: string | null
  made_at: Date
  state: string
}

// The view of calls of several records reads all parts there are: only the last are looked at here.
const openQuery = `-- web: calls of which some records have come
with parts as (select source_id, part_of, read_at from (select source_id, part_of, read_at from cdr order by id desc limit 20000) newest where part_of is not null)
select source.name as source, parts.part_of as call, min(read_at) as since, count(*)::text as records
from parts join source on source.id = parts.source_id
where not exists (select from cdr whole join paidcalls on paidcalls.cdr_id = whole.id where whole.source_id = parts.source_id and whole.part_of = parts.part_of)
group by source.name, parts.source_id, parts.part_of order by since desc limit 100`

export const now: Page = {
  path: '/now',
  title: 'Now',
  roles: office,
  menu: true,
  async show({ ask, person }) {
    const held = await ask<Held>(
      `-- web: calls money is held for
      select id::text, client, client_id, source, number, country, trim_scale(amount)::text as amount, currency, seconds::text, made_at, state from open_reservations order by made_at desc limit ${shownMost + 1}`,
    )
    const open = await ask<{ source: string; call: string; since: Date; records: string }>(openQuery)
    const moment = momentIn(person.time_zone, 'medium')
    return {
      question: 'Which calls are going on, and what is held for them?',
      body: html`${table(
        'Calls money is held for',
        held.slice(0, shownMost),
        [
          { name: 'since', cell: ({ made_at }) => moment(made_at) },
          {
            name: 'client',
            cell: ({ client, client_id }) => html`<a href="/clients/${client_id}">${client}</a>`,
          },
          { name: 'exchange', cell: ({ source }) => source },
          { name: 'called', cell: ({ number }) => number },
          { name: 'country', cell: ({ country }) => country },
          { name: 'seconds', cell: ({ seconds }) => seconds, right: true },
          {
            name: 'amount',
            cell: ({ id, amount, currency }) => html`<a href="/reservations/${id}">${amount} ${currency}</a>`,
            right: true,
          },
          { name: '', cell: ({ state }) => state },
        ],
        'No exchange asks before it dials, or no call is going on.',
      )}
      ${held.length > shownMost && html`<p>More than ${shownMost}.</p>`}
      ${table(
        'Calls of which some records have come',
        open,
        [
          { name: 'since', cell: ({ since }) => moment(since) },
          { name: 'exchange', cell: ({ source }) => source },
          { name: 'call', cell: ({ call }) => call },
          { name: 'records', cell: ({ records }) => records, right: true },
        ],
        'None.',
      )}`,
    }
  },
}
