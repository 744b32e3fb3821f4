// What a client's calls came to, what was saved, what is left.

import { html, phrase } from '../../text/html.ts'
import { plainTable } from '../../web/layout.ts'
import type { Page } from '../../web/page.ts'
import { csvLink, lines } from '../../web/plot.ts'
import { alertsOf } from './alerts.ts'
import { clientOnly } from './who.ts'

export const overview: Page = {
  path: '/portal',
  title: 'Overview',
  roles: clientOnly,
  menu: true,
  async show(visit) {
    const { ask } = visit
    const [me] = await ask<{ name: string; plan: string | null }>(
      '-- portal: who\nselect name, plan from portal_me',
    )
    const accounts = await ask<Record<string, unknown>>(
      `-- portal: what is left\nselect kind, currency, trim_scale(balance)::text as balance, trim_scale(reserved)::text as reserved, trim_scale(available)::text as available, hold as held from portal_accounts`,
    )
    const days = await ask<{
      day: string
      currency: string
      calls: string
      minutes: string
      total: string
      at_master: string
      saved: string
    }>(
      `-- portal: days
      select day::text, currency, calls::text, minutes::text, trim_scale(total)::text as total, trim_scale(at_master)::text as at_master, trim_scale(saved)::text as saved from portal_days where day > (now() at time zone 'UTC')::date - 30 order by day desc`,
    )
    const alerts = await alertsOf(visit, 10)
    const figures = { name: 'days', caption: 'The last 30 days (UTC)', rows: days }
    return {
      title: me?.name ?? '',
      question: 'What did calls come to, what was saved, and what is left?',
      body: html`<p>Your plan: ${me?.plan ?? phrase('none yet')}.</p>
        ${accounts.length > 0 && plainTable('What is left', accounts, '')}
        ${days.length > 1 && plotOf([...days].reverse())}
        ${plainTable('The last 30 days (UTC)', days, 'No calls in the last 30 days.')}
        ${csvLink(visit, figures)} ${alerts}`,
      figures: [figures],
    }
  },
}

interface Day {
  day: string
  currency: string
  total: string
  at_master: string
}

/** Of the currency there is most of; the table below has all. */
function plotOf(days: readonly Day[]) {
  const currency = days.at(-1)?.currency ?? ''
  const own = days.filter((day) => day.currency === currency)
  return lines(
    `What calls came to, ${currency}`,
    own.map(({ day }) => day.slice(5)),
    [
      { name: 'paid', values: own.map(({ total }) => Number(total)) },
      { name: 'without the plan', values: own.map(({ at_master }) => Number(at_master)) },
    ],
  )
}
