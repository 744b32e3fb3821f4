// How is it going: what waits, what comes in, today beside yesterday and last week.

import { html } from '../text/html.ts'
import { plainTable } from '../web/layout.ts'
import { everybody } from '../web/page.ts'
import type { Page } from '../web/page.ts'
import { steps } from './setup/steps.ts'

const daysQuery = `-- web: today, yesterday and a week ago
select case (now() at time zone 'UTC')::date - day when 0 then 'today, so far' when 1 then 'yesterday' else 'a week ago' end as name, day::text, currency, calls, answered, asr, acd_sec, minutes, trim_scale(total) as total
from day_calls where day in ((now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date - 7)
order by day desc, currency`

export const overview: Page = {
  path: '/',
  title: 'Overview',
  roles: everybody,
  menu: true,
  async show(visit) {
    const { ask, person } = visit
    const isReader = person.role === 'reader'
    const line = isReader
      ? []
      : await ask<{ waiting: string; parked: string; put_aside: string; status: string }>(
          '-- web: the line\nselect status, waiting, put_aside, parked, oldest from pipeline',
        )
    const [open] = isReader
      ? []
      : await ask<{ alerts: string; critical: string }>(
          `-- web: alerts\nselect count(*) as alerts, count(*) filter (where severity = 'critical') as critical from open_alerts`,
        )
    const [any] = await ask<{ any: boolean }>(
      '-- web: is there anything?\nselect exists (select from day_calls) as any',
    )
    const sum = (of: 'waiting' | 'parked' | 'put_aside'): number =>
      line.reduce((all, row) => all + Number(row[of]), 0)
    const days = await ask<Record<string, unknown>>(daysQuery)
    const speed = isReader
      ? []
      : await ask<Record<string, unknown>>(
          '-- web: speed\nselect stage, processes, silent, per_second, p50_ms, p99_ms from speed',
        )
    return {
      question: 'How is it going: what waits, and what did today come to beside yesterday and last week?',
      body: html`${
        !isReader &&
        html`<ul class="tiles">
          <li><strong>${sum('waiting')}</strong><span>on their way</span></li>
          <li>
            <strong class="${sum('parked') > 0 && 'bad'}">${sum('parked')}</strong
            ><span><a href="/waiting">wait for somebody</a></span>
          </li>
          <li><strong>${sum('put_aside')}</strong><span>tried again later</span></li>
          <li>
            <strong class="${Number(open?.critical) > 0 && 'bad'}">${open?.alerts ?? 0}</strong
            ><span><a href="/alerts">open alerts</a></span>
          </li>
        </ul>`
      }
      ${any?.any !== true && (person.role === 'administrator' ? await steps(visit) : html`<p>No call has been priced yet.</p>`)}
      ${plainTable('Days (UTC)', days, 'No calls today, yesterday or a week ago.')}
      ${!isReader && plainTable('The line', line, '')}
      ${!isReader && plainTable('Processes', speed, 'No process is at work: npx pm2 start ecosystem.config.js')}`,
    }
  },
}
