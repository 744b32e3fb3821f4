// What calls came to, by country, by provider, by client: from the sums.

import { html, withQuery } from '../text/html.ts'
import { field, plainTable, table } from '../web/layout.ts'
import { everybody, workers } from '../web/page.ts'
import type { Download, Page, Visit } from '../web/page.ts'
import { csvLink } from '../web/plot.ts'
import { worldMap } from '../web/world.ts'

const dayOf = (given: string | undefined, otherwise: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(given ?? '') ? (given ?? otherwise) : otherwise

/** The days that are asked for; the last seven if none are. */
function spanOf({ query }: Visit): { from: string; until: string } {
  const day = (before: number): string =>
    new Date(Date.now() - before * 86_400_000).toISOString().slice(0, 10)
  return { from: dayOf(query['from'], day(6)), until: dayOf(query['until'], day(0)) }
}

const spanForm = ({ from, until }: { from: string; until: string }) =>
  html`<form class="fields" method="get">
    ${field({ name: 'from', label: 'From (UTC)', type: 'date', value: from })}
    ${field({ name: 'until', label: 'Until, this day too', type: 'date', value: until })}
    <button class="first">Show</button>
  </form>`

interface CountryRow {
  country: string | null
  currency: string | null
  calls: string
  asr: string | null
  acd_sec: string | null
  minutes: string
  total: string
  margin: string | null
  share: number
}

/** The countries of the same days, by minutes, as a picture. */
export const countriesMap: Download = {
  ...{ path: '/countries.svg', roles: everybody, type: 'image/svg+xml', file: () => 'countries.svg' },
  late: true,
  async *pieces(visit) {
    const { from, until } = spanOf(visit)
    const rows = await visit.ask<{ country: string; minutes: number }>(
      `-- web: minutes by country\nselect country, sum(minutes)::float8 as minutes from country_calls where day >= $1 and day <= $2 and country is not null group by country`,
      [from, until],
    )
    const minutes = new Map(rows.map((row) => [row.country, row.minutes]))
    yield worldMap(minutes, (country) => `${Math.round(minutes.get(country) ?? 0)} min`)
  },
}

export const countries: Page = {
  path: '/countries',
  title: 'Countries',
  roles: everybody,
  menu: true,
  late: true,
  async show(visit) {
    const span = spanOf(visit)
    const rows = await visit.ask<CountryRow>(
      `-- web: countries
      select country, currency, sum(calls)::text as calls, round(100.0 * sum(answered) / nullif(sum(calls), 0), 1)::text as asr, round(sum(minutes) * 60 / nullif(sum(answered), 0))::text as acd_sec,
        sum(minutes)::text as minutes, trim_scale(sum(total))::text as total, trim_scale(sum(margin))::text as margin, (sum(total) / nullif(max(sum(total)) over (partition by currency), 0))::float8 as share
      from country_calls where day >= $1 and day <= $2 group by country, currency order by sum(total) desc nulls last, sum(calls) desc limit 300`,
      [span.from, span.until],
    )
    const figures = {
      name: 'countries',
      caption: 'Countries',
      rows: rows.map(({ country, currency, calls, asr, acd_sec, minutes, total, margin }) => ({
        country,
        currency,
        calls,
        asr,
        acd_sec,
        minutes,
        total,
        margin,
      })),
    }
    const names = new Intl.DisplayNames([visit.person.language], { type: 'region', fallback: 'code' })
    return {
      question: 'Where did calls go, how many were answered, and what did they come to?',
      body: html`${spanForm(span)}
      ${rows.length > 0 && html`<img class="map" src="${withQuery('/countries.svg', span)}" alt="Countries by minutes; the figures stand below" width="900" height="450" />`}
      ${table(
        'Countries',
        rows,
        [
          {
            name: 'country',
            cell: ({ country }) =>
              country === null
                ? ''
                : html`<a href="/calls?country=${country}">${names.of(country) ?? country}</a>`,
          },
          { name: 'calls', cell: ({ calls }) => calls, right: true },
          { name: 'ASR %', cell: ({ asr }) => asr, right: true },
          { name: 'ACD s', cell: ({ acd_sec }) => acd_sec, right: true },
          { name: 'minutes', cell: ({ minutes }) => minutes, right: true },
          { name: 'total', cell: ({ total, currency }) => `${total} ${currency ?? ''}`, right: true },
          {
            name: 'margin',
            cell: ({ margin, currency }) => margin !== null && `${margin} ${currency ?? ''}`,
            right: true,
          },
          {
            name: '',
            cell: ({ share }) =>
              html`<meter min="0" max="1" value="${share}">${Math.round(share * 100)} %</meter>`,
          },
        ],
        'No calls in this time.',
      )}
      ${csvLink(visit, figures)}`,
      figures: [figures],
    }
  },
}

export const providers: Page = {
  path: '/providers',
  title: 'Providers',
  roles: everybody,
  menu: true,
  late: true,
  async show(visit) {
    const rows = await visit.ask<Record<string, unknown>>(
      `-- web: providers
      select provider, to_char(month, 'YYYY-MM') as month, currency, calls::text, asr::text, ner::text, acd_sec::text, minutes::text, trim_scale(cost)::text as cost, without_cost::text from provider_month order by month desc, provider limit 300`,
    )
    return {
      question: 'What does each provider carry, how well, and what does it charge?',
      body: plainTable('Months (UTC)', rows, 'No call went over a provider yet.'),
    }
  },
}

export const clients: Page = {
  path: '/clients',
  title: 'Clients',
  roles: workers,
  menu: true,
  late: true,
  async show({ ask }) {
    const rows = await ask<{
      id: number
      name: string
      plan: string | null
      calls: string | null
      total: string | null
      saved: string | null
      currency: string | null
      balance: string | null
      hold: string | null
    }>(
      `-- web: clients
      select client.id, client.name, tarifplan.name as plan, sum(recent.calls)::text as calls, trim_scale(sum(recent.total))::text as total, trim_scale(sum(recent.saved))::text as saved, recent.currency, trim_scale(account.balance)::text as balance, account.hold
      from client left join tarifplan on tarifplan.tarifnum = client.tarif_id
      left join client_day recent on recent.client_id = client.id and day > (now() at time zone 'UTC')::date - 30
      left join account on account.client_id = client.id
      group by client.id, tarifplan.name, recent.currency, account.balance, account.hold order by sum(recent.total) desc nulls last, client.name limit 200`,
    )
    return {
      question: 'Who are the clients, and what did the last 30 days come to?',
      body: table(
        'Clients',
        rows,
        [
          { name: 'client', cell: ({ id, name }) => html`<a href="/clients/${id}">${name}</a> (${id})` },
          { name: 'plan', cell: ({ plan }) => plan },
          { name: 'calls', cell: ({ calls }) => calls, right: true },
          {
            name: 'total',
            cell: ({ total, currency }) => total !== null && `${total} ${currency ?? ''}`,
            right: true,
          },
          {
            name: 'saved',
            cell: ({ saved, currency }) => saved !== null && `${saved} ${currency ?? ''}`,
            right: true,
          },
          { name: 'balance', cell: ({ balance }) => balance, right: true },
          { name: 'held', cell: ({ hold }) => hold !== null && html`<span class="bad">${hold}</span>` },
        ],
        'There is no client yet. It is a row of table client: name, and tarif_id for its plan.',
      ),
    }
  },
}
