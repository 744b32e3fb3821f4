// Which rules warn, how often did each, and who is told? An administrator switches them, and changes thresholds.

import { Complaint } from '../errors/complaint.ts'
import { html, phrase } from '../text/html.ts'
import { field, plainTable, sent } from '../web/layout.ts'
import type { Page } from '../web/page.ts'

interface Row {
  id: number
  name: string
  note: string
  enabled: boolean
  metric: string
  scope: string
  span: string
  compare: string
  threshold: string
  action: string
  severity: string
  alerts: string
  false_alarms: string
}

export const rules: Page = {
  path: '/rules',
  title: 'Rules',
  roles: ['administrator', 'operator'],
  senders: ['administrator'],
  menu: true,
  async show({ ask, person }) {
    const rows = await ask<Row>(
      `-- web: rules
      select rule.id, name, note, rule.enabled, metric, scope, within::text as span, compare, trim_scale(threshold)::text as threshold, rule.action, severity, alerts::text, false_alarms::text
      from rule join rule_effect using (id) order by rule.enabled desc, rule.id`,
    )
    const recipients = await ask<Record<string, unknown>>(
      `-- web: who is told\nselect name, kind, address, enabled, severity, daily_at::text, weekly_on from recipient order by name`,
    )
    const mayEdit = person.role === 'administrator'
    return {
      question: 'Which rules warn, how often did each in four weeks, and who is told?',
      body: html`${rows.map(
        (rule) =>
          html`<details ${rule.enabled && html`open`}>
            <summary>
              <strong>${rule.name}</strong>
              ${rule.enabled ? html`<span class="good">on</span>` : html`<span class="none">off</span>`}
            </summary>
            <p>${rule.note}</p>
            <p>
              ${rule.metric} of ${rule.scope === 'all' ? phrase('all together') : `each ${rule.scope}`} within
              ${rule.span}, ${rule.compare} ${rule.threshold}: ${rule.action}, ${rule.severity}.
              ${rule.alerts} alerts in four weeks, ${rule.false_alarms} of them false.
            </p>
            <p>
              <a href="/rules/${rule.id}">All it says</a> ·
              <a href="/rules/${rule.id}/rehearse">Which alerts would it have opened?</a>
            </p>
            ${
              mayEdit &&
              html`<form method="post" class="fields">
                ${sent(person, { id: rule.id })}
                ${field({ name: 'threshold', label: 'Threshold', value: rule.threshold, required: true })}
                <button name="do" value="threshold">Set it</button>
                <button class="first" name="do" value="${rule.enabled ? 'off' : 'on'}">
                  Switch ${rule.enabled ? phrase('off') : phrase('on')}
                </button>
              </form>`
            }
          </details>`,
      )}
      ${plainTable('Who is told', recipients, 'Nobody is told. A recipient is a row of table recipient: docs/alerts.md.')}`,
    }
  },
  async send({ ask, form }) {
    const id = Number(form['id'])
    if (!Number.isInteger(id)) throw new Complaint('There is no such rule.')
    if (form['do'] === 'threshold') {
      const threshold = (form['threshold'] ?? '').trim()
      if (!/^-?\d{1,12}(\.\d{1,8})?$/.test(threshold))
        throw new Complaint(`A threshold is a number, not "${threshold}".`)
      await ask('-- web: a threshold\nupdate rule set threshold = $2::numeric where id = $1', [id, threshold])
      return { to: '/rules', said: `The threshold is ${threshold}; it counts within a second.` }
    }
    await ask('-- web: switch a rule\nupdate rule set enabled = $2 where id = $1', [id, form['do'] === 'on'])
    return {
      to: '/rules',
      said: `The rule is switched ${form['do'] === 'on' ? 'on' : 'off'}.`,
    }
  },
}
