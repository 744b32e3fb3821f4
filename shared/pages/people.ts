// Who may look at the pages.

import { Complaint } from '../errors/complaint.ts'
import { html, phrase } from '../text/html.ts'
import { field, sent, table } from '../web/layout.ts'
import type { Page } from '../web/page.ts'
import type { People } from '../web/people.ts'

const roles = ['administrator', 'operator', 'bookkeeper', 'reader', 'client'].map((role) => ({
  value: role,
  text: role,
}))

export function createUsers(people: People): Page {
  return {
    path: '/users',
    title: 'Users',
    roles: ['administrator'],
    menu: true,
    async show({ ask, person }) {
      const users = await ask<{
        id: number
        name: string
        role: string
        enabled: boolean
        seen: string | null
        client: string | null
      }>(
        `-- web: users\nselect web_user.id, web_user.name, role, enabled, client.name as client from web_user left join client on client.id = client_id order by lower(web_user.name) limit 1000`,
      )
      return {
        question: 'Who may look, and who may do what?',
        body: html`${table(
            'Users',
            users,
            [
              { name: 'name', cell: ({ name }) => name },
              { name: 'role', cell: ({ role, client }) => (client === null ? role : `${role}: ${client}`) },
              { name: '', cell: ({ enabled }) => !enabled && phrase('may not log in') },
              {
                name: '',
                cell: ({ id, name, enabled }) =>
                  name !== person.name &&
                  html`<form method="post">
                    ${sent(person, { id })}
                    <button name="do" value="${enabled ? 'disable' : 'enable'}">
                      ${enabled ? phrase('Shut out') : phrase('Let in')}
                    </button>
                    <button name="do" value="password">New password</button>
                  </form>`,
              },
            ],
            '',
          )}
          <form method="post" class="fields">
            ${sent(person)} ${field({ name: 'name', label: 'Name', required: true })}
            ${field({ name: 'role', label: 'Role', options: roles, value: 'reader' })}
            ${field({ name: 'client', label: 'Of the role client: number of the client' })}
            <button class="first" name="do" value="add">Let somebody in</button>
          </form>`,
      }
    },
    async send({ ask, form }) {
      if (form['do'] === 'add') {
        const name = (form['name'] ?? '').trim()
        await ask(
          '-- web: a user\ninsert into web_user (name, role, client_id) values ($1, $2, $3::integer)',
          [name, form['role'] ?? 'reader', form['client']?.trim() || null],
        )
        return { to: '/users', said: `${name} is there. Give him a password: "New password".` }
      }
      const [user] = await ask<{ id: number; name: string }>(
        '-- web: a user\nselect id, name from web_user where id = $1',
        [Number(form['id']) || 0],
      )
      if (!user) throw new Complaint('There is no such user.')
      if (form['do'] === 'password')
        return {
          shown: {
            question: 'Tell him: it is shown once.',
            body: html`<p>
                The new password of ${user.name} is <code>${await people.changePassword(user.id)}</code>
              </p>
              <p><a href="/users">←</a></p>`,
          },
        }
      await ask('-- web: let in or shut out\nupdate web_user set enabled = $2 where id = $1', [
        Number(form['id']),
        form['do'] === 'enable',
      ])
      return { to: '/users', said: `${user.name} may ${form['do'] === 'enable' ? '' : 'not '}log in.` }
    },
  }
}
