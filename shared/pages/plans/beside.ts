// Plans side by side: what each charges for the same code and the same number.

import type { Call, Stage } from '../../line/stage.ts'
import { numberBeside } from '../../simulation/beside.ts'
import type { Unmade } from '../../simulation/beside.ts'
import type { UnderPlan } from '../../simulation/under-plans.ts'
import { html, phrase, withQuery } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { field, table } from '../../web/layout.ts'
import { workers } from '../../web/page.ts'
import type { Page, Visit } from '../../web/page.ts'
import { choicesOf } from '../tables/choices.ts'
import { askedOf } from './asked.ts'
import type { Asked } from './asked.ts'
import { linesOf, nameOf } from './lines.ts'
import type { Line } from './lines.ts'
import { figuresOf, isLowest, rowsThatApply } from './prices.ts'
import type { Row } from './prices.ts'

const pageMost = 40

function cellOf(one: UnderPlan, all: readonly UnderPlan[], rows: ReadonlyMap<number, Row>): Html {
  const { price, connectFee, master, difference } = figuresOf(one)
  const row = rows.get(one.tarif_id ?? 0)
  if (price === null) return html`<span class="none">no price</span>`
  return html`<strong>${price}</strong> ${isLowest(one, all) && html`<span class="good">lowest</span>`}
    ${connectFee !== null && html`<br /><small>and a call ${connectFee}</small>`}
    ${master !== null && difference !== '0' && html`<br /><small>master ${master}, ${difference}</small>`}
    ${
      row &&
      html`<br /><small
          >${row.code || '*'} <a href="/tariffs/${row.tarifnum}">${row.plan || row.tarifnum}</a> ${row.hours}
          ${row.stepped && phrase('later in a call otherwise')}</small
        >`
    }`
}

async function formFor(visit: Visit): Promise<Html> {
  const { query } = visit
  const plan = async (name: string, label: string): Promise<Html> =>
    field({
      ...{ name, label, value: query[name] },
      options: await choicesOf(visit, 'tarifplan', phrase('none')),
    })
  return html`<form method="get" class="fields">
    ${await plan('plan1', 'Plan')} ${await plan('plan2', 'Second plan')} ${await plan('plan3', 'Third plan')}
    ${await plan('plan4', 'Fourth plan')}
    ${field({ name: 'code', label: 'Codes that begin with', value: query['code'], type: 'search' })}
    ${field({ name: 'country', label: 'Country, such as DE', value: query['country'] })}
    ${field({ name: 'number', label: 'Or a number, with country code', value: query['number'] })}
    ${field({ name: 'seconds', label: 'Seconds', type: 'number', value: query['seconds'] ?? '60' })}
    ${field({ name: 'at', label: 'Day (UTC)', type: 'date', value: query['at'] })}
    <button class="first">Show</button>
  </form>`
}

/** `destination` and `tariff` are the stages of the line. */
export function createBeside<Dialled extends Call, Facts extends Unmade>(stages: {
  destination: Stage<Dialled>
  tariff: Stage<Facts>
}): Page {
  async function numberPart(visit: Visit, asked: Asked): Promise<Html> {
    const plans = asked.plans.map(({ tarifnum }) => tarifnum)
    const { kind, country, found } = await numberBeside(visit.db, stages, asked, plans)
    const rows = await rowsThatApply(visit, found)
    return html`<p>${asked.number}: ${kind} ${country}</p>
      ${table(
        'A call to this number',
        found,
        [
          {
            name: 'plan',
            cell: ({ tarifnum }) =>
              html`<a href="/tariffs/${tarifnum}"
                >${asked.plans.flatMap((plan) => (plan.tarifnum === tarifnum ? nameOf(plan) : []))}</a
              >`,
          },
          { name: 'total', cell: ({ total }) => total, right: true },
          { name: '', cell: ({ currency }) => currency },
          { name: 'a minute', cell: (one) => cellOf(one, found, rows), right: true },
          { name: '', cell: ({ problem, rule }) => problem ?? (rule !== 'price' && rule) },
        ],
        '',
      )}`
  }

  async function codesPart(visit: Visit, asked: Asked): Promise<Html> {
    const { query } = visit
    const all = await linesOf(visit, stages.tariff, asked, query['behind'] ?? null, pageMost + 1)
    const lines = all.slice(0, pageMost)
    const rows = await rowsThatApply(
      visit,
      lines.flatMap(({ under }) => under),
    )
    const described = ({ code, under }: Line): string | undefined =>
      under.map(({ tarif_id }) => rows.get(tarif_id ?? 0)).find((row) => row?.code === code)?.description
    return html`${table(
      'Prices a minute',
      lines,
      [
        { name: 'code', cell: ({ code }) => code || '*' },
        { name: 'description', cell: described },
        ...asked.plans.map((plan, at) => ({
          name: [nameOf(plan), lines.find(({ under }) => under[at]?.currency != null)?.under[at]?.currency]
            .filter(Boolean)
            .join(', '),
          cell: ({ under }: Line) => under[at] && cellOf(under[at], under, rows),
          right: true,
        })),
      ],
      'None of these plans has such a code.',
    )}
    ${
      all.length > pageMost &&
      html`<p>
        <a href="${withQuery('/tariffs/beside', { ...query, behind: lines.at(-1)?.code })}">More</a>
      </p>`
    }
    ${lines.length > 0 && html`<p><a href="${withQuery('/tariffs/beside.csv', { ...query, behind: null })}">CSV</a></p>`}`
  }

  return {
    path: '/tariffs/beside',
    title: 'Plans side by side',
    roles: workers,
    menu: false,
    trying: true,
    async show(visit) {
      const asked = await askedOf(visit)
      return {
        question: 'What does each of these plans charge for the same, and which of its rows says so?',
        body: html`${await formFor(visit)}
        ${asked.plans.length > 0 && asked.number !== '' && (await numberPart(visit, asked))}
        ${asked.plans.length > 0 ? await codesPart(visit, asked) : html`<p class="none">Choose two to four plans.</p>`}`,
      }
    },
  }
}
