// One plan: what it charges, one price of it, and whole price lists.

import { Complaint } from '../../errors/complaint.ts'
import type { Call, Stage } from '../../line/stage.ts'
import { html, phrase, withQuery } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { momentIn } from '../../text/moment.ts'
import { field, table } from '../../web/layout.ts'
import type { KeptFiles } from '../../web/kept-files.ts'
import { workers } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'
import { deckForms } from './deck-forms.ts'
import { loads, undoLoad } from './loads.ts'
import { onePrice, wholeList } from './price-list.ts'

interface Plan {
  tarifnum: number
  name: string
  base: number | null
  time_zone: string
  currency: string
}

interface PriceRow {
  id: number
  code: string
  description: string
  price: string
  connect_fee: string
  steps: string
  hours: string | null
  since: Date | null
  until: Date | null
  direction: string
}

const pageMost = 100

async function planOf({ ask, params }: Visit): Promise<Plan> {
  const [plan] = await ask<Plan>(
    `-- web: a plan
    select plan.tarifnum, plan.name, plan.base,
      (array_agg(link.currency order by chain.depth) filter (where link.currency is not null))[1] as currency,
      (array_agg(link.time_zone order by chain.depth) filter (where link.time_zone is not null))[1] as time_zone
    from tarifplan plan join tarifplan_chain chain on chain.tarifnum = plan.tarifnum join tarifplan link on link.tarifnum = chain.plan
    where plan.tarifnum = $1 group by plan.tarifnum`,
    [/^\d{1,9}$/.test(params['plan'] ?? '') ? params['plan'] : 0],
  )
  if (!plan) throw new Complaint(`There is no plan ${params['plan'] ?? ''}.`)
  return plan
}

/** Prices from a code on, those that are over left out. With digits: what begins with them, and what begins them. */
const pricesQuery = `-- web: prices of a plan
select id, code, description, trim_scale(price)::text as price, trim_scale(connect_fee)::text as connect_fee, concat_ws('/', first_sec, step_sec) as steps,
  case when hours is null then null else concat_ws(' ', array_to_string(days, ','), from_time || '–' || to_time) end as hours, lower(valid) as since, upper(valid) as until, direction
from tarif
where tarifnum = $1 and not withdrawn and (upper(valid) is null or upper(valid) > now()) and (code, id) > ($3::text collate "C", $4::integer)
  and ($2 = '' or code like $2 || '%' or code = any (prefixes_of($2)))
order by code, id limit ${pageMost + 1}`

async function prices(plan: Plan, { ask, query, person }: Visit): Promise<Html> {
  const digits = (query['number'] ?? '').replace(/\D/g, '')
  const rows = await ask<PriceRow>(pricesQuery, [
    plan.tarifnum,
    digits,
    query['code'] ?? '',
    Number(query['id'] ?? 0) || 0,
  ])
  const moment = momentIn(person.time_zone)
  const last = rows[pageMost - 1]
  return html`<form class="fields" method="get">
      ${field({ name: 'number', label: 'A code, or a number', value: digits, type: 'search' })}
      <button class="first">Show</button>
    </form>
    ${table(
      `Prices of its own, ${plan.currency} a minute`,
      rows.slice(0, pageMost),
      [
        { name: 'code', cell: ({ code }) => code || '*' },
        { name: 'description', cell: ({ description }) => description },
        { name: 'price', cell: ({ price }) => price, right: true },
        { name: 'connect fee', cell: ({ connect_fee }) => connect_fee !== '0' && connect_fee, right: true },
        { name: 'first/step', cell: ({ steps }) => steps, right: true },
        { name: 'days, hours', cell: ({ hours }) => hours },
        { name: '', cell: ({ direction }) => direction === 'in' && phrase('incoming') },
        { name: 'since', cell: ({ since }) => since && moment(since) },
        { name: 'until', cell: ({ until }) => until && moment(until) },
      ],
      plan.base === null
        ? 'It has no such price.'
        : `It has no such price of its own: what it does not say, plan ${plan.base} does.`,
    )}
    ${
      rows.length > pageMost &&
      last &&
      html`<p>
        <a
          href="${withQuery(`/tariffs/${plan.tarifnum}`, { number: digits, code: last.code, id: String(last.id) })}"
          >More</a
        >
      </p>`
    }`
}

export function createPlan<Facts extends Call>(tariff: Stage<Facts>, files: KeptFiles): Page {
  return {
    path: '/tariffs/:plan',
    title: 'Tariffs',
    roles: workers,
    senders: ['administrator'],
    menu: false,
    files: true,
    long: true,
    async show(visit) {
      const plan = await planOf(visit)
      return {
        title: `${plan.name || 'Plan'} (${plan.tarifnum})`,
        question: 'What does this plan charge, since when, and what would another price list change?',
        body: html`<p>
            <a href="/plans/${plan.tarifnum}">How it counts and rounds</a> ·
            <a href="/tariffs/beside?plan1=${plan.tarifnum}">Beside other plans</a>
          </p>
          ${await prices(plan, visit)}
          ${visit.person.role === 'administrator' && html`${await loads(plan.tarifnum, visit)} ${deckForms(visit.person)}`}`,
      }
    },
    async send(visit) {
      const plan = await planOf(visit)
      if (visit.form['do'] === 'undo') return undoLoad(plan.tarifnum, visit)
      return visit.form['do'] === 'price'
        ? onePrice(plan.tarifnum, visit)
        : wholeList(plan.tarifnum, visit, files, tariff)
    },
  }
}
