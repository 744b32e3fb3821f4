// What is wrong now, who takes care of it, and which rules say so.

import { Complaint } from '../errors/complaint.ts'
import { html, phrase } from '../text/html.ts'
import { momentIn } from '../text/moment.ts'
import { plainTable, sent, table } from '../web/layout.ts'
import type { Page } from '../web/page.ts'

interface Row {
  id: string
  severity: string
  opened_at: Date
  message: string
  at_stake: string | null
  currency: string | null
  holds: boolean
  acknowledged_by: string | null
  silenced: boolean
}

export const alerts: Page = {
  path: '/alerts',
  title: 'Alerts',
  roles: ['administrator', 'operator'],
  menu: true,
  async show({ ask, person }) {
    const open = await ask<Row>(
      `-- web: open alerts\nselect id::text, severity, opened_at, message, trim_scale(at_stake)::text as at_stake, currency, holds, acknowledged_by, silenced_until > now() as silenced from open_alerts limit 200`,
    )
    const before = await ask<Record<string, unknown>>(
      `-- web: alerts before
      select id::text, severity, to_char(opened_at at time zone $1, 'YYYY-MM-DD HH24:MI') as opened, lasted::text, message, acknowledged_by, case when is_false then 'false alarm' end as said from alert_history where closed_at is not null limit 50`,
      [person.time_zone],
    )
    const rules = await ask<Record<string, unknown>>(
      '-- web: rules\nselect id::text, rule, enabled, action, alerts::text, open::text, a_week::text, at_stake, false_alarms::text from rule_effect',
    )
    const moment = momentIn(person.time_zone)
    const button = (id: string, what: string, text: string) =>
      html`<form method="post">
        ${sent(person, { id })}<button name="do" value="${what}">${text}</button>
      </form>`
    return {
      question: 'What is wrong now, since when, and who takes care of it?',
      body: html`${table(
        'Open',
        open,
        [
          {
            name: 'severity',
            cell: ({ severity }) =>
              severity === 'critical' ? html`<strong class="bad">critical</strong>` : severity,
          },
          { name: 'since', cell: ({ opened_at }) => moment(opened_at) },
          { name: 'what', cell: ({ message }) => message },
          {
            name: 'at stake',
            cell: ({ at_stake, currency }) => at_stake !== null && `${at_stake} ${currency ?? ''}`,
            right: true,
          },
          { name: '', cell: ({ holds }) => holds && phrase('holds the client') },
          {
            name: 'taken care of',
            cell: ({ id, acknowledged_by }) => acknowledged_by ?? button(id, 'acknowledge', 'I do'),
          },
          {
            name: '',
            cell: ({ id, silenced }) =>
              silenced ? phrase('silenced') : button(id, 'silence', 'Silence for 8 hours'),
          },
        ],
        'Nothing is wrong.',
      )}
      ${plainTable('Before', before, 'There was no alert before.')}
      ${plainTable('Rules, in 28 days', rules, 'There are no rules.')}`,
    }
  },
  async send({ ask, form, person }) {
    const id = form['id'] ?? ''
    if (!/^\d{1,18}$/.test(id)) throw new Complaint('There is no such alert.')
    if (form['do'] === 'silence') {
      await ask(
        `-- web: silence an alert\nupdate alert set silenced_until = now() + interval '8 hours' where id = $1`,
        [id],
      )
      return { to: '/alerts', said: `Alert ${id} is silenced for eight hours.` }
    }
    await ask(
      '-- web: acknowledge an alert\nupdate alert set acknowledged_at = now(), acknowledged_by = $2 where id = $1 and acknowledged_at is null',
      [id, person.name],
    )
    return { to: '/alerts', said: `Alert ${id} is taken care of by ${person.name}.` }
  },
}
