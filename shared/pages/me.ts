// How a person likes to see the pages, the password, and where else he is logged in.

import { Complaint } from '../errors/complaint.ts'
import { html, phrase } from '../text/html.ts'
import type { Html } from '../text/html.ts'
import { momentIn } from '../text/moment.ts'
import { field, sent, table } from '../web/layout.ts'
import { everybody } from '../web/page.ts'
import type { Page } from '../web/page.ts'
import { checkPassword, passwordLeast } from '../web/person.ts'
import type { People } from '../web/people.ts'
import type { OwnSession } from '../web/sessions.ts'
import type { Person } from '../web/person.ts'

function sessionsPart(person: Person, sessions: readonly OwnSession[]): Html {
  const moment = momentIn(person.time_zone)
  return html`${table(
    'Where you are logged in',
    sessions,
    [
      { name: 'since', cell: ({ made_at }) => moment(made_at) },
      { name: 'last page', cell: ({ seen_at }) => moment(seen_at) },
      {
        name: '',
        cell: ({ key, own }) =>
          own
            ? phrase('this one')
            : html`<form method="post">
                ${sent(person, { session: key })}<button name="do" value="end">End it</button>
              </form>`,
      },
    ],
    '',
  )}
  ${
    sessions.length > 1 &&
    html`<form method="post">${sent(person)}<button name="do" value="end">End all others</button></form>`
  }`
}

export function createMe(people: People): Page {
  async function refuseOther(person: Person, password: string): Promise<void> {
    if (!(await people.knowsPassword(person, password)))
      throw new Complaint(
        'The password of now is another, or there were too many tries: then wait a quarter of an hour.',
      )
  }
  return {
    path: '/me',
    title: 'Me',
    roles: [...everybody, 'client'],
    menu: false,
    async show({ person }) {
      const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((zone) => ({
        value: zone,
        text: zone,
      }))
      return {
        question: 'How do I want to see the pages?',
        body: html`<form method="post" class="fields">
            ${sent(person)}
            ${field({
              name: 'language',
              label: 'Language',
              options: [
                { value: 'en', text: 'English' },
                { value: 'ru', text: 'Русский' },
              ],
              value: person.language,
            })}
            ${field({ name: 'zone', label: 'Time zone', options: zones, value: person.time_zone })}
            <button class="first" name="do" value="save">Save</button>
          </form>
          <form method="post" class="fields">
            ${sent(person)}
            ${field({ name: 'now', label: 'The password of now', type: 'password', required: true })}
            ${field({ name: 'password', label: `A new one, ${passwordLeast} signs or more`, type: 'new password', required: true })}
            <button name="do" value="password">Change, and log in anew</button>
          </form>
          <form method="post" class="fields">
            ${sent(person)}
            ${field({ name: 'now', label: 'The password of now', type: 'password', required: true })}
            ${field({ name: 'email', label: 'Mail address, for a password that is forgotten', type: 'email' })}
            <button name="do" value="email">Save</button>
          </form>
          ${sessionsPart(person, await people.sessionsOf(person))}`,
      }
    },
    async send({ form, person }) {
      if (form['do'] === 'password') {
        const password = form['password'] ?? ''
        checkPassword(password, person.name)
        await refuseOther(person, form['now'] ?? '')
        await people.changePassword(person.id, password)
        return { to: '/login', said: '' }
      }
      if (form['do'] === 'end') {
        const ended = await people.endSessions(person, form['session'] || null)
        return { to: '/me', said: ended === 1 ? 'It is ended.' : `${ended} sessions are ended.` }
      }
      if (form['do'] === 'email') {
        await refuseOther(person, form['now'] ?? '')
        await people.changeEmail(person, (form['email'] ?? '').trim())
        return { to: '/me', said: 'Saved.' }
      }
      const zone = form['zone'] ?? 'UTC'
      if (zone !== 'UTC' && !Intl.supportedValuesOf('timeZone').includes(zone))
        throw new Complaint(`${zone} is no time zone.`)
      await people.changeSelf(person, form['language'] === 'ru' ? 'ru' : 'en', zone)
      return { to: '/me', said: 'Saved.' }
    },
  }
}
