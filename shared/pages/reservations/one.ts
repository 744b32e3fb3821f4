// Money held for one call, and given back by hand.

import { Complaint } from '../../errors/complaint.ts'
import { html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { field, plainTable, sent } from '../../web/layout.ts'
import { books, workers } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'
import { heldColumns } from './list.ts'
import type { Held } from './list.ts'

async function heldOf({ ask, params }: Visit): Promise<Held> {
  const id = params['id'] ?? ''
  const [held] = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)
    ? await ask<Held>(`-- web: a reservation\nselect ${heldColumns} from open_reservations where id = $1`, [
        id,
      ])
    : []
  if (!held) throw new Complaint('Nothing is held under this: it has ended, or never was.')
  return held
}

export const reservation: Page = {
  path: '/reservations/:id',
  title: 'Accounts',
  roles: workers,
  senders: books,
  menu: false,
  async show(visit) {
    const { person } = visit
    const { account_id, client, made_at, ends_at, amount, currency, ...held } = await heldOf(visit)
    const moment = momentIn(person.time_zone, 'medium')
    return {
      title: client,
      question: 'What is held for this call, and shall it be given back?',
      body: html`${plainTable(
          'What is held',
          [
            {
              ...{ amount: `${amount} ${currency}`, seconds: held.seconds, called: held.number },
              ...{ country: held.country, exchange: held.source },
              ...{ since: moment(made_at), ends: moment(ends_at), state: held.state },
            },
          ],
          '',
        )}
        ${
          books.includes(person.role) &&
          html`<p>
              Its record still charges the call when it comes. What is given back while the call goes on,
              other calls may spend.
            </p>
            <form method="post" class="fields">
              ${sent(person, { amount })} ${field({ name: 'why', label: 'Why, for the log', required: true })}
              <button class="first" name="do" value="release">Give back ${amount} ${currency}</button>
            </form>`
        }
        <p><a href="/accounts/${account_id}">← The account</a></p>`,
    }
  },
  async send(visit) {
    const { ask, form } = visit
    const { id, account_id, amount, currency } = await heldOf(visit)
    if (form['amount'] !== amount)
      throw new Complaint(`By now ${amount} ${currency} are held: look at it again.`)
    const [done] = await ask<{ released: boolean }>(
      '-- web: a reservation is released\nselect release_reservation($1, $2) as released',
      [id, form['why'] ?? ''],
    )
    if (done?.released !== true)
      throw new Complaint('Nothing is held under this: it has ended, or never was.')
    return { to: `/accounts/${account_id}`, said: 'It is given back.' }
  },
}
