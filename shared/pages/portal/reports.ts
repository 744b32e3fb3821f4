// What a month came to for a client: by day, country and caller.

import { html, phrase, withQuery } from '../../text/html.ts'
import type { Html } from '../../text/html.ts'
import { field, plainTable } from '../../web/layout.ts'
import type { Figures, Page, Visit } from '../../web/page.ts'
import { csvLink, lines } from '../../web/plot.ts'
import { clientOnly, today } from './who.ts'

// Who called stands in no sum: few calls are read at once, more when they are asked for, and no more than can be while somebody waits.
const [callsAtOnce, callsMost, callersMost] = [2_000, 200_000, 200]

interface Part {
  day: string | null
  country: string | null
  currency: string | null
  calls: string
  minutes: string
  total: string
  at_master: string
  saved: string
}

const amounts = (saved: string): string =>
  `sum(calls)::text as calls, round(sum(billable_sec) / 60.0, 1)::text as minutes, trim_scale(sum(total))::text as total${saved}, trim_scale(sum(saved))::text as saved`

const partsQuery = `-- portal: a month by days and countries
with month as (
  select $1::timestamp at time zone $2 as starts_at, ($1::timestamp + interval '1 month') at time zone $2 as ends_at
), sums as materialized (
  select sums.* from month cross join lateral portal_sums(starts_at, ends_at, $2) sums
)
select day::text, country, currency, ${amounts(', trim_scale(sum(at_master))::text as at_master')}
from sums group by grouping sets ((day, currency), (country, currency)) order by grouping(day), day, sum(total) desc, sum(calls) desc`

const callersQuery = `-- portal: a month by callers
select caller, calls::text, round(billable_sec / 60.0, 1)::text as minutes, trim_scale(total)::text as total, currency, trim_scale(saved)::text as saved
from portal_callers($1::timestamp at time zone $2, ($1::timestamp + interval '1 month') at time zone $2, $3)`

const monthsQuery = `-- portal: months there were calls in\nselect distinct to_char(day, 'YYYY-MM') as month from portal_days order by month desc limit 120`

const amountsOf = ({ calls, minutes, total, currency, at_master, saved }: Omit<Part, 'day'>) => ({
  ...{ calls, minutes, total, currency, at_master, saved },
})

/** The days of the currency there is most of; the table below has all. */
function plotOf(days: readonly Part[]): Html {
  const paid = new Map<string, number>()
  for (const { currency, total } of days)
    paid.set(currency ?? '', (paid.get(currency ?? '') ?? 0) + Number(total))
  const [most] = [...paid].sort(([, a], [, b]) => b - a)
  const own = days.filter(({ currency }) => (currency ?? '') === most?.[0])
  return lines(
    `What calls came to, ${most?.[0] ?? ''}`,
    own.map(({ day }) => (day ?? '').slice(5)),
    [
      { name: 'paid', values: own.map(({ total }) => Number(total)) },
      { name: 'without the plan', values: own.map(({ at_master }) => Number(at_master)) },
    ],
  )
}

/** A table of it, and the way to take it home. */
const withCsv = (visit: Visit, figures: Figures): Html =>
  html`${plainTable(figures.caption, figures.rows as Record<string, unknown>[], 'No calls in this month.')}
  ${csvLink(visit, figures)}`

export const reports: Page = {
  path: '/portal/reports',
  title: 'Reports',
  roles: clientOnly,
  menu: true,
  async show(visit) {
    const { ask, person, query } = visit
    const months = (await ask<{ month: string }>(monthsQuery)).map(({ month }) => month)
    const asked = query['month'] ?? ''
    const month = /^\d{4}-\d\d$/.test(asked) ? asked : today(visit).slice(0, 7)
    const parts = await ask<Part>(partsQuery, [`${month}-01`, person.time_zone])
    const days = parts.filter(({ day }) => day !== null)
    const countries = parts.filter(({ day }) => day === null)
    const calls = days.reduce((sum, part) => sum + Number(part.calls), 0)
    const isRead = calls <= (query['callers'] === 'yes' ? callsMost : callsAtOnce)
    const callers = isRead
      ? await ask<Record<string, unknown>>(callersQuery, [`${month}-01`, person.time_zone, callersMost])
      : []
    const names = new Intl.DisplayNames([person.language], { type: 'region', fallback: 'code' })
    const figures = {
      days: {
        ...{ name: `days-${month}`, caption: 'By the day' },
        rows: days.map(({ day, ...part }) => ({ day, ...amountsOf(part) })),
      },
      countries: {
        ...{ name: `countries-${month}`, caption: 'By country' },
        rows: countries.map((part) => ({
          country: part.country && names.of(part.country),
          ...amountsOf(part),
        })),
      },
      callers: { name: `callers-${month}`, caption: 'By caller', rows: callers },
    }
    const last = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).toISOString()
    return {
      question: 'What did a month come to, by day, country and caller?',
      body: html`<form class="fields" method="get">
          ${field({
            ...{ name: 'month', label: 'Month', value: month },
            options: [...new Set([...months, month])]
              .sort()
              .reverse()
              .map((value) => ({ value, text: value })),
          })}
          <button class="first">Show</button>
          <a href="${withQuery('/portal/calls', { from: `${month}-01`, until: last.slice(0, 10) })}"
            >Its calls</a
          >
        </form>
        ${days.length > 1 && plotOf(days)} ${withCsv(visit, figures.days)}
        ${days.length > 0 && withCsv(visit, figures.countries)}
        ${
          isRead
            ? days.length > 0 && withCsv(visit, figures.callers)
            : calls <= callsMost
              ? html`<p>
                  <a href="${withQuery('', { month, callers: 'yes' })}">By caller, which takes a moment</a>
                </p>`
              : html`<p class="none">
                  There are too many calls to say who made them: they stand in the CSV of its calls.
                </p>`
        }
        ${callers.length === callersMost && html`<p>${phrase('The callers of most.')}</p>`}`,
      figures: Object.values(figures),
    }
  },
}
