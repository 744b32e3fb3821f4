// Which programs may ask over the API, and what.

import { makeKey } from '../api/keys.ts'
import { scopes } from '../api/operation.ts'
import { Complaint } from '../errors/complaint.ts'
import { html, phrase } from '../text/html.ts'
import { momentIn } from '../text/moment.ts'
import { field, sent, table } from '../web/layout.ts'
import { everybody } from '../web/page.ts'
import type { Page } from '../web/page.ts'
import { exchangeChoices } from './tables/choices.ts'

interface Row {
  id: number
  name: string
  role: string
  scopes: string
  source: string | null
  used_at: Date | null
  ends: string | null
}

const roles = [...everybody].reverse().map((role) => ({ value: role, text: role }))

export const keys: Page = {
  path: '/keys',
  title: 'Keys',
  roles: ['administrator'],
  menu: true,
  async show({ ask, person }) {
    const rows = await ask<Row>(
      `-- web: keys
      select api_key.id, api_key.name, role, array_to_string(scopes, ', ') as scopes, source.name as source, api_key_used(api_key.id) as used_at,
        case when revoked_at is not null then 'ended' when expires_at <= now() then 'expired' else 'until ' || to_char(expires_at at time zone $1, 'YYYY-MM-DD') end as ends
      from api_key left join source on source.id = source_id order by revoked_at is not null, lower(api_key.name) limit 500`,
      [person.time_zone],
    )
    const sources = await exchangeChoices({ ask }, phrase('any exchange'))
    const moment = momentIn(person.time_zone)
    return {
      question: 'Which programs may ask over the API, and what?',
      body: html`${table(
          'Keys',
          rows,
          [
            { name: 'name', cell: ({ name }) => name },
            { name: 'role', cell: ({ role }) => role },
            {
              name: 'scopes',
              cell: ({ scopes, source }) => (source === null ? scopes : `${scopes} (${source})`),
            },
            { name: 'last used', cell: ({ used_at }) => used_at && moment(used_at) },
            { name: '', cell: ({ ends }) => ends },
            {
              name: '',
              cell: ({ id, ends }) =>
                ends !== 'ended' &&
                html`<form method="post">
                  ${sent(person, { id })}<button name="do" value="end">End</button>
                </form>`,
            },
          ],
          'There is no key.',
        )}
        <form method="post" class="fields">
          ${sent(person)} ${field({ name: 'name', label: 'Name', required: true })}
          ${field({ name: 'role', label: 'Role', options: roles, value: 'reader' })}
          ${Object.entries(scopes).map(([scope, what]) => html`<label>${scope}: ${what}<input type="checkbox" name="scope-${scope}" value="yes" /></label>`)}
          ${field({ name: 'source', label: 'Only records of (with push alone)', options: sources })}
          ${field({ name: 'days', label: 'Days it lasts; empty: until it is ended', type: 'number' })}
          <button class="first" name="do" value="make">Make a key</button>
        </form>`,
    }
  },
  async send({ ask, form }) {
    if (form['do'] === 'end') {
      const [ended] = await ask<{ name: string }>(
        '-- web: end a key\nupdate api_key set revoked_at = now() where id = $1 and revoked_at is null returning name',
        [Number(form['id']) || 0],
      )
      if (!ended) throw new Complaint('There is no such key.')
      return {
        to: '/keys',
        said: `The key ${ended.name} is ended; what uses it is refused within two seconds.`,
      }
    }
    const name = (form['name'] ?? '').trim()
    const days = form['days'] ?? ''
    if (days !== '' && !/^[1-9]\d{0,4}$/.test(days)) throw new Complaint(`"${days}" is no number of days.`)
    const token = await makeKey(ask, {
      ...{ name, role: form['role'] ?? '', source: form['source'] || undefined },
      scopes: Object.keys(scopes).filter((scope) => form[`scope-${scope}`] === 'yes'),
      expires: days === '' ? undefined : new Date(Date.now() + Number(days) * 86_400_000),
    })
    return {
      shown: {
        question: 'It is shown once.',
        body: html`<p>The key ${name} is <code>${token}</code></p>
          <p><a href="/keys">←</a></p>`,
      },
    }
  },
}
