// What would this call have cost under another plan?

import { Complaint } from '../../errors/complaint.ts'
import type { Call, Stage } from '../../line/stage.ts'
import { callsOfAnyAge } from '../../simulation/dry-run.ts'
import { underPlans } from '../../simulation/under-plans.ts'
import { html, phrase } from '../../text/html.ts'
import { table } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page } from '../../web/page.ts'

const plansMost = 50

export function createUnderPlans<Facts extends Call>(tariff: Stage<Facts>): Page {
  return {
    path: '/calls/:id/plans',
    title: 'Calls',
    roles: workers,
    menu: false,
    trying: true,
    async show({ ask, db, params }) {
      const id = params['id'] ?? ''
      if (!/^\d{1,18}$/.test(id)) throw new Complaint(`"${id}" is no call.`)
      const [call] = await ask<{ total: string | null; currency: string | null; client_id: number | null }>(
        `-- web: a call\nselect trim_scale(total)::text as total, currency, client_id from paidcalls where id = $1 union all select trim_scale(total)::text, currency, client_id from archived_call where id = $1`,
        [id],
      )
      if (!call) throw new Complaint(`There is no call ${id}, or it was detached with its months.`)
      if (call.client_id === null) throw new Complaint(`Call ${id} is nobody's: no plan has a price for it.`)
      const plans = await ask<{ tarifnum: number; name: string }>(
        `-- web: plans\nselect tarifnum, name from tarifplan where not exists (select from provider where provider.tarifnum = tarifplan.tarifnum) order by name, tarifnum limit ${plansMost}`,
      )
      const found = await underPlans(
        db,
        tariff,
        { calls: `select * from ${callsOfAnyAge} where id = $1`, values: [id] },
        plans.map(({ tarifnum }) => tarifnum),
      )
      const names = new Map(plans.map(({ tarifnum, name }) => [tarifnum, name]))
      return {
        title: `Call ${id}`,
        question: 'What would this call have cost under another plan?',
        body: html`<p>
            It cost ${call.total ?? phrase('nothing yet')} ${call.currency}. Below by the prices that held
            when it was made, included minutes as far as they are left.
          </p>
          ${table(
            'Under each plan',
            found,
            [
              {
                name: 'plan',
                cell: ({ tarifnum }) =>
                  html`<a href="/tariffs/${tarifnum}">${names.get(tarifnum) || tarifnum}</a>`,
              },
              { name: 'total', cell: ({ total }) => total, right: true },
              { name: '', cell: ({ currency }) => currency },
              { name: 'a minute', cell: ({ price }) => price, right: true },
              { name: 'code', cell: ({ code }) => code },
              { name: '', cell: ({ problem }) => problem },
            ],
            'There is no plan.',
          )}
          <p><a href="/calls/${id}">← The call</a></p>`,
      }
    },
  }
}
