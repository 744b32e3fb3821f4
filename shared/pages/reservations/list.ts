// What is held of an account, and what was released by hand.

import { html } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { table } from '../../web/layout.ts'
import type { Visit } from '../../web/page.ts'

const shownMost = 100

export interface Held {
  id: string
  account_id: number
  client: string
  source: string
  number: string | null
  country: string | null
  amount: string
  currency: string
  seconds: string
  made_at: Date
  ends_at: Date
  state: string
}

export const heldColumns = `id::text, account_id, client, source, number, country, trim_scale(amount)::text as amount, currency, seconds::text, made_at, ends_at, state`

interface Released {
  changed_at: Date
  who: string
  amount: string
  why: string
}

/** Nothing of the second for who may not read the log. */
export async function heldPart({ ask, person }: Visit, account: string): Promise<Html> {
  const held = await ask<Held>(
    `-- web: what is held of an account\nselect ${heldColumns} from open_reservations where account_id::text = $1 order by made_at desc limit ${shownMost + 1}`,
    [account],
  )
  const [may] = await ask<{ may: boolean }>(
    `-- web: may the log be read?\nselect has_table_privilege('change_log', 'select') as may`,
  )
  const released =
    may?.may === true
      ? await ask<Released>(
          `-- web: what was released by hand
          select changed_at, coalesce(person, changed_by) as who, trim_scale((new_row ->> 'amount')::numeric)::text as amount, new_row ->> 'why' as why
          from change_log where table_name = 'reservation' and operation = 'release' and new_row ->> 'account_id' = $1 order by id desc limit 20`,
          [account],
        )
      : []
  const moment = momentIn(person.time_zone, 'medium')
  return html`${table(
    'Calls money is held for',
    held.slice(0, shownMost),
    [
      {
        name: 'since',
        cell: ({ id, made_at }) => html`<a href="/reservations/${id}">${moment(made_at)}</a>`,
      },
      { name: 'exchange', cell: ({ source }) => source },
      { name: 'called', cell: ({ number }) => number },
      { name: 'country', cell: ({ country }) => country },
      { name: 'seconds', cell: ({ seconds }) => seconds, right: true },
      { name: 'amount', cell: ({ amount, currency }) => `${amount} ${currency}`, right: true },
      { name: '', cell: ({ state }) => state },
    ],
    'Nothing is held for a call.',
  )}
  ${held.length > shownMost && html`<p>More than ${shownMost}.</p>`}
  ${
    released.length > 0 &&
    table(
      'Released by hand',
      released,
      [
        { name: 'when', cell: ({ changed_at }) => moment(changed_at) },
        { name: 'who', cell: ({ who }) => who },
        { name: 'amount', cell: ({ amount }) => amount, right: true },
        { name: 'why', cell: ({ why }) => why },
      ],
      '',
    )
  }`
}
