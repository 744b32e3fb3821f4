// Plans: which there are, and new ones.

import { Complaint } from '../../errors/complaint.ts'
import { html, phrase } from '../../text/html.ts'
import { field, sent, table } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page } from '../../web/page.ts'
import { choicesOf } from '../tables/choices.ts'

interface PlanRow {
  tarifnum: number
  name: string
  base: string | null
  currency: string | null
  prices: string
  clients: string
  providers: string
}

export const tariffs: Page = {
  path: '/tariffs',
  title: 'Tariffs',
  roles: workers,
  senders: ['administrator'],
  menu: true,
  async show(visit) {
    const { ask, person } = visit
    // A price list may be long: more is not counted.
    const plans = await ask<PlanRow>(
      `-- web: plans
      select plan.tarifnum, plan.name, base.name || ' (' || base.tarifnum || ')' as base, root.currency,
        (select case when count(*) > 10000 then 'more than 10,000' else count(*)::text end from (select from tarif where tarif.tarifnum = plan.tarifnum limit 10001) first_ones) as prices,
        (select count(*) from client where tarif_id = plan.tarifnum)::text as clients, (select count(*) from provider where provider.tarifnum = plan.tarifnum)::text as providers
      from tarifplan plan left join tarifplan base on base.tarifnum = plan.base
      left join lateral (select link.currency from tarifplan_chain chain join tarifplan link on link.tarifnum = chain.plan where chain.tarifnum = plan.tarifnum and link.base is null) root on true
      order by plan.name, plan.tarifnum limit 500`,
    )
    return {
      question: 'Which plans are there, what is each made of, and who has it?',
      body: html`${table(
        'Plans',
        plans,
        [
          {
            name: 'plan',
            cell: ({ tarifnum, name }) =>
              html`<a href="/tariffs/${tarifnum}">${name || tarifnum}</a> (${tarifnum})`,
          },
          { name: 'differs from', cell: ({ base }) => base },
          { name: 'currency', cell: ({ currency }) => currency },
          { name: 'prices of its own', cell: ({ prices }) => prices, right: true },
          { name: 'clients', cell: ({ clients }) => clients, right: true },
          { name: 'providers', cell: ({ providers }) => providers, right: true },
        ],
        'There is no plan yet.',
      )}
      ${
        person.role === 'administrator' &&
        html`<details ${plans.length === 0 && html`open`}>
          <summary><strong>Add a plan</strong></summary>
          <form method="post" class="fields">
            ${sent(person)} ${field({ name: 'name', label: 'Its name, such as Retail', required: true })}
            ${field({ name: 'currency', label: 'Currency, such as EUR', value: 'EUR' })}
            ${field({ name: 'base', label: 'Or it says only what differs from', options: await choicesOf(visit, 'tarifplan', phrase('nothing: it is complete')) })}
            ${field({ name: 'first_sec', label: 'At least so many seconds are charged', type: 'number', value: '60' })}
            ${field({ name: 'step_sec', label: 'then steps of so many seconds', type: 'number', value: '60' })}
            <button class="first">Add it</button>
          </form>
        </details>`
      }`,
    }
  },
  async send({ ask, form }) {
    const name = (form['name'] ?? '').trim()
    if (name === '') throw new Complaint('A plan needs a name.')
    // What a difference plan does not say, its base does.
    const own = (field: string): string | null => (form['base'] ? null : form[field]?.trim() || null)
    const [plan] = await ask<{ tarifnum: number }>(
      `-- web: a plan\ninsert into tarifplan (name, base, currency, first_sec, step_sec) values ($1, $2::integer, $3, $4::integer, $5::integer) returning tarifnum`,
      [name, form['base'] || null, own('currency')?.toUpperCase() ?? null, own('first_sec'), own('step_sec')],
    )
    return { to: `/tariffs/${plan?.tarifnum ?? ''}`, said: `${name} is there. Next: its prices.` }
  },
}
